import { at } from './collections/elements.ts'
import { elementLayout, type FieldLayout, fixedSize, isFlexible, layout, minSize } from './layout.ts'
import { ProtocolError } from './protocol-error.ts'
import { type Reader, rejectNull } from './reader.ts'
import { type AnyField, type Fields, type MessageSchema, unknownTaggedFields } from './schema.ts'

export type Decoder = (reader: Reader) => Record<string, unknown>

const EMPTY = Buffer.alloc(0)

/** An array that is no longer than this is made at its full size; a longer one grows as its elements are met. */
const PREALLOCATED_ELEMENTS = 64

/** `DataView` calls for the types that a run of fixed fields consists of. */
const GETTERS: Partial<Record<AnyField['type'], (at: string) => string>> = {
  bool: (at) => `v.getInt8(${at}) !== 0`,
  int8: (at) => `v.getInt8(${at})`,
  int16: (at) => `v.getInt16(${at})`,
  uint16: (at) => `v.getUint16(${at})`,
  int32: (at) => `v.getInt32(${at})`,
  uint32: (at) => `v.getUint32(${at})`,
  int64: (at) => `v.getBigInt64(${at})`,
  float64: (at) => `v.getFloat64(${at})`,
  uuid: (at) => `r.uuidAt(${at})`,
}

/**
 * Compiles one version of a message into one function without a loop or a condition but those of the data: fields of
 * fixed size that follow each other are claimed together and read at constant distances, structures are written out
 * where they stand, and every object is one literal with all fields of its schema, so that all versions of a message
 * have one shape.
 */
export function compileDecoder(schema: MessageSchema, version: number): Decoder {
  const source = new DecoderSource(schema, version)
  const value = source.struct(schema.fields)
  const body = `'use strict'
return function decode${schema.name}V${version}(r) {
try {
const v = r.view
let p = 0
${source.lines.join('\n')}
return ${value}
} catch (e) { throw explain(e) }
}`
  const explain = (error: unknown): unknown =>
    error instanceof ProtocolError
      ? new ProtocolError(error.reason, `${schema.name} v${version}: ${error.message}`, { cause: error })
      : error
  const invalidTag = (tag: number): never => {
    throw new ProtocolError('malformed', `tag ${tag} is not valid for this version`)
  }
  return new Function('explain', 'rejectNull', 'invalidTag', 'EMPTY', 'unknownTaggedFields', body)(
    explain,
    rejectNull,
    invalidTag,
    EMPTY,
    unknownTaggedFields,
  ) as Decoder
}

class DecoderSource {
  readonly lines: string[] = []
  private readonly schema: MessageSchema
  private readonly version: number
  private run: { local: string; type: AnyField['type']; offset: number }[] = []
  private runSize = 0
  private locals = 0

  constructor(schema: MessageSchema, version: number) {
    this.schema = schema
    this.version = version
  }

  /** Reads a structure; returns the expression of the object. */
  struct(fields: Fields): string {
    const items = layout(fields, this.schema, this.version)
    const locals = items.map((item) => this.field(item))
    this.flushRun()
    const literal = `{ ${items.map((item, i) => `${JSON.stringify(item.name)}: ${locals[i]}`).join(', ')} }`
    if (!isFlexible(this.schema, this.version)) return literal
    const unknown = this.taggedSection(items, locals)
    const object = this.local('o')
    this.lines.push(
      `const ${object} = ${literal}`,
      `if (${unknown} !== undefined) ${object}[unknownTaggedFields] = ${unknown}`,
    )
    return object
  }

  /** Reads one field in its place; returns the local variable that holds it. */
  private field(item: FieldLayout): string {
    const local = this.local('f')
    const size = fixedSize(item.field)
    if (!item.present || item.tagged) {
      this.lines.push(`${item.tagged ? 'let' : 'const'} ${local} = ${defaultExpression(item.field)}`)
    } else if (size !== undefined) {
      this.run.push({ local, type: item.field.type, offset: this.runSize })
      this.runSize += size
    } else {
      this.flushRun()
      this.lines.push(`let ${local}`)
      this.variable(item, local)
    }
    return local
  }

  private flushRun(): void {
    if (this.runSize === 0) return
    this.lines.push(`p = r.take(${this.runSize})`)
    for (const { local, type, offset } of this.run) {
      this.lines.push(`const ${local} = ${GETTERS[type]!(offset === 0 ? 'p' : `p + ${offset}`)}`)
    }
    this.run = []
    this.runSize = 0
  }

