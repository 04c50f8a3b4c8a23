import { unchecked } from './unchecked.ts'

/**
 * The language in which messages are described, and the TypeScript types that follow from a description.
 *
 * A schema says for every field what it is and in which versions it exists. Where nothing is said, the field exists in
 * every version of what surrounds it, is not null, and defaults to zero, the empty string, the empty array or a
 * structure of defaults (records: null), as in Kafka's own message definitions:
 *
 *     export const HeartbeatRequest = request({
 *       name: 'HeartbeatRequest', apiKey: 12, versions: '0-4', flexible: '4+',
 *       fields: () => ({
 *         groupId: string(),
 *         groupInstanceId: string('3+').nullable().default(null),
 *       }),
 *     })
 *     export type HeartbeatRequest = Decoded<typeof HeartbeatRequest>
 *
 * Nothing is interpreted here: `compile.ts` turns (schema, version) into code. The fields are behind a function so that
 * a process that starts builds only the few messages it meets, not all 278.
 */

/** Versions in Kafka's notation: one (`3`), from one on (`3+`), a closed range (`3-5`) or `none`. */
export type Versions = `${number}` | `${number}+` | `${number}-${number}` | 'none'

export type FieldType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'
  | 'array'
  | 'struct'

/** A tagged field that the schema does not know; kept when decoded and written back when encoded (KIP-482). */
export interface UnknownTaggedField {
  readonly tag: number
  readonly data: Buffer
}

/**
 * Where a decoded structure keeps the tagged fields that its schema does not know. A symbol, so that no name clashes.
 */
export const unknownTaggedFields: unique symbol = Symbol('unknownTaggedFields')

export interface KeepsUnknownTaggedFields {
  [unknownTaggedFields]?: readonly UnknownTaggedField[]
}

/** Kafka's zero UUID, the default of every uuid field: 'no id'. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

/**
 * One field. `D` is what decoding gives, `E` what encoding takes. The methods refine the field in place and return it,
 * so a field belongs to the one place where it is written.
 */
export class Field<D = unknown, E = D> {
  declare readonly decoded: D
  declare readonly encodable: E
  readonly type: FieldType
  /** Undefined: as long as the structure around it exists. */
  readonly versions: Versions | undefined
  /** The type of an array's elements. */
  readonly element: Field | undefined
  /** The fields of a structure. */
  readonly fields: Fields | undefined
  nullableVersions: Versions = 'none'
  taggedVersions: Versions = 'none'
  tagNumber = -1
  defaultValue: unknown
  isIgnorable = false
  isMapKey = false
  flexibleVersions: Versions | undefined

  constructor(
    type: FieldType,
    versions: Versions | undefined,
    defaultValue: unknown,
    element?: Field,
    fields?: Fields,
  ) {
    this.type = type
    this.versions = versions
    this.defaultValue = defaultValue
    this.element = element
    this.fields = fields
  }

  /** May be null: in all its versions, or in those named. */
  nullable(versions?: Versions): Field<D | null, E | null> {
    this.nullableVersions = versions ?? this.versions ?? '0+'
    // The types of the values are in the compiler's hands alone: at run time it is the same field.
    return unchecked<Field<D | null, E | null>>(this)
  }

  /** Written in the tagged section of flexible versions, and only when it is not the default (KIP-482). */
  tagged(tag: number, versions?: Versions): this {
    this.tagNumber = tag
    this.taggedVersions = versions ?? this.versions ?? '0+'
    return this
  }

  default(value: E): this {
    this.defaultValue = value
    return this
  }

  /** A version without this field drops its value silently; without this flag that is an error. */
  ignorable(): this {
    this.isIgnorable = true
    return this
  }

  /** Names the element within its array: Kafka keeps such an array as a map by its key fields. */
  mapKey(): this {
    this.isMapKey = true
    return this
  }

