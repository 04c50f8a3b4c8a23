/** A file as a FileDescriptorProto in base64 (the format `serialized`), which clients with compiled messages read. */
import protobuf from 'protobufjs'
import descriptorModule from 'protobufjs/ext/descriptor/index.js'
import { unchecked } from '../../../../protocol/unchecked.ts'
import { SCALAR_TYPES } from './descriptor.ts'
import {
  fieldsOf,
  type Label,
  MAX_TAG,
  mapTypes,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoGroup,
  type ProtoMessage,
  type ProtoOption,
  type ProtoService,
  type Reserved,
  SCALARS,
} from './proto-file.ts'
import type { ProtoNames } from './proto-names.ts'

const SCALAR_NUMBERS = new Map(Object.entries(SCALAR_TYPES).map(([number, name]) => [name, Number(number)]))
const GROUP = 10
const MESSAGE = 11
const ENUM = 14
const LABELS: Readonly<Record<Label, number>> = { optional: 1, required: 2, repeated: 3 }
/** Enumerations among the types of files that every compiler brings along; all others are messages. */
const WELL_KNOWN_ENUMS = new Set([
  'google.protobuf.NullValue',
  'google.protobuf.Syntax',
  'google.protobuf.Field.Kind',
  'google.protobuf.Field.Cardinality',
  'google.type.CalendarPeriod',
  'google.type.DayOfWeek',
  'google.type.Month',
])

/** Throws where a type is not known. */
export function descriptorOf(file: ProtoFile, names: ProtoNames): string {
  const { FileDescriptorProto } = unchecked<{ FileDescriptorProto: protobuf.Type }>(descriptorModule)
  const fields = new DescriptorFields(file, names).fields()
  return Buffer.from(FileDescriptorProto.encode(FileDescriptorProto.fromObject(fields)).finish()).toString('base64')
}

class DescriptorFields {
  readonly #file: ProtoFile
  readonly #names: ProtoNames
  readonly #isProto3: boolean

  constructor(file: ProtoFile, names: ProtoNames) {
    this.#file = file
    this.#names = names
    this.#isProto3 = file.syntax === 'proto3'
  }