  /** Reads a value whose size is known only when it is read, and assigns it to `target`. */
  private variable(item: FieldLayout, target: string): void {
    switch (item.field.type) {
      case 'array':
        this.array(item, target)
        break
      case 'struct':
        this.structValue(item, target)
        break
      default:
        this.lines.push(`${target} = ${textOrBytes(item)}`)
    }
  }

  private array(item: FieldLayout, target: string): void {
    const element = elementLayout(item)
    const count = this.local('n')
    // An element that takes no bytes at all would make any count pass; Kafka counts it as one.
    const minElementSize = Math.max(1, minSize(element, this.schema, this.version))
    this.lines.push(
      `const ${count} = r.${item.compact ? 'compactArrayLength' : 'arrayLength'}(${minElementSize})`,
      `if (${count} < 0) { ${item.nullable ? `${target} = null` : `rejectNull(${JSON.stringify(item.name)})`} }`,
      'else {',
    )
    const index = this.local('i')
    const size = fixedSize(element.field)
    this.lines.push(`${target} = ${count} <= ${PREALLOCATED_ELEMENTS} ? new Array(${count}) : []`)
    const step = size === undefined ? '' : `, p += ${size}`
    if (size !== undefined) this.lines.push(`p = r.take(${count} * ${size})`)
    this.lines.push(`for (let ${index} = 0; ${index} < ${count}; ${index}++${step}) {`)
    const value = size === undefined ? this.elementExpression(element) : GETTERS[element.field.type]!('p')
    this.lines.push(`${target}[${index}] = ${value}`, '}')
    this.lines.push('}')
  }

  private elementExpression(element: FieldLayout): string {
    if (element.field.type === 'struct') return this.struct(element.field.fields!)
    return textOrBytes(element)
  }

  /** Whether a nullable structure follows is said by an int8, negative for null; in a tagged field by a varint, 0 for null. */
  private structValue(item: FieldLayout, target: string): void {
    const isNull = item.tagged ? 'r.unsignedVarint() <= 0' : 'r.int8() < 0'
    if (item.nullable) this.lines.push(`if (${isNull}) {`, `${target} = null`, '} else {')
    else this.lines.push('{')
    this.lines.push(`${target} = ${this.struct(item.field.fields!)}`, '}')
  }

  /** Reads the tagged section; returns the local that holds the fields which the schema does not know. */
  private taggedSection(items: FieldLayout[], locals: string[]): string {
    const unknown = this.local('u')
    this.lines.push(
      `let ${unknown}`,
      'for (let n = r.taggedFieldCount(); n > 0; n--) {',
      'const tag = r.unsignedVarint(), size = r.unsignedVarint()',
      'switch (tag) {',
    )
    items.forEach((item, i) => {
      if (item.field.tagNumber < 0) return
      this.lines.push(`case ${item.field.tagNumber}: {`)
      if (item.tagged) this.taggedValue(item, at(locals, i))
      else this.lines.push('invalidTag(tag)')
      this.lines.push('break', '}')
    })
    this.lines.push(`default: ${unknown} = r.unknownTaggedField(${unknown}, tag, size)`, '}', '}')
    return unknown
  }

  /** As in Kafka a known tagged field ends where its value ends, whatever size stands before it. */
  private taggedValue(item: FieldLayout, target: string): void {
    if (fixedSize(item.field) === undefined) this.variable(item, target)
    else this.lines.push(`${target} = r.${item.field.type}()`)
  }

  private local(prefix: string): string {
    return `${prefix}${this.locals++}`
  }
}

function textOrBytes({ name, field, nullable, compact }: FieldLayout): string {
  const method =
    field.type === 'string'
      ? compact
        ? nullable
          ? 'compactNullableString'
          : 'compactString'
        : nullable
          ? 'nullableString'
          : 'string'
      : compact
        ? nullable
          ? 'compactNullableBytes'
          : 'compactBytes'
        : nullable
          ? 'nullableBytes32'
          : 'bytes32'
  return `r.${method}(${nullable ? '' : JSON.stringify(name)})`
}

function defaultExpression(field: AnyField): string {
  const value = field.defaultValue
  if (value === null) return 'null'
  switch (field.type) {
    case 'struct': {
      const entries = Object.entries(field.fields!)
      return `{ ${entries.map(([name, inner]) => `${JSON.stringify(name)}: ${defaultExpression(inner)}`).join(', ')} }`
    }
    case 'array':
      return '[]'
    case 'bytes':
    case 'records':
      return 'EMPTY'
    case 'int64':
      return `${value}n`
    default:
      return JSON.stringify(value)
  }
}
