/** The answers of a registry to every question about its subjects and ids, in a form that is the same for both. */
import { type Answer, ask, jsonOr } from './http.ts'

export type Answers = ReadonlyMap<string, Answer>

/** More versions than any subject has, and more ids than were given: what is not there is asked for as well. */
const VERSIONS = 5
const IDS = 30

/**
 * No question is about modes: Karapace has none that could be set, and answers READWRITE. Nor is one about `/contexts` and
 * `/schemas/ids/…/subjects`, which it does not serve.
 */
function questions(subjects: readonly string[]): string[] {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  const both = (path: string) => [path, `${path}?deleted=true`]
  const ofVersion = (path: string) => [...both(path), `${path}/schema`, `${path}/referencedby`]
  const ofSubject = (name: string) => [
    `/config/${name}`,
    `/config/${name}?defaultToGlobal=true`,
    ...both(`/subjects/${name}/versions`),
    ...[...numbers(VERSIONS), 'latest'].flatMap((version) => ofVersion(`/subjects/${name}/versions/${version}`)),
  ]
  const ofId = (id: number) => [`/schemas/ids/${id}`, ...both(`/schemas/ids/${id}/versions`)]
  const general = ['/config', ...both('/subjects'), ...both('/schemas')]
  return [...general, ...subjects.flatMap(ofSubject), ...numbers(IDS).flatMap(ofId)]
}

export async function answersOf(url: string, subjects: readonly string[]): Promise<Answers> {
  const answers = new Map<string, Answer>()
  for (const question of questions(subjects)) {
    const { status, body } = await ask(url, 'GET', question)
    // The schema alone is a value already, and the order of its lists says something.
    const found = question.includes('/schema') && !question.startsWith('/schemas') ? body : plain(body)
    answers.set(question, { status, body: status === 200 ? found : codeOf(body) })
  }
  return answers
}

/** An error is compared by its code: the sentences of the two are their own. */
const codeOf = (body: unknown): unknown => (body as { error_code?: number } | null)?.error_code ?? body

/** Fields that only one of the two has, and that say nothing else than the others do. */
const EXTRA: ReadonlySet<string> = new Set(['guid', 'ts', 'deleted'])

/**
 * Lists are sorted, because Karapace lists in the order in which it read. Schemas that are JSON are compared as values,
 * because Karapace sorts their properties when it reads them. Avro is the kind of a schema that names none.
 */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(
    ([name, one]) => !(EXTRA.has(name) || one === null || (name === 'schemaType' && one === 'AVRO')),
  )
  const text = (name: string, one: unknown) => (name === 'schema' && typeof one === 'string' ? jsonOr(one) : plain(one))
  return Object.fromEntries(entries.map(([name, one]) => [name, text(name, one)]))
}

const keyOf = (value: unknown): string => {
  const { subject, version } = (value ?? {}) as { subject?: string; version?: number }
  return subject === undefined ? JSON.stringify(value) : `${subject} ${version}`
}