  fields(): object {
    const { syntax, package: packageName, imports, options, types, extends: extended, services } = this.#file
    const scope = packageName ?? ''
    return {
      name: 'default',
      ...(packageName === null ? {} : { package: packageName }),
      dependency: imports.map(({ path }) => path),
      publicDependency: imports.flatMap(({ isPublic }, index) => (isPublic ? [index] : [])),
      messageType: types.filter((type) => type.kind === 'message').map((type) => this.#message(type, scope)),
      enumType: types.filter((type) => type.kind === 'enum').map((type) => this.#enum(type)),
      extension: this.#extensions(extended, scope),
      service: services.map((service) => this.#service(service, scope)),
      ...optionsOf('FileOptions', options),
      ...(syntax === null || syntax === 'proto2' ? {} : { syntax }),
    }
  }

  #message(message: ProtoMessage, outer: string): object {
    const scope = outer === '' ? message.name : `${outer}.${message.name}`
    const oneOfNames = message.oneOfs.map(({ name }) => name)
    const own = fieldsOf(message)
    // An optional field of proto3 has a oneof of its own, behind those of the text.
    const synthetic = own.filter(({ field, oneOf }) => this.#isProto3 && oneOf === null && field.label === 'optional')
    const oneOfIndex = new Map([
      ...oneOfNames.map((name, index): [string, number] => [name, index]),
      ...synthetic.map(({ field }, index): [string, number] => [`_${field.name}`, oneOfNames.length + index]),
    ])
    const groups = [...message.groups, ...message.oneOfs.flatMap((oneOf) => oneOf.groups)]
    const maps = own.flatMap(({ field }) => (mapTypes(field.type) === null ? [] : [this.#mapEntry(field, scope)]))
    const fields = own.map(({ field, oneOf }) => {
      const isOptional3 = synthetic.some((each) => each.field === field)
      const name = oneOf ?? (isOptional3 ? `_${field.name}` : null)
      const at = name === null ? {} : { oneofIndex: oneOfIndex.get(name) }
      return { ...this.#field(field, scope), ...at, ...(isOptional3 ? { proto3Optional: true } : {}) }
    })
    return {
      name: message.name,
      field: [...fields, ...groups.map((group) => groupField(group, scope))],
      nestedType: [
        ...message.types.filter((type) => type.kind === 'message').map((type) => this.#message(type, scope)),
        ...groups.map(({ name, fields: inner }) => ({ name, field: inner.map((field) => this.#field(field, scope)) })),
        ...maps,
      ],
      enumType: message.types.filter((type) => type.kind === 'enum').map((type) => this.#enum(type)),
      extension: this.#extensions(message.extends, scope),
      extensionRange: message.extensions.flatMap(({ ranges }) => rangesOf(ranges, 1)),
      oneofDecl: [...oneOfIndex.keys()].map((name) => ({ name })),
      reservedRange: rangesOf(message.reserved.flat(), 1),
      reservedName: message.reserved.flat().filter((each) => typeof each === 'string'),
      ...optionsOf('MessageOptions', message.options),
    }
  }

  #field(field: ProtoField, scope: string): object {
    const { label, name, tag, options } = field
    const isMap = mapTypes(field.type) !== null
    const type = isMap ? { type: MESSAGE, typeName: `.${scope}.${entryName(name)}` } : this.#type(field.type, scope)
    const given = options.find((option) => option.name === 'default')?.value
    const jsonName = options.find((option) => option.name === 'json_name')?.value
    const rest = options.filter((option) => option.name !== 'default' && option.name !== 'json_name')
    return {
      name,
      number: tag,
      label: isMap ? LABELS.repeated : LABELS[label ?? 'optional'],
      ...type,
      ...(given !== undefined && 'text' in given ? { defaultValue: given.text } : {}),
      ...(jsonName !== undefined && 'text' in jsonName ? { jsonName: jsonName.text } : {}),
      ...optionsOf('FieldOptions', rest),
    }
  }

  #type(name: string, scope: string): object {
    if (SCALARS.has(name)) return { type: SCALAR_NUMBERS.get(name) }
    const found = this.#names.find(name, scope)
    if (found !== null) {
      const { type, packageName, localName } = found
      const full = packageName === '' ? localName : `${packageName}.${localName}`
      return { type: type.kind === 'enum' ? ENUM : MESSAGE, typeName: `.${full}` }
    }
    const full = name.replace(/^\./, '')
    return { type: WELL_KNOWN_ENUMS.has(full) ? ENUM : MESSAGE, typeName: `.${full}` }
  }

  #mapEntry(field: ProtoField, scope: string): object {
    const [key, value] = mapTypes(field.type) ?? ['', '']
    const part = (name: string, number: number, type: string) => ({
      name,
      number,
      label: LABELS.optional,
      ...this.#type(type, scope),
    })
    return {
      name: entryName(field.name),
      field: [part('key', 1, key), part('value', 2, value)],
      options: { mapEntry: true },
    }
  }

  #extensions(extended: readonly ProtoExtend[], scope: string): object[] {
    return extended.flatMap(({ name, fields }) => {
      const { typeName } = this.#type(name, scope) as { readonly typeName?: string }
      return fields.map((field) => ({ ...this.#field(field, scope), extendee: typeName }))
    })
  }

  #enum({ name, constants, reserved, options }: ProtoEnum): object {
    return {
      name,
      value: constants.map((each) => ({
        name: each.name,
        number: each.tag,
        ...optionsOf('EnumValueOptions', each.options),
      })),
      reservedRange: rangesOf(reserved.flat(), 0),
      reservedName: reserved.flat().filter((each) => typeof each === 'string'),
      ...optionsOf('EnumOptions', options),
    }
  }

  #service({ name, rpcs, options }: ProtoService, scope: string): object {
    const nameOf = (type: string) => (this.#type(type, scope) as { readonly typeName?: string }).typeName
    return {
      name,
      method: rpcs.map((rpc) => ({
        name: rpc.name,
        inputType: nameOf(rpc.request),
        outputType: nameOf(rpc.response),
        clientStreaming: rpc.streamsRequests,
        serverStreaming: rpc.streamsResponses,
        ...optionsOf('MethodOptions', rpc.options),
      })),
      ...optionsOf('ServiceOptions', options),
    }
  }
}

/** The message of a map's entries, as protoc names it. */
const entryName = (field: string): string =>
  `${field.replace(/(?:^|_)([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())}Entry`

const groupField = ({ label, name, tag }: ProtoGroup, scope: string): object => ({
  name: name.toLowerCase(),
  number: tag,
  label: LABELS[label ?? 'optional'],
  type: GROUP,
  typeName: `.${scope}.${name}`,
})

/** `beyond`: ranges of messages end before their end, those of enumerations with it. */
const rangesOf = (reserved: readonly Reserved[], beyond: number): object[] =>
  reserved.flatMap((each) => {
    if (typeof each === 'string') return []
    const [first, last] = typeof each === 'number' ? [each, each] : each
    return [{ start: first, end: Math.min(last, MAX_TAG) + beyond }]
  })

/** Options that descriptor.proto knows; those that somebody has defined need a compiler. */
function optionsOf(kind: string, options: readonly ProtoOption[]): { readonly options?: object } {
  const known = unchecked<Record<string, protobuf.Type>>(descriptorModule)[kind]
  const entries = options.flatMap(({ name, value }): [string, unknown][] => {
    const field = known?.fields[protobuf.util.camelCase(name)]
    if (field === undefined || !('text' in value)) return []
    const isWord = value.kind === 'word'
    const isNumber = isWord && /^-?\d+$/.test(value.text)
    const isSwitch = isWord && (value.text === 'true' || value.text === 'false')
    return [[field.name, isSwitch ? value.text === 'true' : isNumber ? Number(value.text) : value.text]]
  })
  return entries.length === 0 ? {} : { options: Object.fromEntries(entries) }
}
