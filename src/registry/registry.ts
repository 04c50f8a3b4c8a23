/**
 * A schema registry at work: a replayed log, and operations on it one after another.
 *
 * States: it is reading (the state is some prefix of the log), or up to date (the state is the whole log as it was when
 * somebody last asked). It is the writer, or it is not. A write first reads everything, then decides, then appends, then
 * reads its own records; only what was read is answered. So the log alone orders writes, and an answer is never taken back.
 *
 * Several registries on one log: each becomes the writer when it has something to write, which fences the others
 * (`SchemasLog.takeOver`; among brokers of a cluster the leader of the partition alone can be it, and its epoch is the
 * fence); one that was fenced has appended nothing, reads what the other one wrote, and decides again.
 * Writers that know nothing of this, such as other vendors' registries, are met by `RegistryState.replay`: a record that
 * gives an id to a second schema is void for every reader. Where that record is our own, the key that it was written to
 * is written again as it was before (compaction keeps the last record of a key), and the operation is decided anew.
 *
 * Crash points: before the append is durable nothing has happened; after it the operation has happened, though nobody was
 * told. The records of one operation are one batch, so there is nothing in between. Between a void record and its repair
 * readers see the earlier record still; compaction in just that moment would lose it, which is why fencing comes first.
 */
import type { Logger } from '../env/logger.ts'
import { RegistryError, schemaTooLarge, storeFailed } from './error.ts'
import type { Change, View } from './operations/operation.ts'
import { SchemaParser } from './operations/schema-parser.ts'
import { SchemaTypes } from './schema-types/types.ts'
import { AnotherWriter, RecordsTooLarge, type RecordToStore, type SchemasLog } from './schemas-log.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { keyText, type LogRecord, parseLogRecord, valueText } from './state/log-records.ts'
import { RegistryState } from './state/registry-state.ts'

const MOST_ATTEMPTS = 10

/** The kinds of schemas that a question or an operation parses, judged by the state. */
export type Needs = (state: RegistryState) => Iterable<string>

const NOTHING: Needs = () => []

export interface RegistryOptions {
  readonly log: SchemasLog
  readonly logger: Logger
  readonly settings?: Settings
}

export class Registry {
  readonly #log: SchemasLog
  readonly #logger: Logger
  readonly #settings: Settings
  readonly #types = new SchemaTypes()
  #state = new RegistryState()
  #parser = new SchemaParser(this.#types, this.#state)
  #logId: string | null = null
  /** Keys that another registry spelled otherwise: compaction goes by bytes, so they are written as they were. */
  readonly #spellings = new Map<string, string>()
  /** Offsets of our own records that replay found void. */
  readonly #rejected = new Set<number>()
  /** The first offset that was not replayed. */
  #position = 0
  #isWriter = false
  #reading: Promise<void> | null = null
  /** The reading that begins when the one under way has ended: for those who came after it had looked for the end. */
  #nextReading: Promise<void> | null = null
  #lastWrite: Promise<unknown> = Promise.resolve()

  constructor({ log, logger, settings = DEFAULT_SETTINGS }: RegistryOptions) {
    this.#log = log
    this.#logger = logger
    this.#settings = settings
  }

  /** Reads the whole log; resolves when questions can be answered. */
  async start(): Promise<void> {
    await this.#readAll()
  }

