/** Registers a schema under a subject: a version of its own, with the id that the same schema has elsewhere or a new one. */
import { isDeepStrictEqual } from 'node:util'
import { incompatibleSchema, invalidSchema, notPermitted } from '../error.ts'
import { fingerprint, guidOf } from '../fingerprint.ts'
import type { Metadata, RuleSet } from '../schema-attachments.ts'
import { type LogRecord, type SchemaReference, type SchemaValue, TENANT } from '../state/log-records.ts'
import type { RegistryState, SchemaVersion } from '../state/registry-state.ts'
import { contextOf, contextPrefix, DEFAULT_CONTEXT } from '../subject-name.ts'
import { incompatibilities } from './compatibility.ts'
import { findExactly, isSame, withAttachments } from './find-schema.ts'
import { type Change, nothingToDo, type View } from './operation.ts'
import { type CanonicalSchema, canonicalize, type SchemaRequest } from './schema-request.ts'
import {
  configInScope,
  type EffectiveConfig,
  inContext,
  isImportOrForward,
  modeInScope,
  refuseReadOnly,
} from './scope.ts'

export interface Registered {
  readonly id: number
  readonly version: number
  readonly guid: string
  readonly schemaType: string
  readonly references: readonly SchemaReference[]
  readonly metadata: Metadata | null
  readonly ruleSet: RuleSet | null
  readonly schema: string
}

export interface RegisterOptions {
  readonly normalize: boolean
  /** Nobody asks whether the schema is compatible. */
  readonly force: boolean
}

export function register(
  view: View,
  subject: string,
  request: SchemaRequest,
  { normalize, force }: RegisterOptions,
): Change<Registered> {
  const { state, settings } = view
  const config = configInScope(state, settings, subject)
  const normalizes = normalize || config.normalize === true
  const existing = findRegistered(view, config, subject, request, normalizes)
  if (existing !== null) return nothingToDo(answerOf(existing))

  const mode = modeInScope(state, settings, subject)
  checkMode(view, subject, request)
  const all = state.versions(subject, 'all')
  const live = all.filter(({ deleted }) => !deleted)
  const nextVersion = (all.at(-1)?.version ?? 0) + 1
  const imports = isImportOrForward(mode)
  const completed = imports ? request : completeFromLast(config, request, live.at(-1) ?? null, nextVersion)
  const isNew = request.id < 0 && config.validateNewSchemas !== false
  const candidate = canonicalize(view, subject, completed, { normalize: normalizes, isNew, config })
  if (candidate === null) throw invalidSchema('Empty schema')

  const same = request.version === 0 ? versionLike(view, subject, candidate, live, mode) : null
  if (same !== null) return nothingToDo(answerOf(same))
  if (!imports && !force) {
    const messages = incompatibilities(view, config, candidate, live)
    if (messages.length > 0) throw incompatibleSchema(subject, messages)
  }
  const version = request.version > 0 ? request.version : nextVersion
  if (version !== nextVersion && !imports) throw invalidSchema('Version is not one more than previous version')
  return append(view, subject, candidate, version, all)
}

/** The version that a request for the same schema is answered with, without a look at modes: nothing changes. */
function findRegistered(
  view: View,
  config: EffectiveConfig,
  subject: string,
  request: SchemaRequest,
  normalize: boolean,
): SchemaVersion | null {
  const { defaultMetadata, overrideMetadata, defaultRuleSet, overrideRuleSet } = config
  if ((defaultMetadata ?? overrideMetadata ?? defaultRuleSet ?? overrideRuleSet) !== undefined) return null
  const latestOnly = request.version === -1
  const found = findExactly(view, config, subject, request, { normalize, which: 'live', latestOnly })
  if (found === null) return null
  if (request.version === 0 || latestOnly) return request.id < 0 || request.id === found.id ? found : null
  if (found.id !== request.id) return null
  if (found.version === request.version) return found
  const imported = view.state.version(subject, request.version)
  return imported?.id === found.id && imported.fingerprint === found.fingerprint ? imported : null
}

