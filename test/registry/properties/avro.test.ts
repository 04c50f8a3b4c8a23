/** Compatible schemas of Avro are those that avsc resolves, and by which it reads what it wrote by the other one. */
import avro from 'avsc'
import fc from 'fast-check'
import t from 'tap'
import { holdToReader } from './levels.ts'

type Type =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'array' | 'map'; readonly of: string }
  | { readonly kind: 'union'; readonly branches: readonly string[] }
  | { readonly kind: 'record'; readonly x: string; readonly y: string | null }
interface Field {
  readonly name: string
  readonly type: Type
  readonly hasDefault: boolean
}

const primitive = fc.constantFrom('int', 'long', 'float', 'double', 'string', 'bytes', 'boolean')
const type: fc.Arbitrary<Type> = fc.oneof(
  fc.record({ kind: fc.constant('primitive' as const), name: primitive }),
  fc.record({ kind: fc.constant('enum' as const), symbols: fc.subarray(['A', 'B', 'C'], { minLength: 1 }) }),
  fc.record({ kind: fc.constant('fixed' as const), size: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constantFrom('array' as const, 'map' as const), of: primitive }),
  fc.record({
    kind: fc.constant('union' as const),
    branches: fc.subarray(['null', 'int', 'long', 'string', 'double'], { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('record' as const), x: primitive, y: fc.option(primitive) }),
)
const schemas: fc.Arbitrary<readonly Field[]> = fc
  .tuple(
    ...['a', 'b', 'c'].map((name) =>
      fc.option(fc.record({ name: fc.constant(name), type, hasDefault: fc.boolean() }), { freq: 2 }),
    ),
  )
  .map((fields) => fields.filter((field) => field !== null))

const DEFAULTS: Readonly<Record<string, unknown>> = {
  int: 1,
  long: 2,
  float: 0.5,
  double: 0.25,
  string: 'd',
  bytes: 'd',
  boolean: true,
  null: null,
}

/** The schema of a field's type, with names that are those of the same place in every schema. */
function schemaOf(of: Type, place: string): unknown {
  switch (of.kind) {
    case 'primitive':
      return of.name
    case 'enum':
      return { type: 'enum', name: `E_${place}`, symbols: of.symbols }
    case 'fixed':
      return { type: 'fixed', name: `F_${place}`, size: of.size }
    case 'array':
      return { type: 'array', items: of.of }
    case 'map':
      return { type: 'map', values: of.of }
    case 'union':
      return of.branches
    case 'record': {
      const y = of.y === null ? [] : [{ name: 'y', type: of.y, default: DEFAULTS[of.y] }]
      return { type: 'record', name: `R_${place}`, fields: [{ name: 'x', type: of.x }, ...y] }
    }
  }
}

function defaultOf(of: Type): unknown {
  switch (of.kind) {
    case 'primitive':
      return DEFAULTS[of.name]
    case 'enum':
      return of.symbols[0]
    case 'fixed':
      return 'f'.repeat(of.size)
    case 'array':
      return []
    case 'map':
      return {}
    case 'union':
      return DEFAULTS[of.branches[0] ?? '']
    case 'record':
      return { x: DEFAULTS[of.x], ...(of.y === null ? {} : { y: DEFAULTS[of.y] }) }
  }
}

const jsonOf = (fields: readonly Field[]) => ({
  type: 'record',
  name: 'R',
  fields: fields.map(({ name, type, hasDefault }) => ({
    name,
    type: schemaOf(type, name),
    ...(hasDefault ? { default: defaultOf(type) } : {}),
  })),
})

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  int: [0, -3],
  long: [5_000_000_000],
  float: [0.5],
  double: [0.25, 1e300],
  string: ['', 'x'],
  bytes: [Buffer.from('b')],
  boolean: [true, false],
  null: [null],
}

/** Values in which each case of the type occurs. */
function valuesOf(of: Type): readonly unknown[] {
  switch (of.kind) {
    case 'primitive':
      return VALUES[of.name] ?? []
    case 'enum':
      return of.symbols
    case 'fixed':
      return [Buffer.alloc(of.size, 1)]
    case 'array':
      return [[], VALUES[of.of] ?? []]
    case 'map':
      return [{}, { k: VALUES[of.of]?.[0] }]
    case 'union':
      return of.branches.map((branch) => (branch === 'null' ? null : { [branch]: VALUES[branch]?.[0] }))
    case 'record':
      return [{ x: VALUES[of.x]?.[0], ...(of.y === null ? {} : { y: VALUES[of.y]?.[0] }) }]
  }
}

function recordsOf(fields: readonly Field[]): Record<string, unknown>[] {
  const values = fields.map(({ name, type }) => [name, valuesOf(type)] as const)
  const count = Math.max(1, ...values.map(([, each]) => each.length))
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(values.map(([name, each]) => [name, each[index % each.length]])),
  )
}

function reads(reader: readonly Field[], writer: readonly Field[]): boolean {
  const typeOf = (fields: readonly Field[]) => avro.Type.forSchema(jsonOf(fields) as avro.Schema, { wrapUnions: true })
  const [mine, other] = [typeOf(reader), typeOf(writer)]
  try {
    const resolver = mine.createResolver(other)
    for (const record of recordsOf(writer)) mine.fromBuffer(other.toBuffer(record), resolver)
    return true
  } catch {
    return false
  }
}

t.test('what is compatible is read, and what is not has data that is not read', (t) =>
  holdToReader(t, { schemaType: 'AVRO', schemas, text: (fields) => JSON.stringify(jsonOf(fields)), reads }, 60),
)
