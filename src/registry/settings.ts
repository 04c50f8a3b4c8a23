import type { Mode } from './state/log-records.ts'

const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number]

/** These hold where `_schemas` says nothing. */
export interface Settings {
  readonly compatibilityLevel: CompatibilityLevel
  readonly mode: Mode
}

export const DEFAULT_SETTINGS: Settings = { compatibilityLevel: 'BACKWARD', mode: 'READWRITE' }

/** The level with this name in any case; null where there is none. */
export const compatibilityLevel = (name: string): CompatibilityLevel | null =>
  COMPATIBILITY_LEVELS.find((level) => level === name.toUpperCase()) ?? null
