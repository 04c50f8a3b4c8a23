import { clusterCommand } from '../definition/cluster-command.ts'
import type { CommandDefinition, OptionDefinition } from '../definition/command.ts'
import { assignment, collect } from '../definition/values.ts'

const list: CommandDefinition = {
  name: 'list',
  summary: 'list every configuration of Kafka: type, defaults, and what it does here, or why nothing',
  details: `
Columns: whose key it is, its name and type, its default here, Apache's default where that is another one, whether it may
change while the broker runs (read-only, per-broker, cluster-wide; all others: dynamic), and what it does. effective: what
Kafka's documentation says; without effect: accepted, and why it changes nothing; refused: any value but the default is
an error, and why.

Words select keys whose name contains one of them; a whole name also prints Kafka's documentation of it.`,
  examples: [
    'samsa configs retention',
    'samsa configs log.retention.ms',
    'samsa configs --effect none',
    'samsa configs --json --scope topic | jq -r .name',
  ],
  args: [{ usage: '[word...]', description: 'only keys whose name contains one of these', values: 'config' }],
  options: [
    {
      flags: '--scope <scope>',
      description: 'only keys of these',
      values: ['broker', 'topic', 'group', 'client-metrics'],
    },
    {
      flags: '--effect <effect>',
      description: 'only keys with this effect',
      values: ['effective', 'none', 'refused'],
    },
    { flags: '--documentation', description: 'print the documentation of each key' },
    { flags: '--json', description: 'one JSON object a line' },
  ],
  run: async (words, options) => (await import('../configs/print-configs.ts')).printConfigs(words, options),
}

const resources: readonly OptionDefinition[] = [
  { flags: '-t, --topic <name>', description: 'of this topic', values: 'topic' },
  { flags: '--broker <id>', description: 'of this broker', values: 'broker' },
  { flags: '--brokers', description: 'what all brokers have in common' },
  { flags: '-g, --group <id>', description: 'of this group', values: 'group' },
  { flags: '--client-metrics <name>', description: 'of this subscription to the metrics of clients' },
  { flags: '--broker-logger <id>', description: 'the levels of the loggers of this broker', values: 'broker' },
]

const describe = clusterCommand({
  name: 'describe',
  summary: 'show the configuration of a topic, a broker, a group …, and where each value comes from',
  examples: [
    'samsa configs describe --topic orders',
    'samsa configs describe --broker 1 --all retention',
    'samsa configs describe --topic orders --documentation retention.ms',
  ],
  args: [{ usage: '[word...]', description: 'only keys whose name contains one of these', values: 'config' }],
  options: [
    ...resources,
    { flags: '--all', description: 'defaults as well' },
    { flags: '--documentation', description: "Kafka's words about each key" },
  ],
  load: async () => (await import('../configs/resources.ts')).describeConfig,
})

const alter = clusterCommand({
  name: 'alter',
  summary: 'set configurations of a topic, a broker, a group …, or take them back',
  examples: [
    'samsa configs alter --topic orders retention.ms=3600000 cleanup.policy=compact',
    'samsa configs alter --brokers log.cleaner.threads=2',
    'samsa configs alter --topic orders --delete retention.ms',
    'samsa configs alter --topic orders --append cleanup.policy=delete',
    'samsa configs alter --broker-logger 1 samsa.groups=DEBUG',
  ],
  args: [{ usage: '[key=value...]', description: 'what is to be set', values: 'topic-config' }],
  options: [
    ...resources,
    {
      flags: '-d, --delete <key>',
      description: 'take back a key: its default holds',
      values: 'config',
      parse: collect,
    },
    { flags: '--append <key=value>', description: 'add to a list', parse: assignment },
    { flags: '--subtract <key=value>', description: 'take from a list', parse: assignment },
    { flags: '--dry-run', description: 'let the cluster judge it, and change nothing' },
  ],
  load: async () => (await import('../configs/resources.ts')).alterConfig,
})

/** `samsa configs`: every configuration key there is, and those that are set. */
export const configs: CommandDefinition = {
  name: 'configs',
  summary: 'list every configuration of Kafka, and describe and alter those of a cluster',
  commands: [list, describe, alter],
  defaultCommand: 'list',
}
