/**
 * The records of `_schemas`, byte for byte as Confluent's registry writes them: JSON without spaces, properties in its
 * order, and none that is null or empty. A null value under a key deletes it.
 *
 * | key | value |
 * |---|---|
 * | SCHEMA (subject, version) | a version of a subject; `deleted` where it was deleted softly |
 * | DELETE_SUBJECT (subject) | all versions up to this one are deleted softly |
 * | CLEAR_SUBJECT (subject) | its versions were all deleted before an import; what was remembered of them is void |
 * | CONFIG, MODE (subject) | of the subject or the context; without a subject of the default context |
 * | CONTEXT (tenant, context) | the context exists |
 * | NOOP | nothing: a writer says that it is here |
 */
import type { Metadata, RuleSet } from '../schema-attachments.ts'

export interface SchemaReference {
  /** How the schema that refers names it: a full name, a file to import, or a URI. */
  readonly name: string
  readonly subject: string
  readonly version: number
}

export interface SchemaValue {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly md5?: string
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Metadata | null
  readonly ruleSet: RuleSet | null
  readonly schema: string
  readonly deleted: boolean
}

export interface ConfigValue {
  readonly alias?: string
  readonly aliasForDeks?: string
  readonly normalize?: boolean
  readonly validateFields?: boolean
  readonly validateNewSchemas?: boolean
  readonly validateRules?: boolean
  readonly compatibilityLevel?: string
  readonly compatibilityPolicy?: string
  readonly compatibilityGroup?: string
  readonly defaultMetadata?: Metadata
  readonly overrideMetadata?: Metadata
  readonly defaultRuleSet?: RuleSet
  readonly overrideRuleSet?: RuleSet
}

/** The properties of a configuration in the order in which they are written and answered. */
export const CONFIG_PROPERTIES: readonly (keyof ConfigValue)[] = [
  'alias',
  'aliasForDeks',
  'normalize',
  'validateFields',
  'validateNewSchemas',
  'validateRules',
  'compatibilityLevel',
  'compatibilityPolicy',
  'compatibilityGroup',
  'defaultMetadata',
  'overrideMetadata',
  'defaultRuleSet',
  'overrideRuleSet',
]

export const MODES = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const
export type Mode = (typeof MODES)[number]

/** A record of `_schemas`. `subject` is null for the configuration and the mode of the default context. */
export type LogRecord =
  | { readonly type: 'SCHEMA'; readonly subject: string; readonly version: number; readonly value: SchemaValue | null }
  | { readonly type: 'CONFIG'; readonly subject: string | null; readonly value: ConfigValue | null }
  | { readonly type: 'MODE'; readonly subject: string | null; readonly value: Mode | null }
  | { readonly type: 'CONTEXT'; readonly tenant: string; readonly context: string; readonly value: true | null }
  | { readonly type: 'DELETE_SUBJECT'; readonly subject: string; readonly value: { readonly version: number } | null }
  | { readonly type: 'CLEAR_SUBJECT'; readonly subject: string | null; readonly value: true | null }
  | { readonly type: 'NOOP' }

export const TENANT = 'default'

/** The text of a record's key. */
export function keyText(record: LogRecord): string {
  switch (record.type) {
    case 'SCHEMA':
      return json({ keytype: 'SCHEMA', subject: record.subject, version: record.version, magic: 1 })
    case 'CONTEXT':
      return json({ keytype: 'CONTEXT', tenant: record.tenant, context: record.context, magic: 0 })
    case 'NOOP':
      return json({ keytype: 'NOOP', magic: 0 })
    default:
      return json({ keytype: record.type, subject: record.subject, magic: 0 })
  }
}

/** The text of a record's value; null deletes what the key stands for. */
export function valueText(record: LogRecord): string | null {
  if (record.type === 'NOOP' || record.value === null) return null
  switch (record.type) {
    case 'SCHEMA':
      return schemaValueText(record.value)
    case 'CONFIG':
      return json({ subject: record.subject, ...inOrder(record.value) })
    case 'MODE':
      return json({ subject: record.subject, mode: record.value })
    case 'CONTEXT':
      return json({ tenant: record.tenant, context: record.context })
    case 'DELETE_SUBJECT':
      return json({ subject: record.subject, version: record.value.version })
    case 'CLEAR_SUBJECT':
      return json({ subject: record.subject })
  }
}

