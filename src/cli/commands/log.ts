import type { CommandDefinition } from '../definition/command.ts'

const dump: CommandDefinition = {
  name: 'dump',
  summary: 'print what segments, indexes, snapshots, checkpoints and other files of Kafka hold',
  details: `
What it reads: segments (.log), offset, time and transaction indexes, producer snapshots, snapshots of the metadata log
(.checkpoint), leader-epoch-checkpoint, the checkpoints of a log directory, partition.metadata, meta.properties and
quorum-state. Records of __consumer_offsets, __transaction_state, __share_group_state and __cluster_metadata are decoded.

Damaged places are named with their byte in the file. Exit code: 0 when nothing is damaged, 1 when something is, 2 when
there is nothing to read.`,
  examples: [
    ['samsa log dump data/orders-0', 'every file of a partition, batch by batch'],
    'samsa log dump --records data/orders-0/00000000000000000000.log',
    ['samsa log dump --records data/__consumer_offsets-*', 'committed offsets and groups'],
    `samsa log dump --json --records data/orders-0 | jq -r 'select(.type == "record") | .value'`,
  ],
  args: [{ usage: '<path...>', description: 'files, or directories with everything below them', values: 'file' }],
  options: [
    { flags: '--deep', description: 'go into each batch: inflate it and print a line for each record' },
    { flags: '--records', description: 'as --deep, with keys, values and headers' },
    { flags: '--json', description: 'one JSON object a line' },
  ],
  run: async (paths, options) => (await import('../dump/dump.ts')).dump(paths, options),
}

const verify: CommandDefinition = {
  name: 'verify',
  summary: 'check data directories and say what a start would repair, and what it could not',
  details: `
A directory is one entry of log.dirs, or one partition in it; name all entries of log.dirs to have them compared as well.
Nothing is ever written. A directory whose broker runs is refused, unless --running is given.

Exit code: 0 when nothing was found, 1 when something was, 2 when a directory could not be checked.`,
  examples: [
    'samsa log verify data',
    'samsa log verify data/orders-0',
    `samsa log verify --json disk1 disk2 | jq -c 'select(.severity == "damage")'`,
  ],
  args: [
    { usage: '<directory...>', description: 'entries of log.dirs, or partition directories', values: 'directory' },
  ],
  options: [
    { flags: '--running', description: 'check even while a broker runs, whose newest writes may then look torn' },
    { flags: '--json', description: 'one JSON object a line' },
  ],
  run: async (directories, options) => (await import('../verify.ts')).verify(directories, options),
}

/** `samsa log`: looks at data directories, never changes them. */
export const log: CommandDefinition = {
  name: 'log',
  summary: 'look into the files of a data directory, without a broker',
  commands: [dump, verify],
}
