/**
 * How a .proto file differs from an earlier one, and what of it a reader of the earlier one's messages minds. A message on
 * the wire has numbers and wire types alone, so names may change; numbers, kinds of numbers and oneofs may not (see
 * "Updating A Message Type" in the language's guide).
 */
import { fieldsOf, mapTypes, type ProtoField, type ProtoMessage, type ProtoType, SCALARS } from './proto-file.ts'
import type { NamedType, ProtoNames } from './proto-names.ts'

export type ProtoDifferenceType =
  | 'PACKAGE_CHANGED'
  | 'MESSAGE_REMOVED'
  | 'FIELD_KIND_CHANGED'
  | 'FIELD_SCALAR_KIND_CHANGED'
  | 'FIELD_NAMED_TYPE_CHANGED'
  | 'FIELD_NUMERIC_LABEL_CHANGED'
  | 'REQUIRED_FIELD_ADDED'
  | 'REQUIRED_FIELD_REMOVED'
  | 'ONEOF_FIELD_REMOVED'
  | 'MULTIPLE_FIELDS_MOVED_TO_ONEOF'
  | 'FIELD_MOVED_TO_EXISTING_ONEOF'

/** A difference that a reader minds; others are not told. */
export interface ProtoDifference {
  readonly type: ProtoDifferenceType
  /** `#/Order/3`: the message, and the number of its field. */
  readonly path: string
}

interface Side {
  readonly packageName: string | null
  readonly types: readonly ProtoType[]
  readonly names: ProtoNames
}

export function protoDifferences(original: Side, update: Side): ProtoDifference[] {
  const packages: ProtoDifference[] =
    original.packageName === update.packageName ? [] : [{ type: 'PACKAGE_CHANGED', path: '#/' }]
  return [...packages, ...new Comparison(original.names, update.names).types(original.types, update.types, [])]
}

type Path = readonly string[]
const at = (type: ProtoDifferenceType, path: Path): ProtoDifference => ({ type, path: `#/${path.join('/')}` })

class Comparison {
  readonly #original: ProtoNames
  readonly #update: ProtoNames
  /** Pairs of messages of other files that are being compared. */
  readonly #underWay = new Set<string>()

  constructor(original: ProtoNames, update: ProtoNames) {
    this.#original = original
    this.#update = update
  }

  types(original: readonly ProtoType[], update: readonly ProtoType[], path: Path): ProtoDifference[] {
    return original.flatMap((type) => {
      if (type.kind === 'enum') return []
      const within = [...path, type.name]
      const other = update.find((each): each is ProtoMessage => each.kind === 'message' && each.name === type.name)
      if (other === undefined) return isMapEntry(type) ? [] : [at('MESSAGE_REMOVED', within)]
      return this.messages(type, other, within)
    })
  }

  messages(original: ProtoMessage, update: ProtoMessage, path: Path): ProtoDifference[] {
    const ours = new Map(fieldsOf(original).map((each) => [each.field.tag, each]))
    const theirs = new Map(fieldsOf(update).map((each) => [each.field.tag, each]))
    const found: ProtoDifference[] = [...movedIntoOneOfs(original, update, path)]
    const goneWhole = new Set(
      original.oneOfs
        .filter(
          ({ name, fields }) =>
            !update.oneOfs.some((other) => other.name === name) && !fields.some(({ tag }) => theirs.has(tag)),
        )
        .map(({ name }) => name),
    )
    for (const tag of [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => a - b)) {
      const [mine, other] = [ours.get(tag), theirs.get(tag)]
      const within = [...path, String(tag)]
      if (other === undefined && mine !== undefined) {
        if (mine.oneOf === null && mine.field.label === 'required') found.push(at('REQUIRED_FIELD_REMOVED', within))
        if (mine.oneOf !== null && !goneWhole.has(mine.oneOf)) {
          found.push(at('ONEOF_FIELD_REMOVED', [...path, mine.oneOf, String(tag)]))
        }
      } else if (mine === undefined && other?.oneOf === null) {
        if (other.field.label === 'required') found.push(at('REQUIRED_FIELD_ADDED', within))
      } else if (mine !== undefined && other !== undefined) {
        const place = other.oneOf === null ? within : [...path, other.oneOf, String(tag)]
        found.push(...this.#fields(mine.field, other.field, place, path))
      }
    }
    return [...found, ...this.types(original.types, update.types, path)]
  }

  #fields(original: ProtoField, update: ProtoField, place: Path, path: Path): ProtoDifference[] {
    return this.#fieldTypes(original.type, update.type, { original, update }, place, path)
  }