const schemaValueText = (value: SchemaValue): string =>
  json({
    subject: value.subject,
    version: value.version,
    id: value.id,
    md5: value.md5,
    schemaType: value.schemaType,
    references: value.references.map(({ name, subject, version }) => ({ name, subject, version })),
    metadata: value.metadata,
    ruleSet: value.ruleSet,
    schema: value.schema,
    deleted: value.deleted,
  })

const inOrder = (value: ConfigValue) => Object.fromEntries(CONFIG_PROPERTIES.map((name) => [name, value[name]]))

const json = (value: object): string => JSON.stringify(withoutEmpty(value))

/** Parts that map names to values: an empty one is left out, and what is in another one stays as it is. */
const MAPS = new Set(['tags', 'properties', 'params'])

/** The object without those of its parts, and of their parts, that are null, `''`, an empty list or an empty map. */
export function withoutEmpty(value: object): object {
  const parts: [string, unknown][] = []
  for (const [name, part] of Object.entries(value)) {
    if (part === undefined || part === null || part === '') continue
    if (typeof part !== 'object') parts.push([name, part])
    else if (Array.isArray(part)) {
      if (part.length > 0) parts.push([name, part.map((item) => (isObject(item) ? withoutEmpty(item) : item))])
    } else if (!MAPS.has(name)) parts.push([name, withoutEmpty(part)])
    else if (Object.keys(part).length > 0) parts.push([name, part])
  }
  return Object.fromEntries(parts)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/**
 * The record with this key and value; a sentence where they are none. Keys of other registries may have their properties
 * in another order, values may lack those that came later.
 */
export function parseLogRecord(key: string, value: string | null): LogRecord | string {
  const parsedKey = parsed(key)
  if (parsedKey === null) return `its key is no JSON object: ${key.slice(0, 100)}`
  const isTombstone = value === null || value === '' || value === 'null'
  const parsedValue = isTombstone ? null : parsed(value)
  if (parsedValue === null && !isTombstone) return `its value is no JSON object: ${value.slice(0, 100)}`
  const { keytype, subject = null } = parsedKey
  switch (keytype) {
    case 'SCHEMA':
      return schemaRecord(parsedKey, parsedValue)
    case 'CONFIG':
      return { type: keytype, subject: nameOrNull(subject), value: parsedValue && configValue(parsedValue) }
    case 'MODE':
      return { type: keytype, subject: nameOrNull(subject), value: parsedValue && modeOf(parsedValue.mode) }
    case 'CONTEXT':
      return {
        type: keytype,
        tenant: String(parsedKey.tenant ?? TENANT),
        context: String(parsedKey.context),
        value: parsedValue && true,
      }
    case 'DELETE_SUBJECT':
      return {
        type: keytype,
        subject: String(subject),
        value: parsedValue && { version: Number(parsedValue.version ?? 0) },
      }
    case 'CLEAR_SUBJECT':
      return { type: keytype, subject: nameOrNull(subject), value: parsedValue && true }
    case 'NOOP':
      return { type: keytype }
    default:
      return `its key has an unknown type: ${key.slice(0, 100)}`
  }
}

type JsonObject = Record<string, unknown>

function parsed(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}

const nameOrNull = (subject: unknown): string | null => (subject === null || subject === '' ? null : String(subject))

function schemaRecord(key: JsonObject, value: JsonObject | null): LogRecord | string {
  const { subject, version } = key
  if (typeof subject !== 'string' || !Number.isInteger(version)) return 'its key names no version of a subject'
  const at = { type: 'SCHEMA' as const, subject, version: version as number }
  if (value === null) return { ...at, value: null }
  const { id, schema } = value
  if (!Number.isInteger(id) || typeof schema !== 'string')
    return `version ${version} of ${subject} has no id or no schema`
  return {
    ...at,
    value: {
      subject,
      version: at.version,
      id: id as number,
      ...(typeof value.md5 === 'string' ? { md5: value.md5 } : {}),
      schemaType: typeof value.schemaType === 'string' ? value.schemaType : 'AVRO',
      references: Array.isArray(value.references) ? (value.references as SchemaReference[]) : [],
      metadata: (value.metadata as Metadata | undefined) ?? null,
      ruleSet: (value.ruleSet as RuleSet | undefined) ?? null,
      schema,
      deleted: value.deleted === true,
    },
  }
}

const configValue = (value: JsonObject): ConfigValue =>
  Object.fromEntries(
    CONFIG_PROPERTIES.filter((name) => value[name] !== undefined && value[name] !== null).map((name) => [
      name,
      value[name],
    ]),
  )

const modeOf = (mode: unknown): Mode | null => MODES.find((known) => known === mode) ?? null
