import { type AnyField, type Fields, includesVersion, type MessageSchema } from '../../protocol/schema.ts'
import type { Body } from './connection.ts'

/** A number from 0 up to, but not including, `below`. */
export type Random = (below: number) => number

/** Values for the fields of a name, the good ones more often than the bad: `topic`, or `topics.name` for one place. */
export type Pools = Readonly<Record<string, readonly unknown[]>>

/** Values for a field, by its type, of which no pool speaks. */
const BY_TYPE: Pools = {
  bool: [true, false],
  int8: [0, 1, -1, 2, 127, -128],
  int16: [1, 0, -1, 2, 32767, -32768],
  int32: [0, 1, -1, 2, 5, 2147483647, -2147483648],
  int64: [0n, 1n, -1n, 5n, -2n, 2n ** 63n - 1n, -(2n ** 63n)],
  string: ['', 'a', 'b', ' ', 'ä', 'x'.repeat(300)],
  uuid: ['AAAAAAAAAAAAAAAAAAAAAA', 'BBBBBBBBBBBBBBBBBBBBBA'],
  bytes: [Buffer.alloc(0), Buffer.from('bytes')],
  records: [null],
}

/** Arrays are mostly short: one element says the most about a broker. */
const ARRAY_LENGTHS = [1, 1, 1, 1, 1, 2, 2, 3, 0]
/** One value in so many is null where it may be. */
const NULL_IN = 8
/** One field in so many is left at its default. */
const DEFAULT_IN = 6

/** A request of the version that draws each field from a pool by its path, its name or its type. */
export function generate(schema: MessageSchema, version: number, random: Random, pools: Pools): Body {
  return struct(schema.fields, version, random, pools, '')
}

function struct(fields: Fields, version: number, random: Random, pools: Pools, path: string): Body {
  const body: Body = {}
  for (const [name, field] of Object.entries(fields)) {
    if (!includesVersion(field.versions, version)) continue
    const place = path === '' ? name : `${path}.${name}`
    const hasPool = (pools[place] ?? pools[name]) !== undefined
    if (!hasPool && field.type !== 'array' && random(DEFAULT_IN) === 0) continue
    body[name] = value(field, version, random, pools, { name, place })
  }
  return body
}

function value(
  field: AnyField,
  version: number,
  random: Random,
  pools: Pools,
  { name, place }: { name: string; place: string },
): unknown {
  const isNullable = includesVersion(field.nullableVersions, version)
  const pool = pools[place] ?? pools[name]
  if (pool !== undefined) {
    const possible = pool.filter((choice) => choice !== null || isNullable)
    return possible[random(possible.length)]
  }
  // Outside of its nullable versions a field must not be null; `includesVersion` knows nothing of 'none'.
  if (isNullable && field.nullableVersions !== 'none' && random(NULL_IN) === 0) return null
  if (field.type === 'struct') return struct(field.fields!, version, random, pools, place)
  if (field.type === 'array') {
    // Inner arrays always name something: what Kafka says of a topic without partitions is for scripts.
    const possible = place.includes('.') ? ARRAY_LENGTHS.length - 1 : ARRAY_LENGTHS.length
    const length = ARRAY_LENGTHS[random(possible)]
    const element = field.element!
    const inside = element.type === 'struct' ? { name: '', place } : { name: `${name}[]`, place: '' }
    return distinct(Array.from({ length }, () => value(element, version, random, pools, inside)))
  }
  const choices = BY_TYPE[field.type]
  return choices[random(choices.length)]
}

/** Elements that are named twice belong to scripts: Kafka's answers to them depend on the order of its hash maps. */
function distinct(elements: readonly unknown[]): unknown[] {
  const byKey = new Map(elements.map((element) => [keyOf(element), element]))
  return [...byKey.values()]
}

function keyOf(element: unknown): string {
  if (typeof element !== 'object' || element === null) return String(element)
  const fields = element as Body
  const names =
    KEYS.find((names) => names.some((name) => fields[name] !== undefined)) ?? Object.keys(fields).slice(0, 1)
  return names.map((name) => String(fields[name])).join('/')
}

const KEYS = [
  ['resourceType', 'resourceName'],
  ['name', 'topicId'],
  ['topic', 'topicId'],
  ['groupId'],
  ['transactionalId'],
]
