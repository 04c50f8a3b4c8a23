import type { CommandDefinition } from '../definition/command.ts'

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

/** `samsa configs`: every configuration key, and what it does here. */
export const configs: CommandDefinition = {
  name: 'configs',
  summary: 'list every configuration of Kafka, and what it does here',
  commands: [list],
  defaultCommand: 'list',
}