  /** Overrides from which version on this field takes the compact form. */
  flexible(versions: Versions): this {
    this.flexibleVersions = versions
    return this
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a field of any type; `unknown` would forbid assigning a typed field here.
export type AnyField = Field<any, any>
export type Fields = { readonly [name: string]: AnyField }

export type DecodedFields<F extends Fields> = { -readonly [K in keyof F]: F[K]['decoded'] } & KeepsUnknownTaggedFields
export type EncodableFields<F extends Fields> = {
  readonly [K in keyof F]?: F[K]['encodable']
} & KeepsUnknownTaggedFields

/** A decoded message: every field, those that its version lacks at their default. */
export type Decoded<S extends MessageSchema> = DecodedFields<S['fields']>
/** A message to encode: any of the fields; an absent one takes its default. */
export type Encodable<S extends MessageSchema> = EncodableFields<S['fields']>

export const bool = (versions?: Versions): Field<boolean> => new Field('bool', versions, false)
export const int8 = (versions?: Versions): Field<number> => new Field('int8', versions, 0)
export const int16 = (versions?: Versions): Field<number> => new Field('int16', versions, 0)
export const uint16 = (versions?: Versions): Field<number> => new Field('uint16', versions, 0)
export const int32 = (versions?: Versions): Field<number> => new Field('int32', versions, 0)
export const uint32 = (versions?: Versions): Field<number> => new Field('uint32', versions, 0)
export const int64 = (versions?: Versions): Field<bigint> => new Field('int64', versions, 0n)
export const float64 = (versions?: Versions): Field<number> => new Field('float64', versions, 0)
export const string = (versions?: Versions): Field<string> => new Field('string', versions, '')
/** Kafka's text of a UUID: 22 characters of base64url. */
export const uuid = (versions?: Versions): Field<string> => new Field('uuid', versions, ZERO_UUID)
/** Decoded as a view on the input. */
export const bytes = (versions?: Versions): Field<Buffer> => new Field('bytes', versions, Buffer.alloc(0))
/**
 * Record batches: decoded as a view on the input, encoded from one buffer or several that follow each other. Their
 * default is null even where null cannot be written.
 */
export const records = (versions?: Versions): Field<Buffer | null, Buffer | readonly Buffer[] | null> =>
  new Field('records', versions, null)

export function struct<const F extends Fields>(fields: F): Field<DecodedFields<F>, EncodableFields<F>>
export function struct<const F extends Fields>(
  versions: Versions,
  fields: F,
): Field<DecodedFields<F>, EncodableFields<F>>
export function struct(first: Versions | Fields, second?: Fields): AnyField {
  const [versions, fields] = typeof first === 'string' ? [first, second!] : [undefined, first]
  return new Field('struct', versions, undefined, undefined, fields)
}

/** An array of structures (given by their fields) or of simple values (given by a field). */
export function array<D, E>(element: Field<D, E>): Field<D[], readonly E[]>
export function array<D, E>(versions: Versions, element: Field<D, E>): Field<D[], readonly E[]>
export function array<const F extends Fields>(fields: F): Field<DecodedFields<F>[], readonly EncodableFields<F>[]>
export function array<const F extends Fields>(
  versions: Versions,
  fields: F,
): Field<DecodedFields<F>[], readonly EncodableFields<F>[]>
export function array(first: Versions | AnyField | Fields, second?: AnyField | Fields): AnyField {
  const [versions, content] = typeof first === 'string' ? [first, second!] : [undefined, first]
  const element = content instanceof Field ? content : new Field('struct', undefined, undefined, undefined, content)
  return new Field('array', versions, [], element)
}

/** The kind of a message, which decides how it stands in a frame or in a record. */
export type MessageKind =
  | 'request'
  | 'response'
  | 'header'
  /** A record of `__cluster_metadata`. */
  | 'metadata-record'
  | 'remote-log-metadata-record'
  /** Key and value of the records of `__consumer_offsets`, `__transaction_state` and `__share_group_state`. */
  | 'group-record-key'
  | 'group-record-value'
  | 'txn-record-key'
  | 'txn-record-value'
  | 'share-record-key'
  | 'share-record-value'
  /** Anything that stands alone: control records, files, what groups exchange. */
  | 'data'

export type Listener = 'broker' | 'controller'

/** A range of versions, both ends included; empty when `min > max`. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

export interface MessageDefinition<F extends Fields> {
  readonly name: string
  /** The versions of Kafka 4.4. */
  readonly versions: Versions
  /** The older ones that Kafka 4.0 has dropped (KIP-896); fields that they alone have stand among the others. */
  readonly dropped?: Versions
  /** Versions with compact lengths and tagged fields (KIP-482). */
  readonly flexible: Versions
  readonly fields: () => F
}

export interface ApiDefinition<F extends Fields> extends MessageDefinition<F> {
  readonly apiKey: number
  /** The listeners of Kafka that answer it; the broker's when nothing is said. */
  readonly listeners?: readonly Listener[]
  /** The last version is still being designed: Kafka does not advertise it. */
  readonly latestVersionUnstable?: boolean
}

export interface RecordDefinition<F extends Fields> extends MessageDefinition<F> {
  /** The number that tells the records of one log apart. */
  readonly apiKey: number
}

/** One message over all its versions. */
export class MessageSchema<F extends Fields = Fields> {
  readonly name: string
  readonly kind: MessageKind
  /** The API key of a request or response, the record type of a state record; -1 where there is none. */
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
  /** The first version there is a codec for: below `minVersion` where Kafka 4.0 has dropped versions. */
  readonly oldestVersion: number
  /** The first version with compact lengths and tagged fields; Infinity where there is none. */
  readonly firstFlexibleVersion: number
  readonly listeners: readonly Listener[]
  readonly latestVersionUnstable: boolean
  private readonly buildFields: () => F
  private builtFields: F | undefined

