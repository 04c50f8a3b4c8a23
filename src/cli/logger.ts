import { type Logger, pino } from 'pino'

export type LogFormat = 'auto' | 'pretty' | 'json'

export interface CommandLogger {
  readonly logger: Logger
  /** Resolves when everything that was logged is on its way: a process that ends before loses its last lines. */
  readonly written: () => Promise<void>
}

/** Whether lines are for a person: they were asked for, or a terminal shows them. */
export const isPretty = (format: LogFormat): boolean =>
  format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true)

/** Somebody who takes the text of lines instead of stdout. */
export type Writer = (text: string) => void

/** JSON lines on stdout, or readable ones where a person looks. */
export function createLogger(level: string, pretty: boolean, writer?: Writer): CommandLogger {
  if (!pretty) {
    return {
      logger: writer === undefined ? pino({ level }) : pino({ level }, { write: writer }),
      written: async () => {},
    }
  }
  const stream = prettyStream(writer ?? ((text) => process.stdout.write(text)))
  return { logger: pino({ level }, stream), written: stream.written }
}

/**
 * pino-pretty takes as long to load as a quarter of the whole start, so it is loaded with the first line that is
 * logged; lines that come before it is there are kept.
 */
function prettyStream(writer: Writer): { write(line: string): void; written(): Promise<void> } {
  let loading: Promise<void> | null = null
  let format: ((line: string) => string) | null = null
  let waiting: string[] | null = null
  const load = async () => {
    // The default export: in a bundle, a CommonJS module has no other.
    const { default: pinoPretty } = await import('pino-pretty')
    format = pinoPretty.prettyFactory({
      colorize: process.stdout.hasColors?.() ?? false,
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
    })
    for (const line of waiting ?? []) writer(format(line))
    waiting = null
  }
  return {
    write(line) {
      if (format) writer(format(line))
      else if (waiting) waiting.push(line)
      else {
        waiting = [line]
        loading = load()
      }
    },
    async written() {
      await loading
    },
  }
}
