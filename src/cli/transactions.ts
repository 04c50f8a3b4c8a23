import { Command, InvalidArgumentError, Option } from 'commander'
import type { TransactionsCommands } from './transactions/commands.ts'

const help = `
The names, options and columns are those of Apache's kafka-transactions, and it can be used in place of this.

A transaction hangs when it is open in a partition and no coordinator knows it: consumers that read committed records
wait for ever before it. find-hanging finds such transactions, abort ends one.

Examples:
  samsa transactions list --state Ongoing
  samsa transactions describe --transactional-id orders-1
  samsa transactions find-hanging --topic orders --partition 0
  samsa transactions abort --topic orders --partition 0 --start-offset 4711
  samsa transactions list --bootstrap-server broker:9093 --command-config client.properties`

type Commands = typeof TransactionsCommands

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.')
  return value
}

const several = (text: string, earlier: readonly string[] = []): string[] => [...earlier, ...text.split(',')]
const severalNumbers = (text: string, earlier: readonly number[] = []): number[] => [
  ...earlier,
  ...text.split(',').map(wholeNumber),
]

/** `samsa transactions`: what coordinators and partitions know of transactions, and an end to those that hang. */
export function transactionsCommand(): Command {
  const command = new Command('transactions')
    .description('list, describe and end transactions of a cluster, samsa or Apache Kafka')
    .addHelpText('after', help)
  const add = (name: keyof Commands, description: string, configure: (command: Command) => Command) =>
    configure(command.command(commandName(name)).description(description))
      .option('-b, --bootstrap-server <host:port,...>', 'brokers to begin with', 'localhost:9092')
      .option('--command-config <file>', 'a client.properties: security.protocol, sasl.* and ssl.* of the connections')
      .option('--timeout <ms>', 'how long to wait for brokers', wholeNumber, 30_000)
      .option('--json', 'one JSON object a line')
      .action(async (options) => {
        const { runTransactionsCommand } = await import('./transactions/commands.ts')
        process.exitCode = await runTransactionsCommand(name, options)
      })
  add('list', 'list transactional ids', listOptions)
  add('describe', 'describe the state of a transactional id', (one) =>
    one.requiredOption('--transactional-id <id>', 'transactional id'),
  )
  add('describeProducers', 'describe the producers that a partition knows', (one) =>
    inPartition(one).option('--broker-id <id>', 'ask this replica; the leader when absent', wholeNumber),
  )
  add('findHanging', 'find transactions that no coordinator will end', findHangingOptions)
  add('abort', 'end a hanging transaction by an abort marker', abortOptions)
  add('forceTerminate', 'abort the transaction of a transactional id, and fence its producer', (one) =>
    one.alias('forceTerminateTransaction').requiredOption('--transactional-id <id>', 'transactional id'),
  )
  return command
}

const commandName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const inPartition = (command: Command): Command =>
  command.requiredOption('--topic <name>', 'topic').requiredOption('--partition <number>', 'partition', wholeNumber)

const listOptions = (command: Command): Command =>
  command
    .option('--state <state,...>', 'only those in these states, such as Ongoing, PrepareAbort, CompleteCommit', several)
    .option('--producer-id <id,...>', 'only those of these producers', severalNumbers)
    .option('--duration-filter <ms>', 'only those that have been running for longer than this', wholeNumber)
    .option('--transactional-id-pattern <regex>', 'only ids that match, whole, this regular expression (RE2)')

const findHangingOptions = (command: Command): Command =>
  command
    .option('--broker-id <id>', 'look at the partitions that this broker has', wholeNumber)
    .option('--topic <name>', 'look at this topic')
    .option('--partition <number>', 'look at this partition of the topic', wholeNumber)
    .option('--max-transaction-timeout <minutes>', 'nothing younger hangs', wholeNumber, 15)

const abortOptions = (command: Command): Command =>
  inPartition(command)
    .addOption(
      new Option('--start-offset <offset>', 'where the transaction begins, as find-hanging says')
        .argParser(wholeNumber)
        .conflicts(['producerId', 'producerEpoch', 'coordinatorEpoch']),
    )
    .option('--producer-id <id>', 'its producer, where brokers before 3.0 cannot say', wholeNumber)
    .option('--producer-epoch <epoch>', 'epoch of that producer', wholeNumber)
    .option('--coordinator-epoch <epoch>', 'epoch of the coordinator', wholeNumber)
