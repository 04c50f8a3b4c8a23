import { elementLayout, type FieldLayout, fixedSize, isFlexible, layout } from './layout.ts'
import { ProtocolError } from './protocol-error.ts'
import { type AnyField, type Fields, type MessageSchema, unknownTaggedFields } from './schema.ts'
import type { Writer } from './writer.ts'

export type Encoder = (writer: Writer, value: object) => void

/** `DataView` calls for the types that a run of fixed fields consists of. */
const SETTERS: Partial<Record<AnyField['type'], (at: string, value: string) => string>> = {
  bool: (at, value) => `v.setInt8(${at}, ${value} ? 1 : 0)`,
  int8: (at, value) => `v.setInt8(${at}, ${value})`,
  int16: (at, value) => `v.setInt16(${at}, ${value})`,
  uint16: (at, value) => `v.setUint16(${at}, ${value})`,
  int32: (at, value) => `v.setInt32(${at}, ${value})`,
  uint32: (at, value) => `v.setUint32(${at}, ${value})`,
  int64: (at, value) => `v.setBigInt64(${at}, ${value})`,
  float64: (at, value) => `v.setFloat64(${at}, ${value})`,
  uuid: (at, value) => `w.uuidAt(${at}, ${value})`,
}

/**
 * Compiles one version of a message into one function: room for fields of fixed size that follow each other is reserved
 * at once, structures are written out where they stand. An absent field is its default; a field that this version does
 * not have must be its default, or ignorable.
 */
