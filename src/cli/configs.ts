import { Command, Option } from 'commander'
import type { ConfigsOptions } from './configs/print-configs.ts'

const help = `
Columns: whose key it is, its name and type, its default here, Apache's default where that is another one, whether it may
change while the broker runs (read-only, per-broker, cluster-wide; all others: dynamic), and what it does. effective: what
Kafka's documentation says; without effect: accepted, and why it changes nothing; refused: any value but the default is
an error, and why.

Words select keys whose name contains one of them; a whole name also prints Kafka's documentation of it.

Examples:
  samsa configs retention
  samsa configs log.retention.ms
  samsa configs --effect none
  samsa configs --json --scope topic | jq -r .name`

/** `samsa configs`: every configuration key, and what it does here. */
export const configsCommand = (): Command =>
  new Command('configs')
    .description('list every configuration of Kafka: type, defaults, and what it does here, or why nothing')
    .argument('[word...]', 'only keys whose name contains one of these')
    .addOption(
      new Option('--scope <scope>', 'only keys of these').choices(['broker', 'topic', 'group', 'client-metrics']),
    )
    .addOption(new Option('--effect <effect>', 'only keys with this effect').choices(['effective', 'none', 'refused']))
    .option('--documentation', 'print the documentation of each key')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
    .action(async (words: string[], options: ConfigsOptions) => {
      const { printConfigs } = await import('./configs/print-configs.ts')
      process.exitCode = await printConfigs(words, options)
    })
