/**
 * The loggers of a broker's parts. Each has a name and a level, which may change while the broker runs (KIP-412). A line
 * below the level of its logger costs the call of an empty function; the level is looked at when it changes, and never
 * when something is logged.
 *
 * Apache's loggers are its classes, and one without a level has that of the next name above. Here the names are the parts
 * of samsa and stand beside each other: one without a level of its own has that of the root. Since scripts and habits
 * name Apache's classes, some of these stand for parts: a part without a level of its own has that of the most talkative
 * class that stands for it, once that class or a name above it has one.
 */
import type { Logger, LogLine } from './logger.ts'

/** Kafka's names of the levels, from the most talkative one to the quietest. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The name of the logger whose level the others have that have none of their own. */
export const ROOT_LOGGER = 'root'

export const isLogLevel = (text: string | null): text is LogLevel => LOG_LEVELS.some((level) => level === text)

/** Names of Apache's loggers, and the parts that each stands for. */
export type StandIns<Name extends string> = Readonly<Record<string, readonly Name[]>>

export class NamedLoggers<Name extends string = string> {
  readonly #loggers: ReadonlyMap<string, NamedLogger>
  readonly #standIns: StandIns<string>
  /** Levels that stand-ins have of their own. */
  readonly #standInLevels = new Map<string, LogLevel>()
  #rootLevel: LogLevel

  /** `target` writes the lines. Its level at this moment is the root's; one that has no level is handed every line. */
  constructor(target: Logger, names: readonly Name[], standIns: StandIns<Name> = {}) {
    this.#rootLevel = levelOf(target)
    this.#standIns = standIns
    this.#loggers = new Map(names.map((name) => [name, new NamedLogger(openTarget(target, name))]))
    this.#apply()
  }

  named(name: Name): Logger {
    const logger = this.#loggers.get(name)
    if (logger === undefined) throw new Error(`There is no logger ${name}`)
    return logger
  }

  has(name: string): boolean {
    return name === ROOT_LOGGER || this.#loggers.has(name) || Object.hasOwn(this.#standIns, name)
  }

  /** The levels in force, by name. */
  levels(): ReadonlyMap<string, LogLevel> {
    const parts = [...this.#loggers].map(([name, logger]) => [name, this.#levelInForce(name, logger)] as const)
    const standIns = Object.keys(this.#standIns).map(
      (name) => [name, this.#standInLevel(name) ?? this.#rootLevel] as const,
    )
    return new Map([[ROOT_LOGGER, this.#rootLevel], ...parts, ...standIns])
  }

  /** `level` null: none of its own any more. Names that are not there are passed over, and the root keeps a level. */
  setLevel(name: string, level: LogLevel | null): void {
    const logger = this.#loggers.get(name)
    if (logger !== undefined) logger.ownLevel = level
    else if (name === ROOT_LOGGER) this.#rootLevel = level ?? this.#rootLevel
    else if (level === null) this.#standInLevels.delete(name)
    else if (this.has(name)) this.#standInLevels.set(name, level)
    this.#apply()
  }

  #apply(): void {
    for (const [name, logger] of this.#loggers) logger.apply(this.#levelInForce(name, logger))
  }

  #levelInForce(name: string, { ownLevel }: NamedLogger): LogLevel {
    if (ownLevel !== null || this.#standInLevels.size === 0) return ownLevel ?? this.#rootLevel
    const levels = Object.entries(this.#standIns)
      .filter(([, parts]) => parts.some((part) => part === name))
      .map(([standIn]) => this.#standInLevel(standIn))
    return LOG_LEVELS.find((level) => levels.includes(level)) ?? this.#rootLevel
  }

  /** Its own or that of the next name above; null where none of these has any. */
  #standInLevel(name: string): LogLevel | null {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      const level = this.#standInLevels.get(name.slice(0, end))
      if (level !== undefined) return level
    }
    return null
  }
}

const nothing: LogLine = () => {}

class NamedLogger implements Logger {
  debug: LogLine = nothing
  info: LogLine = nothing
  warn: LogLine = nothing
  error: LogLine = nothing
  /** null: none, the root's is in force. */
  ownLevel: LogLevel | null = null
  readonly #target: Logger
  /** In pino's words. */
  #written: ReadonlySet<string> = new Set()

  constructor(target: Logger) {
    this.#target = target
  }

  isLevelEnabled(level: string): boolean {
    return this.#written.has(level)
  }

  apply(level: LogLevel): void {
    const target = this.#target
    const least = LOG_LEVELS.indexOf(level)
    this.#written = new Set(LOG_LEVELS.slice(least).map((each) => each.toLowerCase()))
    const from = (wanted: LogLevel, line: LogLine): LogLine =>
      LOG_LEVELS.indexOf(wanted) < least ? nothing : line.bind(target)
    this.debug = from('DEBUG', target.debug)
    this.info = from('INFO', target.info)
    this.warn = from('WARN', target.warn)
    this.error = from('ERROR', target.error)
  }
}

/** pino's word for a level at which nothing is logged; no line of a broker is FATAL either. */
const SILENT = 'silent'

function levelOf(target: Logger): LogLevel {
  const known = target.level?.toUpperCase() ?? ''
  if (isLogLevel(known)) return known
  const isWritten = (level: LogLevel): boolean =>
    target.isLevelEnabled?.(level.toLowerCase()) ?? target.level !== SILENT
  return LOG_LEVELS[LOG_LEVELS.findLastIndex((level) => !isWritten(level)) + 1] ?? 'FATAL'
}

/** A child of pino, which names the part in its lines and holds nothing back; anything else as it is. */
function openTarget(target: Logger, name: string): Logger {
  return target.level === undefined || target.child === undefined
    ? target
    : target.child({ name }, { level: LOG_LEVELS[0].toLowerCase() })
}
