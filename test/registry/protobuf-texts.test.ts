/** Which files of Protobuf are schemas, and their texts as they are kept and normalized: as Confluent's provider has them. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { protobufType } from '../../src/registry/schema-types/protobuf/protobuf-type.ts'

interface Case {
  readonly schema: string
  /** Paths of files that are registered. */
  readonly references?: readonly string[]
  readonly refused?: true
  readonly canonical?: string
  /** Where it is another text than the one that is kept. */
  readonly normal?: string
}

const { files, cases }: { readonly files: Record<string, string>; readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../golden/protobuf-texts/cases.json', import.meta.url), 'utf8'),
)

function textsOf({ schema, references = [] }: Case): Omit<Case, 'schema' | 'references'> {
  try {
    const parsed = protobufType.parse({
      schema,
      references: references.map((name) => ({ name, subject: name, version: 1 })),
      resolved: references.map((name) => ({ name, schema: files[name] ?? '' })),
      isNew: true,
    })
    parsed.validate(false)
    const [{ canonical }, { canonical: normal }] = [parsed, parsed.normalize()]
    return { canonical, ...(normal === canonical ? {} : { normal }) }
  } catch {
    return { refused: true }
  }
}

t.test('texts of Confluent’s provider', async (t) => {
  for (const each of cases) {
    const { schema, references: _, ...expected } = each
    t.same(textsOf(each), expected, schema)
  }
})

t.test('what is said of files that are refused', async (t) => {
  const refusal = (schema: string) => {
    const parsed = protobufType.parse({ schema, references: [], resolved: [], isNew: true })
    return () => parsed.validate(false)
  }
  t.throws(refusal('syntax = "proto3"; message M { Nope n = 1; }'), /Could not resolve type: Nope/)
  t.throws(refusal('syntax = "proto3"; service S { rpc R (a.Nope) returns (a.Nope); }'), /type: a\.Nope/)
  t.throws(refusal('syntax = "proto2"; extend Nope { optional string s = 100; }'), /type: Nope/)
})
