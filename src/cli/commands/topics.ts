import { clusterCommand } from '../definition/cluster-command.ts'
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { assignment, collect, naturalNumber, several } from '../definition/values.ts'

const topics: ArgumentDefinition = { usage: '<topic...>', description: 'names of topics', values: 'topic' }
const dryRun: OptionDefinition = { flags: '--dry-run', description: 'let the cluster judge it, and change nothing' }

const list = clusterCommand({
  name: 'list',
  summary: 'list topics, with their partitions and how many records they hold',
  details: `
RECORDS is the number of offsets between the beginning and the end: compaction and transactions leave gaps that count.`,
  examples: ['samsa topics list', 'samsa topics list order', 'samsa topics list --json | jq -r .topic'],
  args: [{ usage: '[word...]', description: 'only topics whose name contains one of these', values: 'topic' }],
  options: [
    { flags: '--internal', description: "Kafka's own topics as well" },
    { flags: '--sizes', description: 'bytes on the disks of all replicas' },
  ],
  load: async () => (await import('../topics/list.ts')).listTopics,
})

const describe = clusterCommand({
  name: 'describe',
  summary: 'describe topics: partitions, leaders, replicas, offsets and configurations that are set',
  examples: ['samsa topics describe orders', 'samsa topics describe orders --under-replicated'],
  args: [topics],
  options: [
    { flags: '--under-replicated', description: 'only partitions with replicas that are not in sync' },
    { flags: '--unavailable', description: 'only partitions without a leader' },
  ],
  load: async () => (await import('../topics/describe.ts')).describeTopics,
})

const create = clusterCommand({
  name: 'create',
  summary: 'create topics',
  examples: [
    'samsa topics create orders',
    'samsa topics create orders payments --partitions 6 --replicas 3 --config retention.ms=3600000',
    ['samsa topics create orders --assignment 1,2 --assignment 2,3', 'two partitions, and on which brokers they are'],
  ],
  args: [{ usage: '<topic...>', description: 'names of topics' }],
  options: [
    {
      flags: '-p, --partitions <number>',
      description: 'partitions of each (default: num.partitions of the broker)',
      parse: naturalNumber,
    },
    {
      flags: '-r, --replicas <number>',
      description: 'replicas of each partition (default: default.replication.factor of the broker)',
      parse: naturalNumber,
    },
    {
      flags: '-c, --config <key=value>',
      description: 'set a configuration',
      values: 'topic-config',
      parse: assignment,
    },
    {
      flags: '--assignment <broker,...>',
      description: 'brokers of the next partition, the preferred leader first',
      parse: collect,
      conflicts: ['partitions', 'replicas'],
    },
    { flags: '--if-not-exists', description: 'a topic that is there already is no failure' },
    dryRun,
  ],
  load: async () => (await import('../topics/change.ts')).createTopic,
})

const alter = clusterCommand({
  name: 'alter',
  summary: 'add partitions to a topic, change its configuration, move its replicas',
  examples: [
    'samsa topics alter orders --partitions 12',
    'samsa topics alter orders --config retention.ms=60000 --delete-config cleanup.policy',
    ['samsa topics alter orders --replicas-on 1,2,3', 'samsa cluster reassignments shows how far it is'],
  ],
  args: [{ usage: '<topic>', description: 'its name', values: 'topic' }],
  options: [
    { flags: '-p, --partitions <number>', description: 'as many in all', parse: naturalNumber },
    {
      flags: '-c, --config <key=value>',
      description: 'set a configuration',
      values: 'topic-config',
      parse: assignment,
    },
    { flags: '--delete-config <key>', description: 'take back a configuration', parse: collect },
    {
      flags: '--replicas-on <broker,...>',
      description: 'all partitions on these brokers, which lead in turns',
      parse: several,
    },
    dryRun,
  ],
  load: async () => (await import('../topics/change.ts')).alterTopic,
})

const remove = clusterCommand({
  name: 'delete',
  summary: 'delete topics, with all their records',
  examples: ['samsa topics delete orders payments'],
  args: [topics],
  options: [{ flags: '--if-exists', description: 'a topic that is not there is no failure' }],
  load: async () => (await import('../topics/change.ts')).deleteTopic,
})

const empty = clusterCommand({
  name: 'empty',
  summary: 'delete all records of topics, and keep the topics',
  examples: ['samsa topics empty orders'],
  args: [topics],
  options: [{ flags: '--dry-run', description: 'say what would be deleted' }],
  load: async () => (await import('../records/delete.ts')).emptyTopics,
})

/** `samsa topics`: the topics of a cluster. */
export const topicsCommand: CommandDefinition = {
  name: 'topics',
  summary: 'list, describe, create, alter, delete and empty topics',
  commands: [list, describe, create, alter, remove, empty],
}
