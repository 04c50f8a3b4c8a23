/**
 * The registry as `_schemas` says it is: what replaying the log from its beginning gives, and nothing else. Pure.
 *
 * Invariants, whoever wrote the log:
 * - Within a context an id stands for one schema. A record that gives an id to another schema is void ("rejected"); its
 *   writer finds that out when it reads its own record, as every other reader does.
 * - An id that was given once is not given again, also when all its versions are gone: the greatest one only grows.
 * - A version is there (`deleted` or not) until a tombstone takes it away.
 *
 * Compaction may leave out any record that has a later one with its key. Nothing above depends on such a record, except
 * that the greatest id is forgotten with its last version.
 */
import { fingerprint, fingerprintOfMd5 } from '../fingerprint.ts'
import {
  compareText,
  contextOf,
  contextPrefix,
  DEFAULT_CONTEXT,
  GLOBAL_CONTEXT,
  hasPrefix,
  parseSubjectName,
  qualifiedBy,
} from '../subject-name.ts'
import { ContextIndex } from './context-index.ts'
import type { ConfigValue, LogRecord, Mode, SchemaValue } from './log-records.ts'

/** A version of a subject. */
export interface SchemaVersion extends SchemaValue {
  readonly fingerprint: string
  readonly timestampMs: number
}

export type Which = 'live' | 'all' | 'deleted'

export const isWanted = (version: { readonly deleted: boolean }, which: Which): boolean =>
  which === 'all' || version.deleted === (which === 'deleted')

export class RegistryState {
  readonly #subjects = new Map<string, Map<number, SchemaVersion>>()
  readonly #contexts = new Map<string, ContextIndex>()
  readonly #namedContexts = new Set<string>()
  readonly #configs = new Map<string | null, ConfigValue>()
  readonly #modes = new Map<string | null, Mode>()

  /** Applies a record; false: it is void, because its id belongs to another schema. */
  replay(record: LogRecord, timestampMs: number): boolean {
    switch (record.type) {
      case 'SCHEMA':
        if (record.value === null) this.#remove(record.subject, record.version)
        else return this.#put(record.value, timestampMs)
        break
      case 'DELETE_SUBJECT':
        if (record.value !== null) this.#deleteUpTo(record.subject, record.value.version)
        break
      case 'CLEAR_SUBJECT':
        if (record.value !== null) this.#clear(record.subject)
        break
      case 'CONFIG':
        setOrDelete(this.#configs, record.subject, record.value)
        break
      case 'MODE':
        setOrDelete(this.#modes, record.subject, record.value)
        break
      case 'CONTEXT':
        if (record.value === null) this.#namedContexts.delete(record.context)
        else this.#namedContexts.add(record.context)
        break
      case 'NOOP':
        break
    }
    return true
  }

  #put(value: SchemaValue, timestampMs: number): boolean {
    const { subject, version, id } = value
    const index = this.context(contextOf(subject))
    const holder = this.#anyWithId(index, id)
    if (holder !== null && holder.schema !== value.schema) return false
    const former = this.#subjects.get(subject)?.get(version)
    if (former !== undefined && former.id !== id) this.#forget(former)
    const print = (value.md5 === undefined ? null : fingerprintOfMd5(value.md5)) ?? fingerprint(value)
    const versions = this.#subjects.get(subject) ?? new Map<number, SchemaVersion>()
    this.#subjects.set(subject, versions.set(version, { ...value, fingerprint: print, timestampMs }))
    index.add(id, print, subject, version)
    const referrer = { context: contextOf(subject), id }
    for (const reference of value.references) {
      const target = qualifiedBy(subject, reference.subject)
      this.context(contextOf(target)).addReferrer(target, reference.version, referrer)
    }
    return true
  }

  #anyWithId(index: ContextIndex, id: number): SchemaVersion | null {
    for (const [subject, version] of index.versionsOf(id)) {
      const found = this.#subjects.get(subject)?.get(version)
      if (found !== undefined) return found
    }
    return null
  }

