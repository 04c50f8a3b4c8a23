import { join } from 'node:path'
import t from 'tap'
import type { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { messagesByName } from '../../protocol/registry.ts'
import {
  type AnyField,
  type Decoded,
  type Encodable,
  type Fields,
  includesVersion,
  type Versions,
} from '../../protocol/schema.ts'
import { droppedFactsFolder, factNames, facts } from '../support/facts.ts'

/** A field as the facts tell it, from Kafka's generated classes. */
interface FieldFacts {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions: string
  readonly taggedVersions: string
  readonly tag?: number
  readonly default: unknown
  /** Absent where it cannot matter. */
  readonly ignorable?: boolean
  readonly mapKey?: boolean
  readonly flexibleVersions?: string
  readonly fields?: readonly FieldFacts[]
}

/** The versions of the message in which something holds; `surrounding` are those in which it can matter. */
function versionsOf(span: string | undefined, surrounding: readonly number[]): number[] {
  if (span === undefined) return [...surrounding]
  return span === '' ? [] : surrounding.filter((version) => includesVersion(span as Versions, version))
}

function scalarDefault(type: string, value: unknown): unknown {
  if (value === null) return null
  if (type === 'int64') return BigInt(value as string)
  if (type === 'bytes') return Buffer.from(value as string, 'base64')
  return value
}

function describe(name: string, field: AnyField, surrounding: readonly number[]): unknown {
  const versions = versionsOf(field.versions, surrounding)
  const content = field.element ?? field
  const tagged = field.tagNumber >= 0 ? versionsOf(field.taggedVersions, versions) : []
  return {
    name,
    array: field.type === 'array',
    type: content.type,
    versions,
    nullable: versionsOf(field.nullableVersions, versions),
    tagged,
    tag: field.tagNumber < 0 ? undefined : field.tagNumber,
    default: field.defaultValue,
    mapKey: field.isMapKey,
    flexible: field.flexibleVersions,
    fields: content.fields && describeAll(content.fields, versions),
  }
}

/** Without the fields that these versions do not have. */
function describeAll(fields: Fields, surrounding: readonly number[]): unknown[] {
  return Object.entries(fields)
    .filter(([, field]) => versionsOf(field.versions, surrounding).length > 0)
    .map(([name, field]) => describe(name, field, surrounding))
}

function describeAllFacts(fields: readonly FieldFacts[], surrounding: readonly number[]): unknown[] {
  return fields
    .filter(({ versions }) => versionsOf(versions, surrounding).length > 0)
    .map((field) => describeFacts(field, surrounding))
}

function describeFacts(field: FieldFacts, surrounding: readonly number[]): unknown {
  const versions = versionsOf(field.versions, surrounding)
  const array = field.type.startsWith('[]')
  const type = field.fields === undefined ? field.type.replace('[]', '') : 'struct'
  return {
    name: field.name,
    array,
    type,
    versions,
    nullable: versionsOf(field.nullableVersions, versions),
    tagged: versionsOf(field.taggedVersions, versions),
    tag: field.tag,
    default:
      !array && type === 'struct' && field.default !== null ? undefined : scalarDefault(field.type, field.default),
    mapKey: field.mapKey ?? false,
    flexible: field.flexibleVersions,
    fields: field.fields && describeAllFacts(field.fields, versions),
  }
}

/** Paths of the fields where the schema's `ignorable` is not what the facts say. */
function wrongIgnorable(fields: Fields, expected: readonly FieldFacts[], path: string): string[] {
  return expected.flatMap((fact) => {
    const field = fields[fact.name]
    const wrong = fact.ignorable !== undefined && fact.ignorable !== field.isIgnorable ? [`${path}.${fact.name}`] : []
    const inner = field.element?.fields ?? field.fields
    return inner === undefined ? wrong : [...wrong, ...wrongIgnorable(inner, fact.fields!, `${path}.${fact.name}`)]
  })
}

const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, i) => first + i)

t.test('there is a schema for every message of the facts, and no other', (t) => {
  t.strictSame([...messagesByName.keys()].sort(), factNames('messages'))
  t.end()
})

for (const name of factNames('messages')) {
  t.test(`${name} is what Kafka's generated class says`, (t) => {
    const expected = facts('messages', `${name}.json`)
    const schema = messagesByName.get(name)!
    const versions = range(schema.minVersion, schema.maxVersion + 1)
    const spoken = versionsOf(expected.validVersions, range(0, 100))
    t.strictSame(versions, spoken, 'versions')
    t.equal(schema.kind, expected.kind)
    t.equal(schema.apiKey, expected.apiKey ?? -1)
    t.strictSame(schema.listeners, expected.listeners ?? [])
    t.equal(schema.latestVersionUnstable, expected.latestVersionUnstable ?? false)
    t.strictSame(
      versions.filter((version) => version >= schema.firstFlexibleVersion),
      versionsOf(expected.flexibleVersions, versions),
      'flexible versions',
    )
    t.strictSame(describeAll(schema.fields, versions), describeAllFacts(expected.fields, versions), 'fields')
    t.strictSame(wrongIgnorable(schema.fields, expected.fields, name), [], 'ignorable')
    t.end()
  })
}

const droppedMessages = join(droppedFactsFolder, 'messages')
for (const name of factNames(droppedMessages)) {
  t.test(`${name} has the versions that Kafka 4.0 has dropped`, (t) => {
    const expected = facts(droppedMessages, `${name}.json`)
    const schema = messagesByName.get(name)!
    const versions = range(schema.oldestVersion, schema.minVersion)
    t.strictSame(versions, versionsOf(expected.validVersions, range(0, schema.minVersion)), 'versions')
    t.strictSame(describeAll(schema.fields, versions), describeAllFacts(expected.fields, versions), 'fields')
    t.end()
  })
}

t.test('types follow from the schema', (t) => {
  type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
  const holds = <_T extends true>() => t.pass()
  type Partition = FetchResponse['responses'][number]['partitions'][number]
  holds<Equal<FetchRequest['clusterId'], string | null>>()
  holds<Equal<FetchRequest['maxWaitMs'], number>>()
  holds<Equal<Partition['highWatermark'], bigint>>()
  holds<Equal<Partition['records'], Buffer | null>>()
  holds<Equal<Partition['abortedTransactions'] extends { firstOffset: bigint }[] | null ? true : false, true>>()
  holds<FetchRequest extends Encodable<typeof FetchRequest> ? true : false>()
  holds<Decoded<typeof FetchResponse> extends FetchResponse ? true : false>()
  holds<
    { responses: [{ partitions: [{ records: Buffer[] }] }] } extends Encodable<typeof FetchResponse> ? true : false
  >()
  t.end()
})
