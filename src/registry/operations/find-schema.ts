/** Finds the version of a subject that is the schema of a request. */
import { isDeepStrictEqual } from 'node:util'
import { fingerprint } from '../fingerprint.ts'
import {
  type Metadata,
  mergeMetadata,
  mergeRuleSets,
  normalMetadata,
  normalRuleSet,
  type RuleSet,
  versionProperty,
  withoutVersionProperty,
  withVersionProperty,
} from '../schema-attachments.ts'
import type { SchemaReference } from '../state/log-records.ts'
import { isWanted, type RegistryState, type SchemaVersion, type Which } from '../state/registry-state.ts'
import { contextOf, qualifiedBy } from '../subject-name.ts'
import type { View } from './operation.ts'
import { LATEST_VERSION } from './schema-parser.ts'
import { type CanonicalSchema, canonicalize, type SchemaRequest } from './schema-request.ts'
import { configInScope, type EffectiveConfig } from './scope.ts'

interface Where {
  readonly normalize: boolean
  readonly which: Which
  readonly latestOnly?: boolean
}

/** The version with this schema; the metadata and rules of the last one are taken where the request has none. */
export function findSchema(view: View, subject: string, request: SchemaRequest, where: Where): SchemaVersion | null {
  const config = configInScope(view.state, view.settings, subject)
  const found = findExactly(view, config, subject, request, where)
  const last = view.state.latest(subject)
  if (found !== null || last === null) return found
  const completed = withAttachments(config, request, last, null)
  return isDeepStrictEqual(completed, request) ? null : findExactly(view, config, subject, completed, where)
}

export function findExactly(
  view: View,
  config: EffectiveConfig,
  subject: string,
  request: SchemaRequest,
  { normalize, which, latestOnly = false }: Where,
): SchemaVersion | null {
  const wanted = canonicalize(view, subject, request, { normalize, isNew: false, config })
  if (wanted === null) return null
  const { state } = view
  if (latestOnly) {
    const last = state.latest(subject)
    return last !== null && isSame(view, subject, wanted, last) ? last : null
  }
  const byFingerprint = versionWithFingerprint(state, subject, fingerprint(wanted))
  if (byFingerprint !== null && isWanted(byFingerprint, which)) return byFingerprint
  const candidates = state.versions(subject, which).reverse()
  return candidates.find((version) => isSame(view, subject, wanted, version)) ?? null
}

function versionWithFingerprint(state: RegistryState, subject: string, print: string): SchemaVersion | null {
  const index = state.context(contextOf(subject))
  const id = index.idOf(print)
  const version = id === null ? undefined : index.versionsOf(id).get(subject)
  return version === undefined ? null : state.version(subject, version, 'all')
}

/** Whether both mean the same: a request may have its references written out, and need not name its version. */
export function isSame(view: View, subject: string, wanted: CanonicalSchema, version: SchemaVersion): boolean {
  const { references, metadata, ruleSet } = wanted
  const isWrittenOut = references.length === 0 && version.references.length > 0
  const dated = (list: readonly SchemaReference[]) =>
    list.map((reference) => withNumber(view.state, subject, reference))
  if (!isWrittenOut && !isDeepStrictEqual(dated(references), dated(version.references))) return false
  if (wanted.schemaType !== version.schemaType) return false
  if (!sameAttachments({ metadata, ruleSet }, version)) return false
  try {
    return wanted.parsed.equivalent(view.parser.parseVersion(version))
  } catch {
    // Another registry wrote it, or something that it refers to is gone: it is not what the request has.
    return false
  }
}

function withNumber(
  state: RegistryState,
  parent: string,
  { name, subject, version }: SchemaReference,
): SchemaReference {
  if (version !== LATEST_VERSION) return { name, subject, version }
  return { name, subject, version: state.latest(qualifiedBy(parent, subject))?.version ?? version }
}

interface Attachments {
  readonly metadata: Metadata | null
  readonly ruleSet: RuleSet | null
}

function sameAttachments(wanted: Attachments, version: SchemaVersion): boolean {
  const [ofWanted, ofVersion] = [versionProperty(wanted.metadata), versionProperty(version.metadata)]
  let [metadata, other] = [wanted.metadata, version.metadata]
  if (ofWanted === null && ofVersion !== null) {
    ;[metadata, other] = [metadata ?? {}, withoutVersionProperty(other)]
  } else if (ofWanted !== null && ofVersion === null) {
    if (Number(ofWanted) !== version.version) return false
    ;[metadata, other] = [withoutVersionProperty(metadata), other ?? {}]
  }
  return (
    isDeepStrictEqual(normalMetadata(metadata), normalMetadata(other)) &&
    isDeepStrictEqual(normalRuleSet(wanted.ruleSet), normalRuleSet(version.ruleSet))
  )
}

/**
 * The request with the metadata and rules that it will be registered with: its own, else those of the version before, over
 * the defaults of the configuration and under its overrides. `newVersion` is written into metadata that name a version.
 */
export function withAttachments<Request extends SchemaRequest>(
  config: EffectiveConfig,
  request: Request,
  last: SchemaVersion | null,
  newVersion: number | null,
): Request {
  const { defaultMetadata = null, overrideMetadata = null, defaultRuleSet = null, overrideRuleSet = null } = config
  const own = request.metadata ?? last?.metadata ?? null
  const ownRules = request.ruleSet ?? last?.ruleSet ?? null
  let metadata = normalMetadata(mergeMetadata(mergeMetadata(defaultMetadata, own), overrideMetadata))
  const ruleSet = normalRuleSet(mergeRuleSets(mergeRuleSets(defaultRuleSet, ownRules), overrideRuleSet))
  if (newVersion !== null && (request.version !== 0 || versionProperty(metadata) !== null)) {
    metadata = withVersionProperty(metadata, newVersion)
  }
  return metadata === null && ruleSet === null ? request : { ...request, metadata, ruleSet }
}
