import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { several, severalNumbers, wholeNumber } from '../definition/values.ts'

const topic: OptionDefinition = { flags: '--topic <name>', description: 'topic', values: 'topic', isRequired: true }
const partition: OptionDefinition = {
  flags: '--partition <number>',
  description: 'partition',
  parse: wholeNumber,
  isRequired: true,
}
const transactionalId: OptionDefinition = {
  flags: '--transactional-id <id>',
  description: 'transactional id',
  values: 'transactional-id',
  isRequired: true,
}

const list = clusterCommand({
  name: 'list',
  summary: 'list transactional ids',
  examples: [
    'samsa transactions list',
    ['samsa transactions list --state Ongoing --duration-filter 60000', 'open for more than a minute'],
  ],
  options: [
    {
      flags: '--state <state,...>',
      description: 'only those in these states, such as Ongoing, PrepareAbort, CompleteCommit',
      parse: several,
    },
    { flags: '--producer-id <id,...>', description: 'only those of these producers', parse: severalNumbers },
    {
      flags: '--duration-filter <ms>',
      description: 'only those that have been running for longer than this',
      parse: wholeNumber,
    },
    {
      flags: '--transactional-id-pattern <regex>',
      description: 'only ids that match, whole, this regular expression (RE2)',
    },
  ],
  load: async () => (await import('../transactions/coordinators.ts')).list,
})

const describe = clusterCommand({
  name: 'describe',
  summary: 'describe the state of a transactional id',
  examples: ['samsa transactions describe --transactional-id billing-1'],
  options: [transactionalId],
  load: async () => (await import('../transactions/coordinators.ts')).describe,
})

const describeProducers = clusterCommand({
  name: 'describe-producers',
  summary: 'describe the producers that a partition knows',
  examples: ['samsa transactions describe-producers --topic orders --partition 0'],
  options: [
    topic,
    partition,
    {
      flags: '--broker-id <id>',
      description: 'ask this replica; the leader when absent',
      values: 'broker',
      parse: wholeNumber,
    },
  ],
  load: async () => (await import('../transactions/producers.ts')).describeProducers,
})

const findHanging = clusterCommand({
  name: 'find-hanging',
  summary: 'find transactions that no coordinator will end',
  examples: ['samsa transactions find-hanging', 'samsa transactions find-hanging --topic orders --partition 0'],
  options: [
    {
      flags: '--broker-id <id>',
      description: 'look at the partitions that this broker has',
      values: 'broker',
      parse: wholeNumber,
    },
    { flags: '--topic <name>', description: 'look at this topic', values: 'topic' },
    { flags: '--partition <number>', description: 'look at this partition of the topic', parse: wholeNumber },
    {
      flags: '--max-transaction-timeout <minutes>',
      description: 'nothing younger hangs',
      parse: wholeNumber,
      default: 15,
    },
  ],
  load: async () => (await import('../transactions/find-hanging.ts')).findHanging,
})

const abort = clusterCommand({
  name: 'abort',
  summary: 'end a hanging transaction by an abort marker',
  examples: ['samsa transactions abort --topic orders --partition 0 --start-offset 4711'],
  options: [
    topic,
    partition,
    {
      flags: '--start-offset <offset>',
      description: 'where the transaction begins, as find-hanging says',
      parse: wholeNumber,
      conflicts: ['producerId', 'producerEpoch', 'coordinatorEpoch'],
    },
    {
      flags: '--producer-id <id>',
      description: 'its producer, where brokers before 3.0 cannot say',
      parse: wholeNumber,
    },
    { flags: '--producer-epoch <epoch>', description: 'epoch of that producer', parse: wholeNumber },
    { flags: '--coordinator-epoch <epoch>', description: 'epoch of the coordinator', parse: wholeNumber },
  ],
  load: async () => (await import('../transactions/abort.ts')).abort,
})

const forceTerminate = clusterCommand({
  name: 'force-terminate',
  aliases: ['forceTerminateTransaction'],
  summary: 'abort the transaction of a transactional id, and fence its producer',
  examples: ['samsa transactions force-terminate --transactional-id billing-1'],
  options: [transactionalId],
  load: async () => (await import('../transactions/coordinators.ts')).forceTerminate,
})

/** `samsa transactions`: what coordinators and partitions know of transactions, and an end to those that hang. */
export const transactions: CommandDefinition = {
  name: 'transactions',
  summary: 'list, describe and end transactions',
  details: `
The names, options and columns are those of Apache's kafka-transactions, and it can be used in place of this.

A transaction hangs when it is open in a partition and no coordinator knows it: consumers that read committed records
wait for ever before it. find-hanging finds such transactions, abort ends one.`,
  examples: [
    'samsa transactions list --state Ongoing',
    'samsa transactions describe --transactional-id orders-1',
    'samsa transactions find-hanging --topic orders --partition 0',
    'samsa transactions abort --topic orders --partition 0 --start-offset 4711',
    'samsa transactions list --bootstrap-server broker:9093 --command-config client.properties',
  ],
  commands: [list, describe, describeProducers, findHanging, abort, forceTerminate],
}
