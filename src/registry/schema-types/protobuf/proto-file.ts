/** A .proto file as its text has it: names unresolved, everything in the order of the text, comments left out. */

export type OptionValue =
  | { readonly kind: 'string'; readonly text: string }
  /** A number, a boolean or the name of a value of an enumeration, as it was written. */
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly OptionValue[] }
  | { readonly kind: 'message'; readonly fields: readonly (readonly [string, OptionValue])[] }

export interface ProtoOption {
  /** As written: `deprecated`, `(my.option).field`. */
  readonly name: string
  readonly value: OptionValue
}

const SPECIAL = ['default', 'json_name']

/** Options of a field in the order of a text: those last that say something of the field itself. */
export const inOrderOfText = (options: readonly ProtoOption[]): ProtoOption[] => [
  ...options.filter(({ name }) => !SPECIAL.includes(name)),
  ...SPECIAL.flatMap((special) => options.filter(({ name }) => name === special)),
]

export type Label = 'optional' | 'required' | 'repeated'

export interface ProtoField {
  readonly label: Label | null
  /** As written: `int32`, `Order`, `.shop.Order`, `map<string, Order>`. */
  readonly type: string
  readonly name: string
  readonly tag: number
  readonly options: readonly ProtoOption[]
}

export interface ProtoGroup {
  readonly label: Label | null
  readonly name: string
  readonly tag: number
  readonly fields: readonly ProtoField[]
}

export interface ProtoOneOf {
  readonly name: string
  readonly options: readonly ProtoOption[]
  readonly fields: readonly ProtoField[]
  readonly groups: readonly ProtoGroup[]
}

/** A number, a range with its last number, or a name. */
export type Reserved = number | readonly [first: number, last: number] | string
export const MAX_TAG = 536_870_911

export interface ProtoExtensions {
  readonly ranges: readonly Reserved[]
  readonly options: readonly ProtoOption[]
}

export interface ProtoExtend {
  readonly name: string
  readonly fields: readonly ProtoField[]
}

export interface ProtoMessage {
  readonly kind: 'message'
  readonly name: string
  readonly reserved: readonly (readonly Reserved[])[]
  readonly options: readonly ProtoOption[]
  readonly fields: readonly ProtoField[]
  readonly oneOfs: readonly ProtoOneOf[]
  readonly groups: readonly ProtoGroup[]
  readonly extensions: readonly ProtoExtensions[]
  readonly extends: readonly ProtoExtend[]
  readonly types: readonly ProtoType[]
}

export interface ProtoEnum {
  readonly kind: 'enum'
  readonly name: string
  readonly reserved: readonly (readonly Reserved[])[]
  readonly options: readonly ProtoOption[]
  readonly constants: readonly {
    readonly name: string
    readonly tag: number
    readonly options: readonly ProtoOption[]
  }[]
}

export type ProtoType = ProtoMessage | ProtoEnum

export interface ProtoRpc {
  readonly name: string
  readonly request: string
  readonly streamsRequests: boolean
  readonly response: string
  readonly streamsResponses: boolean
  readonly options: readonly ProtoOption[]
}

export interface ProtoService {
  readonly name: string
  readonly options: readonly ProtoOption[]
  readonly rpcs: readonly ProtoRpc[]
}

export interface ProtoFile {
  /** `proto2`, `proto3`, or null where nothing is said, which means proto2. */
  readonly syntax: string | null
  readonly package: string | null
  readonly imports: readonly { readonly path: string; readonly isPublic: boolean }[]
  readonly options: readonly ProtoOption[]
  readonly types: readonly ProtoType[]
  readonly extends: readonly ProtoExtend[]
  readonly services: readonly ProtoService[]
}

export const SCALARS: ReadonlySet<string> = new Set([
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
])

/** The types of a map's keys and values; null: it is no map. */
export function mapTypes(type: string): readonly [key: string, value: string] | null {
  const found = /^map<\s*([\w.]+)\s*,\s*([\w.]+)\s*>$/.exec(type)
  return found?.[1] === undefined || found[2] === undefined ? null : [found[1], found[2]]
}

/** All fields of a message, those of its oneofs with the name of it. */
export const fieldsOf = (message: ProtoMessage): { readonly field: ProtoField; readonly oneOf: string | null }[] => [
  ...message.fields.map((field) => ({ field, oneOf: null })),
  ...message.oneOfs.flatMap(({ name, fields }) => fields.map((field) => ({ field, oneOf: name }))),
]