  /** Answers from the state as the whole log gives it. */
  async ask<Answer>(question: (view: View) => Answer, needs: Needs = NOTHING): Promise<Answer> {
    await this.#readAll()
    await this.#types.load(needs(this.#state))
    return question(this.#view)
  }

  /** Carries out an operation behind those before it. Rejects with its own `RegistryError`, or 50001: the log fails. */
  change<Answer>(operation: (view: View) => Change<Answer>, needs: Needs = NOTHING): Promise<Answer> {
    const result = this.#lastWrite.then(() => this.#change(operation, needs))
    this.#lastWrite = result.catch(() => {})
    return result
  }

  /** Resolves when the operations that were under way have ended. */
  async stop(): Promise<void> {
    await this.#lastWrite
  }

  /** The offset behind all that was read. */
  get end(): number {
    return this.#position
  }

  get #view(): View {
    return { state: this.#state, parser: this.#parser, settings: this.#settings }
  }

  async #change<Answer>(operation: (view: View) => Change<Answer>, needs: Needs): Promise<Answer> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await this.#readAll()
      await this.#types.load(needs(this.#state))
      const { records, answer } = operation(this.#view)
      if (records.length === 0) return answer
      if (await this.#becomeWriter()) continue
      if (await this.#append(records)) return answer
    }
    throw storeFailed(`Other writers of the log came first ${MOST_ATTEMPTS} times`)
  }

  /** Whether it became the writer just now: the log may have grown before that. */
  async #becomeWriter(): Promise<boolean> {
    if (this.#isWriter) return false
    await this.#guarded(() => this.#log.takeOver())
    this.#isWriter = true
    return true
  }

  /** Whether the records were appended and are not void. */
  async #append(records: readonly LogRecord[]): Promise<boolean> {
    const before = records.map((record) => this.#stored(record))
    let first: number
    try {
      first = await this.#log.append(records.map((record) => this.#toStore(record)))
    } catch (error) {
      this.#isWriter = false
      if (error instanceof AnotherWriter) return false
      if (error instanceof RecordsTooLarge) throw schemaTooLarge()
      throw failedWrite(error)
    }
    await this.#readAll()
    const isVoid = records.some((_, index) => this.#rejected.delete(first + index))
    if (!isVoid) return true
    await this.#guarded(() => this.#log.append(before.map((record) => this.#toStore(record))))
    await this.#readAll()
    return false
  }

  /** The record with the key of this one and the value that the state has for it. */
  #stored(record: LogRecord): LogRecord {
    if (record.type !== 'SCHEMA') return record
    return { ...record, value: this.#state.version(record.subject, record.version, 'all') }
  }

  #toStore(record: LogRecord): RecordToStore {
    const key = keyText(record)
    return { key: this.#spellings.get(key) ?? key, value: valueText(record) }
  }

  /** Reads what was appended until now. */
  #readAll(): Promise<void> {
    if (this.#reading === null) return this.#read()
    this.#nextReading ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#nextReading = null
        return this.#read()
      })
    return this.#nextReading
  }

  #read(): Promise<void> {
    const reading = this.#guarded(() => this.#readToEnd()).finally(() => {
      if (this.#reading === reading) this.#reading = null
    })
    this.#reading = reading
    return reading
  }

  async #readToEnd(): Promise<void> {
    const { offset: end, logId } = await this.#log.end()
    if (logId !== this.#logId) this.#begin(logId)
    while (this.#position < end) {
      const { records, next } = await this.#log.read(this.#position)
      for (const { offset, timestampMs, key, value } of records) {
        this.#replay(offset, timestampMs, key?.toString() ?? null, value?.toString() ?? null)
      }
      if (next <= this.#position) break
      this.#position = next
    }
  }

  /** Forgets everything: this is the log of a new topic. */
  #begin(logId: string): void {
    this.#logId = logId
    this.#state = new RegistryState()
    this.#parser = new SchemaParser(this.#types, this.#state)
    this.#spellings.clear()
    this.#position = 0
    this.#isWriter = false
  }

  #replay(offset: number, timestampMs: number, key: string | null, value: string | null): void {
    const record = key === null ? 'it has no key' : parseLogRecord(key, value)
    if (typeof record === 'string') {
      this.#logger.warn({ offset }, `A record of _schemas is passed over: ${record}`)
      return
    }
    const usual = keyText(record)
    if (key !== null && key !== usual) this.#spellings.set(usual, key)
    if (this.#state.replay(record, timestampMs)) return
    this.#rejected.add(offset)
    this.#logger.warn({ offset, key }, 'A record of _schemas gives an id to a second schema and is void')
  }

  /** A failure of the log becomes the error that clients know. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw failedWrite(error)
    }
  }
}

const failedWrite = (error: unknown): RegistryError =>
  error instanceof RegistryError
    ? error
    : storeFailed(`The log of the registry failed: ${error instanceof Error ? error.message : String(error)}`)
