/** Sets and deletes configurations and modes, of a subject, a context (`:.staging:`) or, with null, the default one. */
import {
  invalidCompatibility,
  invalidMode,
  invalidRuleSet,
  invalidSubject,
  modeNotConfigured,
  notPermitted,
  referenceExists,
  subjectNotFound,
} from '../error.ts'
import { faultOfRuleSet, normalMetadata, normalRuleSet } from '../schema-attachments.ts'
import { compatibilityLevel } from '../settings.ts'
import { CONFIG_PROPERTIES, type ConfigValue, type LogRecord, MODES, type Mode } from '../state/log-records.ts'
import {
  contextOf,
  DEFAULT_CONTEXT,
  GLOBAL_CONTEXT,
  hasPrefix,
  isValidSubject,
  parseSubjectName,
} from '../subject-name.ts'
import type { Change, View } from './operation.ts'
import { type EffectiveConfig, modeInScope, ownConfig, ownMode, refuseReadOnly } from './scope.ts'

/** A request names what it changes; null takes a property away. */
export type ConfigUpdate = { readonly [Name in keyof ConfigValue]?: ConfigValue[Name] | null }

/** The answer is the configuration as it is then. */
export function updateConfig(
  { state, settings }: View,
  subject: string | null,
  update: ConfigUpdate,
): Change<ConfigValue> {
  checkConfig(update)
  if (subject !== null && !isValidSubject(subject, true)) throw invalidSubject(subject)
  refuseReadOnly(state, settings, subject)
  const value = { ...state.config(subject) } as Record<string, unknown>
  for (const name of CONFIG_PROPERTIES) {
    if (update[name] === undefined) continue
    if (update[name] === null) delete value[name]
    else value[name] = normalProperty(name, update)
  }
  return { records: [{ type: 'CONFIG', subject, value }], answer: value }
}

function checkConfig({ compatibilityLevel: level, defaultRuleSet, overrideRuleSet }: ConfigUpdate): void {
  if (level !== undefined && level !== null && compatibilityLevel(level) === null) throw invalidCompatibility()
  for (const ruleSet of [defaultRuleSet, overrideRuleSet]) {
    const fault = faultOfRuleSet(ruleSet ?? null)
    if (fault !== null) throw invalidRuleSet(fault)
  }
}

function normalProperty(name: keyof ConfigValue, update: ConfigUpdate): unknown {
  switch (name) {
    case 'compatibilityLevel':
      return update[name]?.toUpperCase()
    case 'compatibilityPolicy':
      return update[name]?.toUpperCase()
    case 'defaultMetadata':
    case 'overrideMetadata':
      return normalMetadata(update[name])
    case 'defaultRuleSet':
    case 'overrideRuleSet':
      return normalRuleSet(update[name])
    default:
      return update[name]
  }
}

/** The answer is the configuration that was there. */
export function deleteConfig({ state, settings }: View, subject: string | null): Change<EffectiveConfig> {
  const answer = ownConfig(state, settings, subject)
  if (answer === null) throw subjectNotFound(subject ?? '')
  refuseReadOnly(state, settings, subject)
  return { records: [{ type: 'CONFIG', subject, value: null }], answer }
}

/**
 * Sets a mode, or with null takes it away. Before an import nothing may be there, unless it is forced: what was deleted
 * softly is deleted for good.
 */
export function updateMode(view: View, subject: string | null, name: string | null, force: boolean): Change<null> {
  const { state, settings } = view
  if (subject !== null && !isValidSubject(subject, true)) throw invalidSubject(subject)
  const mode = name === null ? null : (MODES.find((known) => known === name.toUpperCase()) ?? null)
  if (name !== null && mode === null) throw invalidMode()
  if (mode === 'FORWARD' && (subject === null || contextOf(subject) !== GLOBAL_CONTEXT)) {
    throw invalidMode('Forward mode only supported on global level')
  }
  const records: LogRecord[] = []
  if (mode === 'IMPORT' && modeInScope(state, settings, subject) !== 'IMPORT' && !force) {
    records.push(...clearBeforeImport(view, subject))
  }
  records.push({ type: 'MODE', subject, value: mode })
  return { records, answer: null }
}

function clearBeforeImport({ state }: View, subject: string | null): LogRecord[] {
  if (state.hasSubject(subject, false)) throw notPermitted('Cannot import since found existing subjects')
  const records: LogRecord[] = []
  for (const name of state.matchingSubjects(subject)) {
    for (const { version } of state.versions(name, 'all')) {
      if (state.context(contextOf(name)).referrersOf(name, version).length > 0) throw referenceExists(name, version)
      records.push({ type: 'SCHEMA', subject: name, version, value: null })
    }
  }
  return [...records, { type: 'CLEAR_SUBJECT', subject, value: true }]
}

/** Deletes a mode, with `recursive` those of all subjects of the context too; the answer is the one that was there. */
export function deleteMode({ state, settings }: View, subject: string | null, recursive: boolean): Change<Mode | null> {
  const answer = ownMode(state, settings, subject)
  if (answer === null && !recursive) throw subjectNotFound(subject ?? '')
  const records: LogRecord[] = [{ type: 'MODE', subject, value: null }]
  if (recursive && (subject === null || parseSubjectName(subject).subject === '')) {
    const context = subject === null ? DEFAULT_CONTEXT : contextOf(subject)
    for (const [name] of state.modes()) {
      if (name !== null && name !== subject && contextOf(name) === context && hasPrefix(name, subject ?? '')) {
        records.push({ type: 'MODE', subject: name, value: null })
      }
    }
  }
  return { records, answer }
}

/** Throws 40409 where no mode is set for exactly this. */
export function modeOf({ state, settings }: View, subject: string | null, defaultToGlobal: boolean): Mode {
  const mode = defaultToGlobal ? modeInScope(state, settings, subject) : ownMode(state, settings, subject)
  if (mode === null) throw modeNotConfigured(subject ?? '')
  return mode
}
