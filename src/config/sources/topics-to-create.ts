import { firstRepeated } from '../../../protocol/collections/repeated.ts'
import { ConfigError } from '../values.ts'

export interface TopicToCreate {
  readonly name: string
  /** null: `num.partitions`. */
  readonly partitions: number | null
  /** null: `default.replication.factor`. */
  readonly replicationFactor: number | null
  readonly configs: Readonly<Record<string, string>>
}

const policies = new Set(['compact', 'delete'])

/** The value of `samsa.create.topics` for entries of which each may have commas of its own. */
export function formatTopicsToCreate(entries: readonly string[]): string {
  // The line end after a single entry matters too: its commas would separate without it.
  return entries.map((entry) => `${entry}\n`).join('')
}

/**
 * `samsa.create.topics`: `name[:partitions[:replicas]][:key=value]…`, separated by commas, or by semicolons or line
 * ends where a value has commas of its own. As in images that people know, a cleanup policy may stand by itself:
 * `events:6:1:compact`.
 */
export function parseTopicsToCreate(text: string): TopicToCreate[] {
  const separator = /[;\n]/.test(text) ? /[;\n]/ : ','
  const topics = text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseTopic)
  const twice = firstRepeated(topics.map(({ name }) => name))
  if (twice !== undefined) throw new ConfigError(`The topic ${twice} is to be created twice.`)
  return topics
}

function parseTopic(entry: string): TopicToCreate {
  const [name = '', ...rest] = entry.split(':')
  const numbers: number[] = []
  const configs: Record<string, string> = {}
  for (const part of rest.map((text) => text.trim())) {
    const equals = part.indexOf('=')
    if (equals > 0) configs[part.slice(0, equals).trim()] = part.slice(equals + 1).trim()
    else if (policies.has(part)) configs['cleanup.policy'] = part
    else if (/^[1-9]\d*$/.test(part) && numbers.length < 2) numbers.push(Number(part))
    else
      throw new ConfigError(
        `Cannot read the topic ${entry}: expected name:partitions[:replicas][:key=value], as in orders:6`,
      )
  }
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..') {
    throw new ConfigError(
      `Cannot create a topic named '${name}': letters, digits, '.', '_' and '-' are allowed, up to 249 of them.`,
    )
  }
  return { name, partitions: numbers[0] ?? null, replicationFactor: numbers[1] ?? null, configs }
}
