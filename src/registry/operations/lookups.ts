/** Questions to the state that change nothing: by id, by fingerprint, by who refers to what. */
import { listAt } from '../../../protocol/collections/grouped.ts'
import { fingerprintOfGuid } from '../fingerprint.ts'
import type { ContextId } from '../state/context-index.ts'
import { isWanted, type RegistryState, type SchemaVersion, type Which } from '../state/registry-state.ts'
import {
  compareText,
  contextOf,
  contextPrefix,
  DEFAULT_CONTEXT,
  parseSubjectName,
  qualifiedBy,
} from '../subject-name.ts'
import type { SchemaOfRecord } from '../wire-format.ts'

/**
 * A version with this id. `subject` says where to look: in its context, and under the subject where it has one; a subject
 * without a context is looked for in all of them before its id is taken from the default one.
 */
export function versionById(state: RegistryState, id: number, subject: string | null): SchemaVersion | null {
  const { context, subject: unqualified } = parseSubjectName(subject ?? '')
  const exact = idInContext(state, id, context, unqualified)
  if (exact !== null || unqualified === '' || context !== DEFAULT_CONTEXT) return exact
  for (const other of state.namedContexts()) {
    const found = idInContext(state, id, other, unqualified)
    if (found !== null) return found
  }
  return idInContext(state, id, DEFAULT_CONTEXT, '')
}

function idInContext(state: RegistryState, id: number, context: string, unqualified: string): SchemaVersion | null {
  const versions = state.context(context).versionsOf(id)
  const [first] = versions
  const subject = unqualified === '' ? first?.[0] : contextPrefix(context) + unqualified
  const version = subject === undefined ? undefined : versions.get(subject)
  return subject === undefined || version === undefined ? null : state.version(subject, version, 'all')
}

/** The versions that have the id of the one that is found by it; null where none is. */
export function versionsById(
  state: RegistryState,
  id: number,
  subject: string | null,
  which: Which,
): SchemaVersion[] | null {
  const found = versionById(state, id, subject)
  return found === null ? null : versionsWithId(state, contextOf(found.subject), id, which)
}

function versionsWithId(state: RegistryState, context: string, id: number, which: Which): SchemaVersion[] {
  return [...state.context(context).versionsOf(id)]
    .map(([subject, version]) => state.version(subject, version, 'all'))
    .filter((version) => version !== null)
    .filter((version) => isWanted(version, which))
}

/** The ids that a fingerprint has in the contexts. */
export function idsOfGuid(state: RegistryState, guid: string): ContextId[] {
  const print = fingerprintOfGuid(guid)
  if (print === null) return []
  return [DEFAULT_CONTEXT, ...state.namedContexts()].flatMap((context) => {
    const id = state.context(context).idOf(print)
    return id === null ? [] : [{ context, id }]
  })
}

export function versionByGuid(state: RegistryState, guid: string): SchemaVersion | null {
  const [first] = idsOfGuid(state, guid)
  return first === undefined ? null : versionById(state, first.id, contextPrefix(first.context))
}

/** A version with the schema that the bytes of a record name; null where none has it. */
export const versionOfRecord = (state: RegistryState, schema: SchemaOfRecord): SchemaVersion | null =>
  'id' in schema ? versionById(state, schema.id, null) : versionByGuid(state, schema.guid)

/** The version of the subject, or of the subject of this name in another context where it names none. -1: the latest. */
export function versionInContexts(
  state: RegistryState,
  subject: string,
  version: number,
  which: Which,
): SchemaVersion | null {
  const find = (name: string) => (version === -1 ? state.latest(name) : state.version(name, version, which))
  const found = find(subject)
  if (found !== null || contextOf(subject) !== DEFAULT_CONTEXT) return found
  for (const context of state.namedContexts()) {
    const elsewhere = find(contextPrefix(context) + subject)
    if (elsewhere !== null) return elsewhere
  }
  return null
}

/** Ids of schemas that refer to the version and of which a version is not deleted. */
export const liveReferrers = (state: RegistryState, subject: string, version: number): ContextId[] =>
  referrers(state, subject, version, 'live')

export function referrers(state: RegistryState, subject: string, version: number, which: Which): ContextId[] {
  return state
    .context(contextOf(subject))
    .referrersOf(subject, version)
    .filter(({ context, id }) => versionsWithId(state, context, id, which).length > 0)
    .sort((a, b) => compareText(a.context, b.context) || a.id - b.id)
}

export function referringSubjects(state: RegistryState, subject: string, version: number, orDeleted: boolean) {
  const which = orDeleted ? 'all' : 'live'
  return new Set(
    referrers(state, subject, version, which).flatMap(({ context, id }) =>
      versionsWithId(state, context, id, which).map((referrer) => referrer.subject),
    ),
  )
}

/** Subjects that stand in for another one, by the name of that one. */
export function aliases(state: RegistryState, prefix: (name: string) => boolean): Map<string, string[]> {
  const bySubject = new Map<string, string[]>()
  for (const [name, { alias }] of state.configs()) {
    if (name === null || alias === undefined || alias === '' || !prefix(name)) continue
    listAt(bySubject, qualifiedBy(name, alias)).push(name)
  }
  return bySubject
}
