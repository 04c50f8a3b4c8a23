/** A FileDescriptorProto in base64, as clients with compiled messages send it, turned into the file that it describes. */
import protobuf from 'protobufjs'
import descriptorModule from 'protobufjs/ext/descriptor/index.js'
import { unchecked } from '../../../../protocol/unchecked.ts'
import type {
  Label,
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOption,
  ProtoService,
  Reserved,
} from './proto-file.ts'
import { inOrderOfText, MAX_TAG } from './proto-file.ts'

/** A .proto file has spaces, braces and semicolons; base64 has none of them. */
export const looksLikeDescriptor = (text: string): boolean => /^[A-Za-z0-9+/=\s]+$/.test(text) && text.trim().length > 4

// biome-ignore lint/suspicious/noExplicitAny: the fields of descriptor.proto, checked as they are read
type Decoded = any

/** Scalars by their number in a FieldDescriptorProto. */
export const SCALAR_TYPES: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  6: 'fixed64',
  7: 'fixed32',
  8: 'bool',
  9: 'string',
  12: 'bytes',
  13: 'uint32',
  15: 'sfixed32',
  16: 'sfixed64',
  17: 'sint32',
  18: 'sint64',
}
const LABELS: readonly (Label | null)[] = [null, 'optional', 'required', 'repeated']

/** Throws where the bytes are no descriptor. */
export function fileOfDescriptor(base64: string): ProtoFile {
  const { FileDescriptorProto } = unchecked<{ FileDescriptorProto: protobuf.Type }>(descriptorModule)
  const decoded: Decoded = FileDescriptorProto.decode(Buffer.from(base64, 'base64'))
  const syntax = decoded.syntax === '' ? null : decoded.syntax
  const isProto3 = syntax === 'proto3'
  const publicImports = new Set<number>(decoded.publicDependency ?? [])
  return {
    syntax,
    package: decoded.package === '' ? null : decoded.package,
    imports: (decoded.dependency as string[]).map((path, index) => ({ path, isPublic: publicImports.has(index) })),
    options: optionsOf(decoded.options),
    types: [...decoded.messageType.map((each: Decoded) => messageOf(each, isProto3)), ...decoded.enumType.map(enumOf)],
    extends: extendsOf(decoded.extension, isProto3),
    services: decoded.service.map(serviceOf),
  }
}

function messageOf(decoded: Decoded, isProto3: boolean): ProtoMessage {
  const entries = new Map<string, Decoded>(
    decoded.nestedType
      .filter((each: Decoded) => each.options?.mapEntry === true)
      .map((each: Decoded) => [each.name, each]),
  )
  const all: { readonly field: ProtoField; readonly oneOf: number | null }[] = decoded.field.map((each: Decoded) => ({
    field: fieldOf(each, entries, isProto3),
    oneOf: Object.hasOwn(each, 'oneofIndex') && each.proto3Optional !== true ? each.oneofIndex : null,
  }))
  const oneOfs = decoded.oneofDecl.map((each: Decoded, index: number) => ({
    name: each.name,
    options: [],
    fields: all
      .filter(({ oneOf }) => oneOf === index)
      .map(({ field: { label: _, ...field } }) => ({ label: null, ...field })),
    groups: [],
  }))
  return {
    kind: 'message',
    name: decoded.name,
    reserved: reservedOf(decoded, 1),
    options: optionsOf(decoded.options),
    fields: all.filter(({ oneOf }) => oneOf === null).map(({ field }) => field),
    oneOfs: oneOfs.filter(({ fields }: { fields: unknown[] }) => fields.length > 0),
    groups: [],
    extensions: decoded.extensionRange.map((range: Decoded) => ({
      ranges: [[range.start, Math.min(range.end - 1, MAX_TAG)]],
      options: [],
    })),
    extends: extendsOf(decoded.extension, isProto3),
    types: [
      ...decoded.nestedType
        .filter((each: Decoded) => !entries.has(each.name))
        .map((each: Decoded) => messageOf(each, isProto3)),
      ...decoded.enumType.map(enumOf),
    ],
  }
}

