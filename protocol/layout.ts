import { type AnyField, type Fields, includesVersion, type MessageSchema, unknownTaggedFields } from './schema.ts'

/** A field in one version: the questions that compilers and JSON converters ask of a schema. */
export interface FieldLayout {
  readonly name: string
  readonly field: AnyField
  readonly present: boolean
  /** In the tagged section; then it is not among the fields in order. */
  readonly tagged: boolean
  readonly nullable: boolean
  /** Lengths are varints, one higher, with zero for null. */
  readonly compact: boolean
}

const FIXED_SIZES: Partial<Record<AnyField['type'], number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}

/** Bytes of a field whose size does not depend on its value; undefined for the others. */
export function fixedSize(field: AnyField): number | undefined {
  return FIXED_SIZES[field.type]
}

export function isFlexible(schema: MessageSchema, version: number): boolean {
  return version >= schema.firstFlexibleVersion
}

export function layout(fields: Fields, schema: MessageSchema, version: number): FieldLayout[] {
  const flexible = isFlexible(schema, version)
  return Object.entries(fields).map(([name, field]) => {
    const present = includesVersion(field.versions, version)
    return {
      name,
      field,
      present,
      tagged: present && flexible && field.tagNumber >= 0 && includesVersion(field.taggedVersions, version),
      nullable: includesVersion(field.nullableVersions, version),
      compact: field.flexibleVersions === undefined ? flexible : includesVersion(field.flexibleVersions, version),
    }
  })
}

/** The layout of an array's elements, which are never null and take their array's form. */
export function elementLayout(array: FieldLayout): FieldLayout {
  return { ...array, field: array.field.element!, nullable: false, tagged: false }
}

/** The fewest bytes that a value can take in this version. */
export function minSize(item: FieldLayout, schema: MessageSchema, version: number): number {
  const { field, nullable, compact } = item
  switch (field.type) {
    case 'struct':
      return nullable ? 1 : minStructSize(field.fields!, schema, version)
    case 'string':
      return compact ? 1 : 2
    case 'bytes':
    case 'records':
    case 'array':
      return compact ? 1 : 4
    default:
      return fixedSize(field)!
  }
}

function minStructSize(fields: Fields, schema: MessageSchema, version: number): number {
  let size = isFlexible(schema, version) ? 1 : 0
  for (const item of layout(fields, schema, version)) {
    if (item.present && !item.tagged) size += minSize(item, schema, version)
  }
  return size
}

/** Whether a value is what a reader would see if the field were not written. An absent (undefined) one is. */
export function isDefault(field: AnyField, value: unknown): boolean {
  if (value === undefined) return true
  if (value === null || field.defaultValue === null) return value === field.defaultValue
  switch (field.type) {
    case 'array':
    case 'bytes':
    case 'records':
      return (value as { length: number }).length === 0
    case 'struct':
      return isDefaultStruct(field.fields!, value as Record<PropertyKey, unknown>)
    default:
      return value === field.defaultValue
  }
}

function isDefaultStruct(fields: Fields, value: Record<PropertyKey, unknown>): boolean {
  for (const [name, field] of Object.entries(fields)) if (!isDefault(field, value[name])) return false
  const unknown = value[unknownTaggedFields] as readonly unknown[] | undefined
  return unknown === undefined || unknown.length === 0
}
