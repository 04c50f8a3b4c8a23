/** Holds what the registry says of three generated schemas, at each of the seven levels, to what a real reader does with data. */
import fc from 'fast-check'
import { repetitions } from '../../support/repetitions.ts'
import { startedRegistry } from '../support.ts'

export interface Kind<Schema> {
  readonly schemaType: 'AVRO' | 'PROTOBUF' | 'JSON'
  readonly schemas: fc.Arbitrary<Schema>
  text(schema: Schema): string
  /** Whether a real reader with the first schema reads everything that a writer with the second one can write. */
  reads(reader: Schema, writer: Schema): boolean
}

const LEVELS = ['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']

/** SAMSA_PROPERTY_RUNS says how many cases; the same seed gives the same ones. */
export async function holdToReader<Schema>(
  t: { ok(value: unknown, message: string): unknown },
  kind: Kind<Schema>,
  runs: number,
): Promise<void> {
  const { schemaType, schemas, text } = kind
  const { ask } = await startedRegistry()
  let subjects = 0
  const counts = { true: 0, false: 0 }
  const register = async (subject: string, schema: Schema) => {
    const { status, body } = await ask(`POST /subjects/${subject}/versions`, { schemaType, schema: text(schema) })
    if (status !== 200) throw new Error(`${text(schema)}: ${JSON.stringify(body)}`)
  }
  const property = fc.asyncProperty(schemas, schemas, schemas, async (first, second, third) => {
    const subject = `s${subjects++}`
    await ask(`PUT /config/${subject}`, { compatibility: 'NONE' })
    await register(subject, first)
    await register(subject, second)
    for (const level of LEVELS) {
      await ask(`PUT /config/${subject}`, { compatibility: level })
      const path = `/compatibility/subjects/${subject}/versions?verbose=true`
      const { body } = await ask(`POST ${path}`, { schemaType, schema: text(third) })
      const expected = isAllowed(kind, level, third, [second, first])
      counts[`${expected}`]++
      if (body.is_compatible === expected) continue
      const words = expected ? 'a reader reads all of it' : 'there is data that a reader does not read'
      const texts = [first, second, third].map(text).join('\n')
      throw new Error(`${level}: ${words}, and the registry says ${JSON.stringify(body)}\n${texts}`)
    }
  })
  const numRuns = Number(process.env.SAMSA_PROPERTY_RUNS ?? repetitions(runs))
  await fc.assert(property, { numRuns, seed: Number(process.env.SAMSA_PROPERTY_SEED ?? 1) })
  t.ok(counts.true > 0 && counts.false > 0, `${counts.true} compatible, ${counts.false} not`)
}

/** `earlier`: the newest first; the same schema twice in a row is one version. */
function isAllowed<Schema>({ reads }: Kind<Schema>, level: string, next: Schema, earlier: readonly Schema[]): boolean {
  const compared = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(0, 1)
  return compared.every((other) => {
    const backward = level.startsWith('FORWARD') || reads(next, other)
    const forward = level.startsWith('BACKWARD') || reads(other, next)
    return level === 'NONE' || (backward && forward)
  })
}
