import { Command } from 'commander'
import type { DumpOptions } from './dump/dump.ts'
import type { VerifyOptions } from './verify.ts'

const dumpHelp = `
What it reads: segments (.log), offset, time and transaction indexes, producer snapshots, snapshots of the metadata log
(.checkpoint), leader-epoch-checkpoint, the checkpoints of a log directory, partition.metadata, meta.properties and
quorum-state. Records of __consumer_offsets, __transaction_state, __share_group_state and __cluster_metadata are decoded.

Damaged places are named with their byte in the file. Exit code: 0 when nothing is damaged, 1 when something is, 2 when
there is nothing to read.

Examples:
  samsa log dump data/orders-0                              every file of a partition, batch by batch
  samsa log dump --records data/orders-0/00000000000000000000.log
  samsa log dump --records data/__consumer_offsets-*        committed offsets and groups
  samsa log dump --json --records data/orders-0 | jq -r 'select(.type == "record") | .value'`

const verifyHelp = `
A directory is one entry of log.dirs, or one partition in it; name all entries of log.dirs to have them compared as well.
Nothing is ever written. A directory whose broker runs is refused, unless --running is given.

Exit code: 0 when nothing was found, 1 when something was, 2 when a directory could not be checked.

Examples:
  samsa log verify data
  samsa log verify data/orders-0
  samsa log verify --json disk1 disk2 | jq -c 'select(.severity == "damage")'`

/** `samsa log`: looks at data directories, never changes them. */
export function logCommand(): Command {
  const command = new Command('log').description('look into the files of a data directory, without a broker')
  command
    .command('dump')
    .description('print what segments, indexes, snapshots, checkpoints and other files of Kafka hold')
    .argument('<path...>', 'files, or directories with everything below them')
    .option('--deep', 'go into each batch: inflate it and print a line for each record')
    .option('--records', 'as --deep, with keys, values and headers')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', dumpHelp)
    .action(async (paths: string[], options: DumpOptions) => {
      const { dump } = await import('./dump/dump.ts')
      process.exitCode = await dump(paths, options)
    })
  command
    .command('verify')
    .description('check data directories and say what a start would repair, and what it could not')
    .argument('<directory...>', 'entries of log.dirs, or partition directories')
    .option('--running', 'check even while a broker runs, whose newest writes may then look torn')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', verifyHelp)
    .action(async (directories: string[], options: VerifyOptions) => {
      const { verify } = await import('./verify.ts')
      process.exitCode = await verify(directories, options)
    })
  return command
}
