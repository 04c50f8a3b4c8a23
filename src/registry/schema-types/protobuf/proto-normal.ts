/** The one form of files that say the same: fields by their numbers, options and imports by their names, full type names. */
import { compareText } from '../../subject-name.ts'
import {
  mapTypes,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
  type ProtoType,
  type Reserved,
  SCALARS,
} from './proto-file.ts'
import type { ProtoNames } from './proto-names.ts'

export function normalFile(file: ProtoFile, names: ProtoNames): ProtoFile {
  const imports = [...file.imports].sort((a, b) => compareText(a.path, b.path))
  return {
    ...file,
    syntax: file.syntax === 'proto3' ? file.syntax : null,
    imports: imports.filter(({ path }, index) => imports[index - 1]?.path !== path),
    options: byName(file.options),
    types: file.types.map((type) => normalType(type, names, '')),
    extends: file.extends.map((each) => ({ ...each, fields: fields(each.fields, names, '') })),
  }
}

const byName = (options: readonly ProtoOption[]): ProtoOption[] =>
  [...options].sort((a, b) => compareText(a.name, b.name))

const normalType = (type: ProtoType, names: ProtoNames, scope: string): ProtoType =>
  type.kind === 'enum' ? normalEnum(type) : normalMessage(type, names, scope)

const normalEnum = (type: ProtoEnum): ProtoEnum => ({
  ...type,
  reserved: reserved(type.reserved),
  options: byName(type.options),
  constants: [...type.constants]
    .sort((a, b) => a.tag - b.tag || compareText(a.name, b.name))
    .map((constant) => ({ ...constant, options: byName(constant.options) })),
})

function normalMessage(message: ProtoMessage, names: ProtoNames, outer: string): ProtoMessage {
  const scope = outer === '' ? message.name : `${outer}.${message.name}`
  const oneOfs = message.oneOfs
    .filter((oneOf) => oneOf.fields.length > 0)
    .map((oneOf) => ({ ...oneOf, options: byName(oneOf.options), fields: fields(oneOf.fields, names, scope) }))
  return {
    ...message,
    reserved: reserved(message.reserved),
    options: byName(message.options),
    fields: fields(message.fields, names, scope),
    oneOfs: oneOfs.sort((a, b) => (a.fields[0]?.tag ?? 0) - (b.fields[0]?.tag ?? 0)),
    groups: [...message.groups].sort((a, b) => a.tag - b.tag),
    types: message.types.map((type) => normalType(type, names, scope)),
  }
}

const fields = (all: readonly ProtoField[], names: ProtoNames, scope: string): ProtoField[] =>
  [...all]
    .sort((a, b) => a.tag - b.tag)
    .map((field) => ({ ...field, type: fullType(field.type, names, scope), options: byName(field.options) }))

function fullType(type: string, names: ProtoNames, scope: string): string {
  const map = mapTypes(type)
  if (map !== null) return `map<${map[0]}, ${fullType(map[1], names, scope)}>`
  if (SCALARS.has(type)) return type
  const found = names.find(type, names.scopeOf(scope))
  if (found === null) return type
  return found.packageName === '' ? `.${found.localName}` : `.${found.packageName}.${found.localName}`
}

/** One statement for each number, range or name; numbers before names. */
function reserved(statements: readonly (readonly Reserved[])[]): (readonly Reserved[])[] {
  const first = (value: Reserved) =>
    typeof value === 'string' ? Number.POSITIVE_INFINITY : typeof value === 'number' ? value : value[0]
  return statements
    .flat()
    .map((value) => (Array.isArray(value) && value[0] === value[1] ? (value[0] as number) : value))
    .sort((a, b) => first(a) - first(b) || compareText(String(a), String(b)))
    .map((value) => [value])
}
