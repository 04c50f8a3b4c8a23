/** Texts of schemas in the format that a request asks for, and the kinds of schemas that have to be loaded for it. */
import type { View } from '../operations/operation.ts'
import type { Needs } from '../registry.ts'
import type { SchemaVersion } from '../state/registry-state.ts'
import { contextPrefix } from '../subject-name.ts'

/** The most schemas that one answer lists. */
export const MOST_SCHEMAS = 1_000

export function formatted({ parser }: View, version: SchemaVersion, query: URLSearchParams): string {
  const format = query.get('format')?.trim() ?? ''
  return format === '' ? version.schema : parser.parseVersion(version).formatted(format)
}

/** The kinds of the versions of the subject, in all contexts, and the kind of a request. */
export const typesOfSubject =
  (subject: string, ...others: string[]): Needs =>
  (state) => [
    ...others,
    ...[subject, ...state.namedContexts().map((context) => contextPrefix(context) + subject)].flatMap((name) =>
      state.versions(name, 'all').map(({ schemaType }) => schemaType),
    ),
  ]
