import { unchecked } from '../../../protocol/unchecked.ts'
import type { Logger } from '../../../src/env/logger.ts'
import type { World } from '../world.ts'

/** The broker's own words, between the effects of the trace. */
export function tracingLogger(world: World): Logger {
  const at =
    (level: string) =>
    (...args: unknown[]) => {
      const text = args.map((each) => (typeof each === 'string' ? each : messageOf(each))).filter(Boolean)
      world.record(`broker ${level}: ${text.join(' ')}`)
    }
  const logger = { fatal: at('fatal'), error: at('error'), warn: at('warn'), info: at('info'), level: 'info' }
  const quiet = { debug: () => {}, trace: () => {}, child: () => Object.assign(logger, quiet) }
  return unchecked<Logger>(Object.assign(logger, quiet))
}

function messageOf(fields: unknown): string {
  const { err } = fields as { err?: Error }
  return err ? `(${err.message})` : ''
}