export function compileEncoder(schema: MessageSchema, version: number): Encoder {
  const source = new EncoderSource(schema, version)
  source.struct(schema.fields, 'o')
  const body = `'use strict'
return function encode${schema.name}V${version}(w, o) {
try {
let v = w.view, p = 0
${source.lines.join('\n')}
} catch (e) { throw explain(e) }
}`
  const explain = (error: unknown): unknown =>
    new ProtocolError(
      error instanceof ProtocolError ? error.reason : 'unwritable',
      `${schema.name} v${version}: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    )
  const compile = new Function('explain', 'reject', 'unknownTaggedFields', body)
  return compile(explain, reject, unknownTaggedFields) as Encoder
}

function reject(problem: string): never {
  throw new ProtocolError('unwritable', problem)
}

class EncoderSource {
  readonly lines: string[] = []
  private readonly schema: MessageSchema
  private readonly version: number
  private run: string[] = []
  private runSize = 0
  private locals = 0

  constructor(schema: MessageSchema, version: number) {
    this.schema = schema
    this.version = version
  }

  struct(fields: Fields, object: string): void {
    const items = layout(fields, this.schema, this.version)
    for (const item of items) {
      if (!item.present) this.absent(item, object)
      else if (!item.tagged) this.field(item, object)
    }
    this.flushRun()
    this.taggedSection(
      items.filter((item) => item.tagged).sort((a, b) => a.field.tagNumber - b.field.tagNumber),
      object,
    )
  }

  /** A value that the version cannot say must not be lost in silence, unless the schema allows it. */
  private absent({ name, field }: FieldLayout, object: string): void {
    if (field.isIgnorable) return
    const value = `${object}.${name}`
    const message = JSON.stringify(`${name} is not the default, but this version does not have it`)
    this.lines.push(`if (!(${isDefaultExpression(field, value)})) reject(${message})`)
  }

  private field(item: FieldLayout, object: string): void {
    const local = this.local('f')
    const size = fixedSize(item.field)
    if (size !== undefined) {
      const at = this.runSize === 0 ? 'p' : `p + ${this.runSize}`
      const value = `${local} === undefined ? ${literal(item.field)} : ${local}`
      this.run.push(`const ${local} = ${object}.${item.name}`, SETTERS[item.field.type]!(at, `(${value})`))
      this.runSize += size
    } else {
      this.flushRun()
      this.lines.push(
        `let ${local} = ${object}.${item.name}`,
        `if (${local} === undefined) ${local} = ${literal(item.field)}`,
      )
      this.variable(item, local)
    }
  }

  private flushRun(): void {
    if (this.runSize === 0) return
    this.lines.push(`p = w.reserve(${this.runSize})`, 'v = w.view', ...this.run)
    this.run = []
    this.runSize = 0
  }

  /** Writes a value of a type without a fixed size. */
  private variable(item: FieldLayout, value: string): void {
    switch (item.field.type) {
      case 'array':
        this.array(item, value)
        break
      case 'struct':
        this.structValue(item, value)
        break
      default:
        this.textOrBytes(item, value)
    }
  }

  private array(item: FieldLayout, value: string): void {
    const element = elementLayout(item)
    const local = this.local('e')
    const index = this.local('i')
    this.rejectNull(item, value)
    if (item.nullable)
      this.lines.push(`if (${value} === null) ${item.compact ? 'w.unsignedVarint(0)' : 'w.int32(-1)'}`, 'else {')
    const size = fixedSize(element.field)
    if (size === undefined) {
      this.lines.push(item.compact ? `w.unsignedVarint(${value}.length + 1)` : `w.int32(${value}.length)`)
    } else {
      const method = item.compact ? 'compactArrayOfFixed' : 'arrayOfFixed'
      this.lines.push(`p = w.${method}(${value}.length, ${size})`, 'v = w.view')
    }
    this.lines.push(
      `for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`,
      `const ${local} = ${value}[${index}]`,
    )
    if (size !== undefined) this.lines.push(SETTERS[element.field.type]!('p', local), `p += ${size}`)
    else this.element(element, local)
    this.lines.push(item.nullable ? '}}' : '}')
  }

  private element(element: FieldLayout, value: string): void {
    if (element.field.type === 'struct') this.struct(element.field.fields!, value)
    else this.textOrBytes(element, value)
  }

  /** Whether a nullable structure follows is said by an int8, -1 for null; in a tagged field by a varint, 0 for null. */
  private structValue(item: FieldLayout, value: string): void {
    this.rejectNull(item, value)
    const [absent, present] = item.tagged ? ['w.unsignedVarint(0)', 'w.unsignedVarint(1)'] : ['w.int8(-1)', 'w.int8(1)']
    if (item.nullable) this.lines.push(`if (${value} === null) ${absent}`, 'else {', present)
    this.struct(item.field.fields!, value)
    if (item.nullable) this.lines.push('}')
  }

  private textOrBytes(item: FieldLayout, value: string): void {
    const { field, nullable, compact } = item
    this.rejectNull(item, value)
    if (field.type !== 'string') this.lines.push(`w.${compact ? 'compactBytes' : 'bytes32'}(${value})`)
    else if (nullable) this.lines.push(`w.${compact ? 'compactNullableString' : 'nullableString'}(${value})`)
    else this.lines.push(`w.${compact ? 'compactString' : 'string'}(${value})`)
  }

  private rejectNull({ name, nullable }: FieldLayout, value: string): void {
    if (!nullable) this.lines.push(`if (${value} === null) reject(${JSON.stringify(`${name} cannot be null`)})`)
  }

  private taggedSection(tagged: FieldLayout[], object: string): void {
    const unknown = this.local('u')
    this.lines.push(`const ${unknown} = ${object}[unknownTaggedFields]`)
    if (!isFlexible(this.schema, this.version)) {
      this.lines.push(
        `if (${unknown} !== undefined && ${unknown}.length > 0) reject('this version has no tagged fields')`,
      )
      return
    }
    const count = this.local('n')
    const values = tagged.map((item) => {
      const value = this.local('t')
      const absent = isDefaultExpression(item.field, value)
      this.lines.push(`const ${value} = ${object}.${item.name}`, `const has${value} = !(${absent})`)
      return { item, value }
    })
    const terms = [
      `(${unknown} === undefined ? 0 : ${unknown}.length)`,
      ...values.map(({ value }) => `(has${value} ? 1 : 0)`),
    ]
    this.lines.push(`const ${count} = ${terms.join(' + ')}`, `w.unsignedVarint(${count})`)
    this.lines.push(`if (${count} > 0) {`, 'let next = 0')
    for (const { item, value } of values) {
      const { tagNumber } = item.field
      this.lines.push(`if (${unknown} !== undefined) next = w.unknownTaggedFields(${unknown}, next, ${tagNumber})`)
      this.lines.push(`if (has${value}) {`, `w.unsignedVarint(${tagNumber})`)
      this.taggedValue(item, value)
      this.lines.push('}')
    }
    this.lines.push(`if (${unknown} !== undefined) w.unknownTaggedFields(${unknown}, next, Infinity)`, '}')
  }

  private taggedValue(item: FieldLayout, value: string): void {
    const size = fixedSize(item.field)
    if (size !== undefined) {
      this.lines.push(`w.unsignedVarint(${size})`, `p = w.reserve(${size})`, 'v = w.view')
      this.lines.push(SETTERS[item.field.type]!('p', value))
    } else {
      const mark = this.local('m')
      this.lines.push(`const ${mark} = w.beginSized()`)
      this.variable(item, value)
      this.lines.push(`w.endSized(${mark})`)
    }
  }

  private local(prefix: string): string {
    return `${prefix}${this.locals++}`
  }
}

/** A field's default as the value to write; the encoder takes an absent structure for one of defaults. */
function literal(field: AnyField): string {
  if (field.defaultValue === null) return 'null'
  switch (field.type) {
    case 'struct':
      return '{}'
    case 'array':
    case 'bytes':
    case 'records':
      return '[]'
    case 'int64':
      return `${field.defaultValue}n`
    default:
      return JSON.stringify(field.defaultValue)
  }
}

/**
 * Whether a value is what a reader would see if the field were not written, as `isDefault` of `layout.ts` says it, written
 * out: responses hold structures that are rarely anything else.
 */
function isDefaultExpression(field: AnyField, value: string): string {
  if (field.defaultValue === null) return `${value} == null`
  switch (field.type) {
    case 'array':
    case 'bytes':
    case 'records':
      return `${value} === undefined || ${value} !== null && ${value}.length === 0`
    case 'struct': {
      const parts = Object.entries(field.fields!).map(([name, inner]) => isDefaultExpression(inner, `${value}.${name}`))
      const noTags = `${value}[unknownTaggedFields] === undefined`
      return `${value} === undefined || ${value} !== null && ${[...parts, noTags].map((part) => `(${part})`).join(' && ')}`
    }
    default:
      return `${value} === undefined || ${value} === ${literal(field)}`
  }
}
