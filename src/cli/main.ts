#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander'
import { nearestName } from '../config/nearest-name.ts'
import { VERSION } from '../config/version.ts'
import { aclsCommand } from './acls.ts'
import { configsCommand } from './configs.ts'
import { logCommand } from './log.ts'
import type { RunOptions } from './run.ts'
import { transactionsCommand } from './transactions.ts'

const examples = `
Examples:
  samsa                                        a broker on localhost:9092, data in ./data
  samsa --topic orders:6 --topic users:1:cleanup.policy=compact
  samsa --user alice:secret                    only alice gets in, by PLAIN or SCRAM
  samsa --user alice:secret --acl 'alice:read,write:topic:orders*'
  samsa --port 0 --ephemeral                   any free port, data gone at the end
  samsa --config server.properties --set log.retention.hours=24
  KAFKA_NUM_PARTITIONS=3 samsa                 . becomes _, _ becomes __, - becomes ___

Any configuration of Apache Kafka's brokers can be set; samsa configs lists them, and says of each what it does here. The command line comes before the environment, the environment
before the file.`

const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value]

function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return value
}

function assignment(text: string, earlier: readonly string[] = []): string[] {
  if (text.indexOf('=') < 1) throw new InvalidArgumentError('Expected key=value.')
  return [...earlier, text]
}

function user(text: string, earlier: readonly [string, string][] = []): [string, string][] {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new InvalidArgumentError('Expected name:password.')
  return [...earlier, [text.slice(0, colon), text.slice(colon + 1)]]
}

function unknownCommand(word: string): string {
  const nearest = nearestName(
    word,
    program.commands.map((command) => command.name()),
  )
  return `error: unknown command '${word}'${nearest === null ? '' : `\n(Did you mean ${nearest}?)`}`
}

const program = new Command('samsa')
  .description('A Kafka broker. Point any Kafka client at it.')
  .version(VERSION, '-v, --version')
  .option('-p, --port <port>', 'port on localhost, 0 for any free one (default: 9092)', port)
  .option('-d, --data <directory>', 'where the data is kept (default: ./data)')
  .addOption(
    new Option('--ephemeral', 'keep the data in memory: no file is touched, and nothing is left at the end').conflicts(
      'data',
    ),
  )
  .option(
    '-t, --topic <name:partitions>',
    'create this topic if it does not exist; :key=value sets its configs',
    collect,
  )
  .option('--release-version <release>', 'features of a new data directory, as of this release of Kafka (4.3, 4.4-IV1)')
  .option(
    '-u, --user <name:password>',
    'let only these users in, by PLAIN or SCRAM; makes the listener SASL_PLAINTEXT where nothing else is configured',
    user,
  )
  .option(
    '-a, --acl <who:operations:type:name>',
    'allow this, and nothing that no --acl or ACL allows; deny: before it forbids, a star at the end is a prefix',
    collect,
  )
  .option(
    '--add-scram <mechanism=[name=…,password=…]>',
    'SCRAM users of a new data directory, as kafka-storage format takes them',
    collect,
  )
  .option('-c, --config <file>', 'read a properties file, as Apache Kafka does')
  .option('-s, --set <key=value>', 'set a configuration', assignment)
  .addOption(
    new Option('--log-level <level>', 'how much is logged')
      .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info'),
  )
  .addOption(
    new Option('--log-format <format>', 'how it is logged; auto: pretty on a terminal, else JSON')
      .choices(['auto', 'pretty', 'json'])
      .default('auto'),
  )
  .addHelpText('after', examples)
  .showHelpAfterError('(samsa --help lists the options)')
  // Looked at by the action: to commander, a command that it does not know is an argument too many.
  .allowExcessArguments(true)
  // Options behind the name of a subcommand are its own: both may have a --topic.
  .enablePositionalOptions()
  .addCommand(aclsCommand())
  .addCommand(configsCommand())
  .addCommand(logCommand())
  .addCommand(transactionsCommand())
  .action(async (options: RunOptions) => {
    const [word] = program.args
    if (word !== undefined) program.error(unknownCommand(word))
    // Loaded here: --help and --version need no broker.
    const { run } = await import('./run.ts')
    await run(options)
  })

await program.parseAsync()
