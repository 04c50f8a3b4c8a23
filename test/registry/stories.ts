/** Tables of requests and answers. A story is a registry of its own; its requests come one after another. */
import t, { type Test } from 'tap'
import { type Ask, startedRegistry } from './support.ts'

export type Step = readonly [request: string, body: unknown, status: number, expected: unknown]
export type Stories = Readonly<Record<string, readonly Step[]>>

export const int = { schema: '"int"' }
export const avro = (name: string, ...fields: object[]) => ({
  schema: JSON.stringify({ type: 'record', name, fields }),
})
export const f = { name: 'f', type: 'int' }
export const withDefault = { name: 'g', type: 'int', default: 0 }
export const refused = (error_code: number, message: RegExp | string = /./) => ({ error_code, message })
/** A reference as requests have it, to the first version of a subject. */
export const refersTo = (name: string, subject: string, version = 1) => ({ references: [{ name, subject, version }] })

/** Makes a test of each story. Lists have to be as long as those that are expected; of objects the parts that are named count. */
export function tell(stories: Stories): void {
  for (const [name, steps] of Object.entries(stories)) {
    t.test(name, async (t) => {
      const { ask } = await startedRegistry()
      for (const step of steps) await take(t, ask, step)
    })
  }
}

async function take(t: Test, ask: Ask, [request, body, status, expected]: Step): Promise<void> {
  const answered = await ask(request, body ?? undefined)
  t.equal(answered.status, status, `${request}: ${JSON.stringify(answered.body)}`)
  if (Array.isArray(expected)) t.equal(answered.body?.length, expected.length, request)
  t.match(answered.body, expected as object, request)
}
