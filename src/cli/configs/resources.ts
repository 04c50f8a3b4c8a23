import {
  alterConfigs,
  type ConfigChange,
  type ConfigResource,
  type DescribedConfig,
  describeConfigs,
} from '../../client/admin/configs.ts'
import type { ConfigOperation } from '../../metadata/config-operations.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { splitAssignment } from '../definition/values.ts'
import { type Answer, tableAnswer, wordsAnswer } from '../print/answer.ts'
import { withoutMarkup } from './print-configs.ts'

interface ResourceOptions {
  readonly topic?: string
  readonly broker?: string
  readonly brokers?: boolean
  readonly group?: string
  readonly clientMetrics?: string
  readonly brokerLogger?: string
}

interface DescribeOptions extends ResourceOptions {
  readonly all?: boolean
  readonly documentation?: boolean
}

export async function describeConfig({ client, words, options }: CommandContext<DescribeOptions>): Promise<Answer> {
  const resource = resourceOf(options)
  const isShown = ({ name, source }: DescribedConfig) => {
    if (words.length > 0) return words.some((word) => name.includes(word))
    return options.all === true || resource.type === 'BROKER_LOGGER' || isSet(source)
  }
  const rows = (await describeConfigs(client, resource)).filter(isShown)
  const json = rows.map(({ documentation, ...row }) => ({ ...row, ...(options.documentation && { documentation }) }))
  if (options.documentation) {
    const text = (words: string | null) => (words === null ? '' : `\n  ${withoutMarkup(words)}`)
    return {
      json,
      sections: rows.map((row) => ({
        lines: [`${row.name}=${valueText(row)}  (${row.source})${text(row.documentation)}`],
      })),
    }
  }
  return tableAnswer(
    {
      columns: [
        { title: 'KEY', of: ({ name }) => name, tone: () => 'name' },
        { title: 'VALUE', of: valueText },
        { title: 'SOURCE', of: ({ source }) => source, tone: ({ source }) => (isSet(source) ? null : 'quiet') },
        { title: 'READ-ONLY', of: ({ isReadOnly }) => (isReadOnly ? 'yes' : null) },
      ],
      rows,
      empty: 'Nothing is set; --all shows the defaults.',
      missing: '',
    },
    json,
  )
}

/** Set for this very resource, or in the file of the broker. */
const isSet = (source: string): boolean => source !== 'DEFAULT_CONFIG' && source !== 'DYNAMIC_DEFAULT_BROKER_CONFIG'

const valueText = ({ value, isSensitive }: DescribedConfig): string =>
  isSensitive ? '(secret)' : value === null ? '-' : value === '' ? '""' : value

interface AlterOptions extends ResourceOptions {
  readonly delete?: readonly string[]
  readonly append?: readonly string[]
  readonly subtract?: readonly string[]
  readonly dryRun?: boolean
}

export async function alterConfig({ client, words, options }: CommandContext<AlterOptions>): Promise<Answer> {
  const resource = resourceOf(options)
  const wrong = words.find((word) => word.indexOf('=') < 1)
  if (wrong !== undefined) throw new UsageError(`Expected key=value, not ${wrong}`)
  const change = (operation: ConfigOperation, texts: readonly string[] = []): ConfigChange[] =>
    texts.map(splitAssignment).map(([name, value]) => ({ name, value, operation }))
  const changes: ConfigChange[] = [
    ...change('SET', words),
    ...change('APPEND', options.append),
    ...change('SUBTRACT', options.subtract),
    ...(options.delete ?? []).map((name) => ({ name, value: null, operation: 'DELETE' as const })),
  ]
  if (changes.length === 0) throw new UsageError('Say what is to change: key=value, --delete, --append or --subtract')
  await alterConfigs(client, resource, changes, { validateOnly: options.dryRun === true })
  const keys = changes.map(({ name }) => name).join(', ')
  const done = options.dryRun ? `${keys} could be changed.` : `Changed ${keys}.`
  return wordsAnswer([done], [{ ...resource, changes, done: options.dryRun !== true }])
}

/** Throws `UsageError` unless just one resource is named. */
function resourceOf(options: ResourceOptions): ConfigResource {
  const named: [ConfigResource['type'], string | undefined][] = [
    ['TOPIC', options.topic],
    ['BROKER', options.broker],
    ['BROKER', options.brokers ? '' : undefined],
    ['GROUP', options.group],
    ['CLIENT_METRICS', options.clientMetrics],
    ['BROKER_LOGGER', options.brokerLogger],
  ]
  const [first, ...others] = named.flatMap(([type, name]) => (name === undefined ? [] : [{ type, name }]))
  if (first === undefined || others.length > 0) {
    throw new UsageError('Name one: --topic, --broker, --brokers, --group, --client-metrics or --broker-logger')
  }
  return first
}
