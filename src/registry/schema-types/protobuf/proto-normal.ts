/**
 * The one form of files that say the same: fields by their numbers, options and imports by their names, full names of types
 * and of options that somebody has defined. Throws where a name of a type is not known: such a file cannot be registered.
 */
import { compareText } from '../../subject-name.ts'
import { normalOptions } from './normal-options.ts'
import {
  mapTypes,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
  type ProtoService,
  type ProtoType,
  type Reserved,
  SCALARS,
} from './proto-file.ts'
import type { ProtoNames } from './proto-names.ts'

export const normalFile = (file: ProtoFile, names: ProtoNames): ProtoFile => new Normalizer(names).file(file)

class Normalizer {
  readonly #names: ProtoNames

  constructor(names: ProtoNames) {
    this.#names = names
  }

  file(file: ProtoFile): ProtoFile {
    const imports = [...file.imports].sort((a, b) => compareText(a.path, b.path))
    const scope = this.#names.scopeOf('')
    return {
      ...file,
      syntax: file.syntax === 'proto3' ? file.syntax : null,
      imports: imports.filter(({ path }, index) => imports[index - 1]?.path !== path),
      options: this.#options(file.options, scope),
      types: file.types.map((type) => this.#type(type, '')),
      extends: this.#extends(file.extends, scope),
      services: file.services.map((service) => this.#service(service, scope)),
    }
  }

  #type(type: ProtoType, outer: string): ProtoType {
    const localName = outer === '' ? type.name : `${outer}.${type.name}`
    return type.kind === 'enum' ? this.#enum(type, localName) : this.#message(type, localName)
  }

  #enum(type: ProtoEnum, localName: string): ProtoEnum {
    const scope = this.#names.scopeOf(localName)
    return {
      ...type,
      reserved: reserved(type.reserved),
      options: this.#options(type.options, scope),
      constants: [...type.constants]
        .sort((a, b) => a.tag - b.tag || compareText(a.name, b.name))
        .map((constant) => ({ ...constant, options: this.#options(constant.options, scope) })),
    }
  }

  #message(message: ProtoMessage, localName: string): ProtoMessage {
    const scope = this.#names.scopeOf(localName)
    const groups = (all: ProtoMessage['groups']) =>
      [...all].sort((a, b) => a.tag - b.tag).map((group) => ({ ...group, fields: this.#fields(group.fields, scope) }))
    const oneOfs = message.oneOfs
      .filter((oneOf) => oneOf.fields.length > 0)
      .map((oneOf) => ({
        ...oneOf,
        options: this.#options(oneOf.options, scope),
        fields: this.#fields(oneOf.fields, scope),
        groups: groups(oneOf.groups),
      }))
    const extensions = message.extensions.flatMap(({ ranges, options }) =>
      ranges.map((range) => ({ ranges: [single(range)], options: this.#options(options, scope) })),
    )
    return {
      ...message,
      reserved: reserved(message.reserved),
      options: this.#options(message.options, scope),
      fields: this.#fields(message.fields, scope),
      oneOfs: oneOfs.sort((a, b) => (a.fields[0]?.tag ?? 0) - (b.fields[0]?.tag ?? 0)),
      groups: groups(message.groups),
      extensions: extensions.sort((a, b) => first(a.ranges[0] ?? 0) - first(b.ranges[0] ?? 0)),
      extends: this.#extends(message.extends, scope),
      types: message.types.map((type) => this.#type(type, localName)),
    }
  }

  #fields(all: readonly ProtoField[], scope: string): ProtoField[] {
    return [...all]
      .sort((a, b) => a.tag - b.tag)
      .map((field) => ({
        ...field,
        type: this.#fieldType(field.type, scope),
        options: this.#options(field.options, scope),
      }))
  }

  /** One statement for each message that is extended. */
  #extends(all: readonly ProtoExtend[], scope: string): ProtoExtend[] {
    const byMessage = new Map<string, ProtoField[]>()
    for (const { name, fields } of all) {
      if (fields.length === 0) continue
      const full = this.#typeName(name, scope)
      const known = byMessage.get(full)
      if (known === undefined) byMessage.set(full, [...fields])
      else for (const field of fields) known.push(field)
    }
    return [...byMessage].map(([name, fields]) => ({ name, fields: this.#fields(fields, scope) }))
  }

  #service({ name, options, rpcs }: ProtoService, scope: string): ProtoService {
    return {
      name,
      options: this.#options(options, scope),
      rpcs: rpcs.map((rpc) => ({
        ...rpc,
        request: this.#typeName(rpc.request, scope),
        response: this.#typeName(rpc.response, scope),
        options: this.#options(rpc.options, scope),
      })),
    }
  }

  /** The values of a map may be of a type that nobody knows: it is left as it is. */
  #fieldType(type: string, scope: string): string {
    if (SCALARS.has(type)) return type
    const map = mapTypes(type)
    if (map === null) return this.#typeName(type, scope)
    const [key, value] = map
    const full = SCALARS.has(value) ? null : this.#names.typeName(value, scope)
    return `map<${key}, ${full === null ? value : `.${full}`}>`
  }

  #typeName(name: string, scope: string): string {
    const full = this.#names.typeName(name, scope)
    if (full === null) throw new Error(`Could not resolve type: ${name}`)
    return `.${full}`
  }

  #options(options: readonly ProtoOption[], scope: string): ProtoOption[] {
    return normalOptions(options, this.#names, scope)
  }
}

const single = (value: Reserved): Reserved =>
  Array.isArray(value) && value[0] === value[1] ? (value[0] as number) : value

const first = (value: Reserved): number =>
  typeof value === 'string' ? Number.POSITIVE_INFINITY : typeof value === 'number' ? value : value[0]

/** One statement for each number, range or name; numbers before names. */
function reserved(statements: readonly (readonly Reserved[])[]): (readonly Reserved[])[] {
  return statements
    .flat()
    .map(single)
    .sort((a, b) => first(a) - first(b) || compareText(String(a), String(b)))
    .map((value) => [value])
}