/** Ids come from an import alone; without one the subject has to be one that may be written. */
function checkMode({ state, settings }: View, subject: string, { id }: SchemaRequest): void {
  refuseReadOnly(state, settings, subject)
  const mode = modeInScope(state, settings, subject)
  if (id >= 0 && !isImportOrForward(mode)) throw notPermitted(`${inContext(subject)} is not in import mode`)
  if (id < 0 && mode !== 'READWRITE') throw notPermitted(`${inContext(subject)} is not in read-write mode`)
}

/** A request without a schema means the last one with other metadata or rules. */
function completeFromLast(
  config: EffectiveConfig,
  request: SchemaRequest,
  last: SchemaVersion | null,
  nextVersion: number,
): SchemaRequest {
  if (request.schema !== null && request.schema.trim() !== '') {
    return withAttachments(config, request, last, nextVersion)
  }
  if (last === null) throw invalidSchema('Empty schema')
  const { schema, schemaType, references } = last
  return withAttachments(config, { ...request, schema, schemaType, references }, last, nextVersion)
}

function versionLike(
  view: View,
  subject: string,
  candidate: CanonicalSchema,
  live: readonly SchemaVersion[],
  mode: string,
): SchemaVersion | null {
  const wantsId = candidate.id >= 0 && mode === 'IMPORT'
  const fits = (version: SchemaVersion) => !wantsId || version.id === candidate.id
  return [...live].reverse().find((version) => fits(version) && isSame(view, subject, candidate, version)) ?? null
}

function append(
  { state, settings }: View,
  subject: string,
  candidate: CanonicalSchema,
  version: number,
  all: readonly SchemaVersion[],
): Change<Registered> {
  const { schema, schemaType, references, metadata, ruleSet } = candidate
  const context = contextOf(subject)
  const print = fingerprint(candidate)
  const imported = candidate.id >= 0 && modeInScope(state, settings, subject) === 'IMPORT' ? candidate.id : null
  const known = state.context(context).idOf(print)
  const id = imported ?? known ?? freeId(state, context)
  const value: SchemaValue = {
    subject,
    version,
    id,
    schemaType,
    references,
    metadata,
    ruleSet,
    schema,
    deleted: false,
  }
  if (imported !== null) refuseOtherSchema(state, value)
  const records: LogRecord[] = []
  if (context !== DEFAULT_CONTEXT && !state.hasContext(context)) {
    records.push({ type: 'CONTEXT', tenant: TENANT, context, value: true })
  }
  for (const former of all) {
    const isReplaced = former.deleted && former.id === id && former.version < version
    if (isReplaced && state.context(context).referrersOf(subject, former.version).length === 0) {
      records.push({ type: 'SCHEMA', subject, version: former.version, value: null })
    }
  }
  records.push({ type: 'SCHEMA', subject, version, value })
  return { records, answer: { ...value, guid: guidOf(print) } }
}

function freeId(state: RegistryState, context: string): number {
  const index = state.context(context)
  let id = index.maxId + 1
  while (index.versionsOf(id).size > 0) id++
  return id
}

/** An id stands for one schema in its context: an import may not give it to another. */
function refuseOtherSchema(state: RegistryState, value: SchemaValue): void {
  const context = contextOf(value.subject)
  for (const [subject, version] of state.context(context).versionsOf(value.id)) {
    const holder = state.version(subject, version, 'all')
    if (holder === null) continue
    const { schema, schemaType, references, metadata, ruleSet } = holder
    const theirs = { schema, schemaType, references, metadata, ruleSet }
    const ours = {
      schema: value.schema,
      schemaType: value.schemaType,
      references: value.references,
      metadata: value.metadata,
      ruleSet: value.ruleSet,
    }
    if (!isDeepStrictEqual(theirs, ours)) {
      throw notPermitted(
        `Overwrite new schema with id ${value.id} in context ${contextPrefix(context)} is not permitted.`,
      )
    }
  }
}

const answerOf = (version: SchemaVersion): Registered => ({ ...version, guid: guidOf(version.fingerprint) })
