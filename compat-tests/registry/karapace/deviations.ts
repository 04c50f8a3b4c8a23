/**
 * The answers in which Karapace 3bbc1f8d differs from Confluent's registry, whose answers samsa's are. Each is mended from
 * what Karapace itself answers elsewhere, so that nothing is left out of the comparison.
 */
import assert from 'node:assert/strict'
import type { Answers } from './answers.ts'
import type { Answer } from './http.ts'

interface Deviation {
  readonly reason: string
  readonly question: RegExp
  mend(given: Answer, at: (question: string) => Answer, parts: readonly string[]): Answer
}

interface Version {
  readonly subject: string
  readonly version: number
}

const ok = (body: unknown): Answer => ({ status: 200, body })
const SUBJECT_NOT_FOUND = 40401
const NO_LEVEL = 40408
const VERSION_NOT_FOUND: Answer = { status: 404, body: 40402 }
const SCHEMA_NOT_FOUND: Answer = { status: 404, body: 40403 }
const listed = ({ status, body }: Answer): unknown[] => (status === 200 ? (body as unknown[]) : [])
const versionsOf = (id: string) => `/schemas/ids/${id}/versions`

export const DEVIATIONS: readonly Deviation[] = [
  {
    reason: 'its list of schemas takes `deleted` the wrong way round (find_schemas in in_memory_database.py)',
    question: /^\/schemas(\?deleted=true)?$/,
    mend: (_, at, [deleted]) => at(deleted ? '/schemas' : '/schemas?deleted=true'),
  },
  {
    reason: 'it keeps a schema by its id when all its versions are gone for good',
    question: /^\/schemas\/ids\/(\d+)$/,
    mend: (given, at, [id = '']) =>
      listed(at(`${versionsOf(id)}?deleted=true`)).length > 0 ? given : SCHEMA_NOT_FOUND,
  },
  {
    reason: 'an id that is not there has an empty list of versions, and not the code 40403',
    question: /^\/schemas\/ids\/(\d+)\/versions(?:\?deleted=true)?$/,
    mend: (given, at, [id = '']) =>
      listed(at(`${versionsOf(id)}?deleted=true`)).length > 0 ? given : SCHEMA_NOT_FOUND,
  },
  {
    reason: 'an id is named with all versions of a subject that have it; Confluent keeps the newest one',
    question: /^\/schemas\/ids\/\d+\/versions(?:\?deleted=true)?$/,
    mend: (given) =>
      given.status === 200
        ? ok([...new Map((given.body as Version[]).map((one) => [one.subject, one])).values()])
        : given,
  },
  {
    reason: 'a subject that has a config and no versions is named with the deleted ones',
    question: /^\/subjects\?deleted=true$/,
    mend: (given, at) =>
      ok(
        listed(given).filter(
          (name) => at(`/subjects/${encodeURIComponent(String(name))}/versions?deleted=true`).status === 200,
        ),
      ),
  },
  {
    reason: 'schemas that were deleted still refer to others',
    question: /\/referencedby$/,
    mend: (given, at) =>
      given.status === 200 ? ok(listed(given).filter((id) => listed(at(versionsOf(String(id)))).length > 0)) : given,
  },
  {
    reason: 'of who refers to it a deleted version is not there, and a subject of deleted ones neither',
    question: /^(.*)\/versions\/(\w+)\/referencedby$/,
    mend(given, at, [subject = '', version = '']) {
      const all = at(`${subject}/versions?deleted=true`)
      if (given.status !== 404 || all.status !== 200) return given
      return listed(all).includes(Number(version)) ? ok([]) : VERSION_NOT_FOUND
    },
  },
  {
    reason: 'a deleted version is the latest one for who asks for deleted ones',
    question: /^(.*\/versions\/latest)\?deleted=true$/,
    mend(given, at, [latest = '']) {
      const live = at(latest)
      return given.status === 200 && live.status !== 200 ? VERSION_NOT_FOUND : given
    },
  },
  {
    reason: 'a subject without versions and configs has no level, and the general one does not stand in for it',
    question: /^\/config\/[^?]+(\?defaultToGlobal=true)?$/,
    mend(given, at, [defaults]) {
      if (given.body !== SUBJECT_NOT_FOUND) return given
      return defaults === undefined ? { status: 404, body: NO_LEVEL } : at('/config')
    },
  },
  {
    reason: 'the schema alone is taken for JSON, and one of Protobuf fails with 500',
    question: /^(.*\/versions\/\w+)\/schema$/,
    mend: (given, at, [version = '']) =>
      given.status === 500 ? ok((at(version).body as { schema: unknown }).schema) : given,
  },
]

/** Fails where the answers of samsa's registry are others than Karapace's without its deviations; answers those met. */
export function compare(karapace: Answers, samsa: Answers): Set<Deviation> {
  const met = new Set<Deviation>()
  const at = (question: string) => karapace.get(question) ?? assert.fail(`${question} was not asked`)
  const different: string[] = []
  for (const [question, given] of karapace) {
    let expected = given
    for (const deviation of DEVIATIONS) {
      const parts = deviation.question.exec(question)?.slice(1)
      if (parts === undefined) continue
      const mended = deviation.mend(expected, at, parts)
      if (!isEqual(mended, expected)) met.add(deviation)
      expected = mended
    }
    const answered = samsa.get(question)
    if (isEqual(answered, expected)) continue
    different.push(`${question}: Karapace ${JSON.stringify(given)}, samsa ${JSON.stringify(answered)}`)
  }
  assert.equal(different.length, 0, `${different.length} answers differ:\n${different.join('\n')}`)
  return met
}

function isEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other)
    return true
  } catch {
    return false
  }
}
