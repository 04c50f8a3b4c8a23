/** The configuration and the mode that hold for a subject. */

import { notPermitted } from '../error.ts'
import type { Settings } from '../settings.ts'
import { type CompatibilityLevel, compatibilityLevel } from '../settings.ts'
import type { ConfigValue, Mode } from '../state/log-records.ts'
import type { RegistryState } from '../state/registry-state.ts'
import { contextOf, contextPrefix, GLOBAL_CONTEXT } from '../subject-name.ts'

export interface EffectiveConfig extends ConfigValue {
  readonly compatibilityLevel: CompatibilityLevel
}

const complete = (config: ConfigValue | null, { compatibilityLevel: ofSettings }: Settings): EffectiveConfig => ({
  ...config,
  compatibilityLevel: compatibilityLevel(config?.compatibilityLevel ?? '') ?? ofSettings,
})

/** Some of a configuration of its own are filled up from that of the default context. */
const INHERITED = [
  'normalize',
  'validateFields',
  'validateNewSchemas',
  'validateRules',
  'compatibilityPolicy',
  'compatibilityGroup',
] as const

export function configInScope(state: RegistryState, settings: Settings, subject: string | null): EffectiveConfig {
  const own = subject === null ? null : state.config(subject)
  if (own === null) return complete(state.configInScope(subject), settings)
  const ofDefault = state.config(null) ?? {}
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, own[name] ?? ofDefault[name]]))
  return complete({ ...own, ...inherited }, settings)
}

/** The configuration of exactly this subject or context; null where it has none, though the top ones always have one. */
export function ownConfig(state: RegistryState, settings: Settings, subject: string | null): EffectiveConfig | null {
  const own = state.config(subject)
  return own === null && !isTop(subject) ? null : complete(own, settings)
}

export const modeInScope = (state: RegistryState, settings: Settings, subject: string | null): Mode =>
  state.modeInScope(subject) ?? settings.mode

export function ownMode(state: RegistryState, settings: Settings, subject: string | null): Mode | null {
  return state.mode(subject) ?? (isTop(subject) ? settings.mode : null)
}

const isTop = (subject: string | null): boolean => subject === null || contextOf(subject) === GLOBAL_CONTEXT

export const isImportOrForward = (mode: Mode): boolean => mode === 'IMPORT' || mode === 'FORWARD'

/** Throws 42205 where the subject may only be read. */
export function refuseReadOnly(state: RegistryState, settings: Settings, subject: string | null): void {
  const mode = modeInScope(state, settings, subject)
  if (mode === 'READONLY' || mode === 'READONLY_OVERRIDE')
    throw notPermitted(`${inContext(subject)} is in read-only mode`)
}

/** How errors name a subject. */
export const inContext = (subject: string | null): string =>
  `Subject ${subject} in context ${subject === null ? '' : contextPrefix(contextOf(subject))}`
