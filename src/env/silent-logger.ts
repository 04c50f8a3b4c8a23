import type { Logger } from './logger.ts'

/** A logger that says nothing, for an embedded broker: pino itself need not be loaded for that. */
export function silentLogger(): Logger {
  const nothing = () => {}
  return { debug: nothing, info: nothing, warn: nothing, error: nothing, level: 'silent' }
}
