import type { Logger } from 'pino'

/** A logger that says nothing, for an embedded broker: pino itself need not be loaded for that. */
export function silentLogger(): Logger {
  const nothing = () => {}
  const logger = {
    fatal: nothing,
    error: nothing,
    warn: nothing,
    info: nothing,
    debug: nothing,
    trace: nothing,
    level: 'silent',
  }
  return Object.assign(logger, { child: () => logger }) as unknown as Logger
}
