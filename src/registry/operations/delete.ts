/** Deletes versions and subjects: softly first, which keeps their ids readable, then for good. */
import {
  contextNotEmpty,
  referenceExists,
  subjectNotFound,
  subjectNotSoftDeleted,
  subjectSoftDeleted,
  versionNotFound,
  versionNotSoftDeleted,
  versionSoftDeleted,
} from '../error.ts'
import { type LogRecord, TENANT } from '../state/log-records.ts'
import type { RegistryState, SchemaVersion } from '../state/registry-state.ts'
import { contextOf } from '../subject-name.ts'
import { liveReferrers, referringSubjects } from './lookups.ts'
import { type Change, nothingToDo, type View } from './operation.ts'
import { LATEST_VERSION } from './schema-parser.ts'
import { refuseReadOnly } from './scope.ts'

/** Deletes one version (-1: the latest); the answer is its number. */
export function deleteVersion(
  { state, settings }: View,
  subject: string,
  version: number,
  permanent: boolean,
): Change<number> {
  const found = version === LATEST_VERSION ? state.latest(subject) : state.version(subject, version, 'all')
  if (found === null) throw state.hasSubject(subject, true) ? versionNotFound(version) : subjectNotFound(subject)
  if (found.deleted && !permanent) throw versionSoftDeleted(subject, version)
  refuseReadOnly(state, settings, subject)
  const referrers = permanent
    ? state.context(contextOf(subject)).referrersOf(subject, found.version)
    : liveReferrers(state, subject, found.version)
  if (referrers.length > 0) throw referenceExists(subject, found.version)
  if (permanent && !found.deleted) throw versionNotSoftDeleted(subject, found.version)
  const records = permanent ? forGood(state, subject, [found]) : [softly(found)]
  return { records, answer: found.version }
}

function softly({ subject, version, id, schemaType, references, metadata, ruleSet, schema }: SchemaVersion): LogRecord {
  const value = { subject, version, id, schemaType, references, metadata, ruleSet, schema, deleted: true }
  return { type: 'SCHEMA', subject, version, value }
}

/** Tombstones of the versions, and of the subject's configuration and mode when none is left. */
function forGood(state: RegistryState, subject: string, gone: readonly SchemaVersion[]): LogRecord[] {
  const records: LogRecord[] = [...gone]
    .reverse()
    .map(({ version }) => ({ type: 'SCHEMA', subject, version, value: null }))
  if (state.versions(subject, 'all').length > gone.length) return records
  if (state.mode(subject) !== null) records.push({ type: 'MODE', subject, value: null })
  if (state.config(subject) !== null) records.push({ type: 'CONFIG', subject, value: null })
  return records
}

/** Deletes all versions; the answer is their numbers. */
export function deleteSubject({ state, settings }: View, subject: string, permanent: boolean): Change<number[]> {
  if (!state.hasSubject(subject, true)) throw subjectNotFound(subject)
  if (!permanent && !state.hasSubject(subject, false)) throw subjectSoftDeleted(subject)
  refuseReadOnly(state, settings, subject)
  const versions = state.versions(subject, permanent ? 'all' : 'live')
  for (const { version, deleted } of versions) {
    const referring = referringSubjects(state, subject, version, permanent)
    referring.delete(subject)
    if (referring.size > 0) throw referenceExists(subject, version)
    if (permanent && !deleted) throw subjectNotSoftDeleted(subject)
  }
  const last = versions.at(-1)
  if (last === undefined) return nothingToDo([])
  const records: LogRecord[] = permanent
    ? forGood(state, subject, versions)
    : [{ type: 'DELETE_SUBJECT', subject, value: { version: last.version } }]
  return { records, answer: versions.map(({ version }) => version) }
}

/** Deletes a context that has no subjects any more, not even such as are deleted softly. */
export function deleteContext({ state }: View, name: string): Change<null> {
  if (state.hasSubject(name, true)) throw contextNotEmpty(name)
  return { records: [{ type: 'CONTEXT', tenant: TENANT, context: contextOf(name), value: null }], answer: null }
}