  #fieldTypes(
    mine: string,
    other: string,
    fields: { readonly original: ProtoField; readonly update: ProtoField } | null,
    place: Path,
    path: Path,
  ): ProtoDifference[] {
    const scope = path.join('.')
    const [ours, theirs] = [kindOf(mine, this.#original, scope), kindOf(other, this.#update, scope)]
    if (ours.kind !== theirs.kind) return [at('FIELD_KIND_CHANGED', place)]
    if (ours.kind === 'map' && theirs.kind === 'map') {
      return [
        ...this.#fieldTypes(ours.key, theirs.key, null, place, path),
        ...this.#fieldTypes(ours.value, theirs.value, null, place, path),
      ]
    }
    if (ours.kind === 'scalar' && theirs.kind === 'scalar') {
      if (ours.wire !== theirs.wire) return [at('FIELD_SCALAR_KIND_CHANGED', place)]
      const [label, otherLabel] = [fields?.original.label ?? null, fields?.update.label ?? null]
      const isOther = label !== null && otherLabel !== null && label !== otherLabel
      return isOther && ours.wire !== 'bytes' ? [at('FIELD_NUMERIC_LABEL_CHANGED', place)] : []
    }
    return ours.kind === 'message' && theirs.kind === 'message'
      ? this.#messageTypes([mine, ours.named], [other, theirs.named], place)
      : []
  }

  #messageTypes(
    [mine, ours]: readonly [string, NamedType | null],
    [other, theirs]: readonly [string, NamedType | null],
    place: Path,
  ): ProtoDifference[] {
    if (ours === null || theirs === null) return mine === other ? [] : [at('FIELD_NAMED_TYPE_CHANGED', place)]
    if (ours.localName !== theirs.localName) return [at('FIELD_NAMED_TYPE_CHANGED', place)]
    // Types of the files themselves are compared where they stand.
    if (ours.path === null && theirs.path === null) return []
    const pair = `${ours.packageName}.${ours.localName}`
    if (ours.type.kind !== 'message' || theirs.type.kind !== 'message' || this.#underWay.has(pair)) return []
    this.#underWay.add(pair)
    const found = this.messages(ours.type, theirs.type, ours.localName.split('.'))
    return found.length === 0 ? [] : [...found, at('FIELD_NAMED_TYPE_CHANGED', place)]
  }
}

const isMapEntry = ({ options }: ProtoMessage): boolean => options.some(({ name }) => name === 'map_entry')

/** Fields that could be set at once before, and cannot any more. */
function movedIntoOneOfs(original: ProtoMessage, update: ProtoMessage, path: Path): ProtoDifference[] {
  const origins = new Map(
    fieldsOf(original).map(({ field, oneOf }) => [field.tag, oneOf === null ? `field ${field.tag}` : `oneof ${oneOf}`]),
  )
  return update.oneOfs.flatMap(({ name, fields }) => {
    const groups = new Set(fields.map(({ tag }) => origins.get(tag)).filter((origin) => origin !== undefined))
    if (groups.size < 2) return []
    const moved = [...groups].filter((origin) => origin.startsWith('field')).length
    return [at(moved > 1 ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF', [...path, name])]
  })
}

type Kind =
  | { readonly kind: 'map'; readonly key: string; readonly value: string }
  | { readonly kind: 'scalar'; readonly wire: string }
  | { readonly kind: 'message'; readonly named: NamedType | null }

/** Scalars of one group have the same bytes on the wire. */
const WIRE: Readonly<Record<string, string>> = {
  int32: 'number',
  int64: 'number',
  uint32: 'number',
  uint64: 'number',
  bool: 'number',
  sint32: 'signed',
  sint64: 'signed',
  string: 'bytes',
  bytes: 'bytes',
  fixed32: 'fixed32',
  sfixed32: 'fixed32',
  fixed64: 'fixed64',
  sfixed64: 'fixed64',
  float: 'float',
  double: 'double',
}

function kindOf(type: string, names: ProtoNames, localScope: string): Kind {
  if (SCALARS.has(type)) return { kind: 'scalar', wire: WIRE[type] ?? type }
  const map = mapTypes(type)
  if (map !== null) return { kind: 'map', key: map[0], value: map[1] }
  const named = names.find(type, names.scopeOf(localScope))
  if (named?.type.kind === 'enum') return { kind: 'scalar', wire: 'number' }
  const entry = named?.type.kind === 'message' && isMapEntry(named.type) ? named.type : null
  if (entry !== null) return { kind: 'map', key: entry.fields[0]?.type ?? '', value: entry.fields[1]?.type ?? '' }
  return { kind: 'message', named }
}

/** The first `%s` is the reader, the second the writer. */
export const protoMessage = ({ type, path }: ProtoDifference): string =>
  `{errorType:"${type}", description:"${DESCRIPTIONS[type](path)}"}`

const DESCRIPTIONS: Readonly<Record<ProtoDifferenceType, (path: string) => string>> = {
  PACKAGE_CHANGED: (path) => `The package at '${path}' in the %s schema does not match the package in the %s schema`,
  MESSAGE_REMOVED: (path) => `The %s schema is missing a MESSAGE type at path '${path}' in the %s schema`,
  FIELD_KIND_CHANGED: (path) => `The type of a field at path '${path}' in the %s schema does not match the %s schema`,
  FIELD_SCALAR_KIND_CHANGED: (path) =>
    `The kind of a SCALAR field at path '${path}' in the %s schema does not match its kind in the %s schema`,
  FIELD_NAMED_TYPE_CHANGED: (path) =>
    `The type of a MESSAGE field at path '${path}' in the %s schema does not match its type in the %s schema`,
  FIELD_NUMERIC_LABEL_CHANGED: (path) =>
    `The label for a NUMERIC field at path '${path}' in the %s schema does not match its label in the %s schema`,
  REQUIRED_FIELD_ADDED: (path) => `A required field  at path '${path}' in the %s schema is missing in the %s schema`,
  REQUIRED_FIELD_REMOVED: (path) => `The %s schema is missing a required field at path: '${path}' in the %s schema`,
  ONEOF_FIELD_REMOVED: (path) => `The %s schema is missing a oneof field at path '${path}' in the %s schema`,
  MULTIPLE_FIELDS_MOVED_TO_ONEOF: (path) =>
    `Multiple fields in the oneof at path '${path}' in the %s schema are outside a oneof in the %s schema`,
  FIELD_MOVED_TO_EXISTING_ONEOF: (path) =>
    `A field in the oneof at path '${path}' in the %s schema is outside an existing oneof in the %s schema`,
}