/** Fields that are added to other messages, message by message. */
function extendsOf(extensions: Decoded, isProto3: boolean): ProtoExtend[] {
  const byMessage = new Map<string, ProtoField[]>()
  for (const each of extensions ?? []) {
    const fields = byMessage.get(each.extendee) ?? []
    byMessage.set(each.extendee, [...fields, fieldOf(each, new Map(), isProto3)])
  }
  return [...byMessage].map(([name, fields]) => ({ name, fields }))
}

function fieldOf(decoded: Decoded, entries: ReadonlyMap<string, Decoded>, isProto3: boolean): ProtoField {
  const entry = entries.get(String(decoded.typeName).split('.').at(-1) ?? '')
  const { name, number: tag } = decoded
  if (entry !== undefined && decoded.type === 11) {
    return { label: null, type: `map<${typeOf(entry.field[0])}, ${typeOf(entry.field[1])}>`, name, tag, options: [] }
  }
  const label = LABELS[decoded.label] ?? null
  const isPlain = isProto3 && label === 'optional' && decoded.proto3Optional !== true
  const options = optionsOf(decoded.options)
  if (decoded.defaultValue !== '' && decoded.defaultValue !== undefined) {
    const kind = decoded.type === 9 || decoded.type === 12 ? 'string' : 'word'
    options.push({ name: 'default', value: { kind, text: decoded.defaultValue } })
  }
  // Compilers write down the usual name as well, which no text has.
  if (decoded.jsonName !== '' && decoded.jsonName !== protobuf.util.camelCase(name)) {
    options.unshift({ name: 'json_name', value: { kind: 'string', text: decoded.jsonName } })
  }
  return { label: isPlain ? null : label, type: typeOf(decoded), name, tag, options: inOrderOfText(options) }
}

const typeOf = (decoded: Decoded): string => SCALAR_TYPES[decoded.type] ?? decoded.typeName

const enumOf = (decoded: Decoded): ProtoEnum => ({
  kind: 'enum',
  name: decoded.name,
  reserved: reservedOf(decoded, 0),
  options: optionsOf(decoded.options),
  constants: decoded.value.map((each: Decoded) => ({
    name: each.name,
    tag: each.number,
    options: optionsOf(each.options),
  })),
})

/** Ranges of messages end before their end, those of enumerations with it. */
function reservedOf(decoded: Decoded, beyond: number): (readonly Reserved[])[] {
  const ranges: Reserved[] = (decoded.reservedRange ?? []).map(({ start, end }: Decoded) =>
    start === end - beyond ? start : [start, Math.min(end - beyond, MAX_TAG)],
  )
  const names: string[] = decoded.reservedName ?? []
  return [...(ranges.length === 0 ? [] : [ranges]), ...(names.length === 0 ? [] : [names])]
}

const serviceOf = (decoded: Decoded): ProtoService => ({
  name: decoded.name,
  options: optionsOf(decoded.options),
  rpcs: decoded.method.map((each: Decoded) => ({
    name: each.name,
    request: each.inputType,
    streamsRequests: each.clientStreaming === true,
    response: each.outputType,
    streamsResponses: each.serverStreaming === true,
    options: optionsOf(each.options),
  })),
})

/** Options that descriptor.proto knows and that were set. */
function optionsOf(decoded: Decoded): ProtoOption[] {
  if (decoded === null || decoded === undefined) return []
  const { fields } = decoded.$type as protobuf.Type
  return Object.entries<Decoded>(decoded)
    .filter(([name]) => name !== 'uninterpretedOption' && name !== 'mapEntry' && fields[name] !== undefined)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => ({
      name: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value: optionValue(fields[name], value),
    }))
}

function optionValue(field: protobuf.Field | undefined, value: Decoded): ProtoOption['value'] {
  const type = field?.resolve().resolvedType
  if (type instanceof protobuf.Enum) return { kind: 'word', text: type.valuesById[value] ?? String(value) }
  return typeof value === 'string' ? { kind: 'string', text: value } : { kind: 'word', text: String(value) }
}