  constructor(kind: MessageKind, definition: MessageDefinition<F> & Partial<ApiDefinition<F>>) {
    const { min, max } = versionRange(definition.versions)
    this.name = definition.name
    this.kind = kind
    this.apiKey = definition.apiKey ?? -1
    this.minVersion = min
    this.maxVersion = max
    this.oldestVersion = definition.dropped === undefined ? min : versionRange(definition.dropped).min
    this.firstFlexibleVersion =
      definition.flexible === 'none' ? Number.POSITIVE_INFINITY : versionRange(definition.flexible).min
    this.listeners = definition.listeners ?? (kind === 'request' || kind === 'response' ? BROKER_ONLY : NOWHERE)
    this.latestVersionUnstable = definition.latestVersionUnstable ?? false
    this.buildFields = definition.fields
  }

  get fields(): F {
    return (this.builtFields ??= this.buildFields())
  }
}

const BROKER_ONLY: readonly Listener[] = ['broker']
const NOWHERE: readonly Listener[] = []

export const request = <const F extends Fields>(definition: ApiDefinition<F>): MessageSchema<F> =>
  new MessageSchema('request', definition)
export const response = <const F extends Fields>(definition: ApiDefinition<F>): MessageSchema<F> =>
  new MessageSchema('response', definition)
/** A record of a log, told from its siblings by `apiKey`. */
export const record = <const F extends Fields>(kind: MessageKind, definition: RecordDefinition<F>): MessageSchema<F> =>
  new MessageSchema(kind, definition)
export const header = <const F extends Fields>(definition: MessageDefinition<F>): MessageSchema<F> =>
  new MessageSchema('header', definition)
export const data = <const F extends Fields>(definition: MessageDefinition<F>): MessageSchema<F> =>
  new MessageSchema('data', definition)

function versionRange(versions: Versions): VersionRange {
  if (versions === 'none') return { min: 1, max: 0 }
  const [min = '', max] = versions.split('-')
  if (max !== undefined) return { min: Number(min), max: Number(max) }
  if (min.endsWith('+')) return { min: Number(min.slice(0, -1)), max: Number.POSITIVE_INFINITY }
  return { min: Number(min), max: Number(min) }
}

export function includesVersion(versions: Versions | undefined, version: number): boolean {
  if (versions === undefined) return true
  const { min, max } = versionRange(versions)
  return version >= min && version <= max
}
