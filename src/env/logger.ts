/** The part of a pino logger that a broker uses: whoever embeds one may hand in pino itself, or anything of this shape. */
export interface Logger {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
  /** Whether lines of a level are written; absent: any may be. */
  isLevelEnabled?(level: string): boolean
  /** pino's name of the lowest level that is written. */
  readonly level?: string
  /** pino's: a logger whose lines have `bindings`, with a level of its own. Used where there is a level. */
  child?(bindings: object, options: { level: string }): Logger
}

/** A sentence, or what belongs to it (an error as `err`) and then the sentence. */
export interface LogLine {
  (message: string): void
  (details: object, message: string): void
}
