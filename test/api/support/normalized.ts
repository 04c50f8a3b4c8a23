import type { Json, JsonObject } from '../../../protocol/json.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'

/** Where a broker listens and what it is called says nothing about how it behaves. */
const PLACE_FIELDS = ['host', 'port', 'clusterId']
/** Explanations of keys are each project's own. */
const WORDS = ['documentation']

/**
 * A response without what differs between two clusters: random ids, addresses, and the order of what Kafka keeps in
 * hash maps.
 */
export function normalized(value: Json): Json {
  if (Array.isArray(value)) {
    const entries = value.map(normalized)
    return entries.every(isObject) ? entries.sort((a, b) => compare(sortKey(a), sortKey(b))) : entries
  }
  if (!isObject(value)) return value
  const fields = Object.entries(value).map(([name, field]): [string, Json] => {
    if (PLACE_FIELDS.includes(name)) return [name, '…']
    if (WORDS.includes(name)) return [name, null]
    if (name === 'topicId') return [name, field === ZERO_UUID || field === null ? field : 'an id']
    return [name, normalized(field)]
  })
  return Object.fromEntries(fields)
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Synonyms are in the order of their precedence, which matters. */
const sortKey = (entry: JsonObject): string =>
  'source' in entry ? '' : JSON.stringify([entry.name ?? entry.resourceName ?? entry.partitionIndex ?? '', entry])

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