  #remove(subject: string, version: number): void {
    const versions = this.#subjects.get(subject)
    const gone = versions?.get(version)
    if (versions === undefined || gone === undefined) return
    versions.delete(version)
    if (versions.size === 0) this.#subjects.delete(subject)
    this.#forget(gone)
  }

  #forget({ subject, version, id, references }: SchemaVersion): void {
    const index = this.context(contextOf(subject))
    index.remove(id, subject, version)
    if (index.versionsOf(id).size > 0) return
    const referrer = { context: contextOf(subject), id }
    for (const reference of references) {
      const target = qualifiedBy(subject, reference.subject)
      this.context(contextOf(target)).removeReferrer(target, reference.version, referrer)
    }
  }

  #deleteUpTo(subject: string, last: number): void {
    for (const version of this.#subjects.get(subject)?.values() ?? []) {
      if (version.version <= last && !version.deleted) {
        this.#subjects.get(subject)?.set(version.version, { ...version, deleted: true })
      }
    }
  }

  #clear(subject: string | null): void {
    for (const name of this.#matching(subject)) {
      for (const { version, deleted } of this.versions(name, 'all')) if (deleted) this.#remove(name, version)
    }
  }

  /** The subject itself, all subjects of a context, or all there are (null, and the global context). */
  #matching(subject: string | null): string[] {
    if (subject === null) return [...this.#subjects.keys()]
    const { context, subject: unqualified } = parseSubjectName(subject)
    if (unqualified !== '') return this.#subjects.has(subject) ? [subject] : []
    return [...this.#subjects.keys()].filter((name) => context === GLOBAL_CONTEXT || contextOf(name) === context)
  }

  /** The index of a context, empty where nothing was registered in it. */
  context(context: string): ContextIndex {
    let index = this.#contexts.get(context)
    if (index === undefined) this.#contexts.set(context, (index = new ContextIndex()))
    return index
  }

  /** Contexts other than the default one, in order. */
  namedContexts(): string[] {
    return [...this.#namedContexts].sort(compareText)
  }

  hasContext(context: string): boolean {
    return context === DEFAULT_CONTEXT || this.#namedContexts.has(context)
  }

  /** The version; null where it is not there, or where it is deleted and `which` does not ask for such. */
  version(subject: string, version: number, which: Which = 'live'): SchemaVersion | null {
    const found = this.#subjects.get(subject)?.get(version)
    return found !== undefined && isWanted(found, which) ? found : null
  }

  /** The versions of a subject, the first one first. */
  versions(subject: string, which: Which): SchemaVersion[] {
    const versions = [...(this.#subjects.get(subject)?.values() ?? [])].filter((version) => isWanted(version, which))
    return versions.sort((a, b) => a.version - b.version)
  }

  /** The last version that is not deleted. */
  latest(subject: string): SchemaVersion | null {
    return this.versions(subject, 'live').at(-1) ?? null
  }

  /** Names of subjects that begin so, in order. A subject is deleted when all its versions are. */
  subjects(prefix: string, which: Which): string[] {
    return [...this.#subjects.keys()]
      .filter((name) => hasPrefix(name, prefix))
      .filter((name) => which === 'all' || this.hasSubject(name, false) === (which === 'live'))
      .sort(compareText)
  }

  /** Whether the subject, or any subject of a context, has a version, or with `orDeleted` one that is deleted. */
  hasSubject(subject: string | null, orDeleted: boolean): boolean {
    for (const name of this.#matching(subject)) {
      for (const version of this.#subjects.get(name)?.values() ?? []) if (orDeleted || !version.deleted) return true
    }
    return false
  }

  matchingSubjects(subject: string | null): string[] {
    return this.#matching(subject)
  }

  config(subject: string | null): ConfigValue | null {
    return this.#configs.get(subject) ?? null
  }

  configs(): IterableIterator<[string | null, ConfigValue]> {
    return this.#configs.entries()
  }

  mode(subject: string | null): Mode | null {
    return this.#modes.get(subject) ?? null
  }

  modes(): IterableIterator<[string | null, Mode]> {
    return this.#modes.entries()
  }

  /** The configuration of the subject, else of its context, else of all contexts. */
  configInScope(subject: string | null): ConfigValue | null {
    return inScope(subject, (name) => this.config(name))
  }

  modeInScope(subject: string | null): Mode | null {
    return inScope(subject, (name) => this.mode(name))
  }
}

function inScope<T>(subject: string | null, get: (name: string | null) => T | null): T | null {
  const context = subject === null ? DEFAULT_CONTEXT : contextOf(subject)
  const ofContext = context === DEFAULT_CONTEXT ? null : contextPrefix(context)
  return get(subject) ?? get(ofContext) ?? get(contextPrefix(GLOBAL_CONTEXT))
}

function setOrDelete<T>(map: Map<string | null, T>, key: string | null, value: T | null): void {
  if (value === null) map.delete(key)
  else map.set(key, value)
}
