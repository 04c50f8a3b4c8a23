import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { Timer } from '../../env/index.ts'
import { InvariantError } from '../../env/invariant.ts'
import type { Logger } from '../../env/logger.ts'
import type { Deadline } from './deadlines.ts'
import { Effects, type RequestId, type TimerChange, type Vocabulary } from './effects.ts'
import type { CoordinatorKind, CoordinatorShard, Operation, TransactionMarker } from './shard.ts'
import { loadShard } from './shard-loader.ts'
import { SnapshotRegistry } from './timeline.ts'
import { type PipelineOptions, WritePipeline } from './write-pipeline.ts'

/** Kafka's CoordinatorState. */
export type ShardState = 'initial' | 'loading' | 'active' | 'failed' | 'closed'

export interface RuntimeOptions<Task = never> extends PipelineOptions {
  readonly logger: Logger
  /** Bytes of the log that are read at a time while loading. */
  readonly loadBufferBytes: number
  /** Carries out what a shard wants done outside of it; `leaderEpoch` is the epoch in which it wants it. */
  readonly perform?: (task: Task, shard: { readonly partition: number; readonly leaderEpoch: number }) => void
}

/** The producer id of records outside of transactions. */
const NO_PRODUCER_ID = -1n
/** As in Kafka: what a timer wanted is wanted again so much later when its records could not be written. */
const RETRY_DELAY_MS = 500
/** A shard whose state turned out wrong is loaded anew after this long; one that is wrong again must not spin. */
const RELOAD_DELAY_MS = 1_000

interface ParkedRequest {
  resolve(response: object): void
  reject(error: unknown): void
}

/** A timer that an operation has cancelled, or that has gone off for it. */
interface TakenTimer<Timeout> {
  readonly key: string
  readonly timeout: Timeout
  /** From the moment on in which it is set again. */
  readonly delayMs: number
}

/**
 * The effects of an operation on their way into the log, and the timers that it took away. These belong to the state before
 * it: when its records cannot be written that state is back, and the session of a member that was not removed after all has
 * to end some time. After a write that has timed out the state is the new one.
 */
interface Write<Words extends Vocabulary> {
  readonly effects: Effects<Words>
  readonly taken: TakenTimer<Words['timeout']>[]
}

interface Loaded<Shard, Words extends Vocabulary> {
  readonly shard: Shard
  readonly pipeline: WritePipeline<Write<Words>>
}

/**
 * One shard at work: loads it, runs operations on it and carries out their effects.
 *
 *     initial ──election──> loading ──> active ──invariant broken──> loading (again, a moment later)
 *                              │           └──resignation──> closed
 *                              └──the log cannot be read──> failed ──next election──> loading
 *
 * Requests are refused with COORDINATOR_LOAD_IN_PROGRESS while it is loading, with NOT_COORDINATOR when it is not served;
 * those that are parked when it goes are answered NOT_COORDINATOR. State in which an invariant is broken is dropped with
 * all that waits for it and built anew from the log: clients try again, and nobody is told a lie.
 */
export class ShardRuntime<Shard extends CoordinatorShard<Words>, Words extends Vocabulary> {
  readonly partition: number
  readonly #kind: CoordinatorKind<Shard, Words>
  readonly #options: RuntimeOptions<Words['task']>
  readonly #parked = new Map<RequestId, ParkedRequest>()
  readonly #timers = new Map<string, { deadline: Deadline; timeout: Words['timeout'] }>()
  #loaded: Loaded<Shard, Words> | null = null
  #state: ShardState = 'initial'
  #leaderEpoch = -1
  #lastRequest = 0
  #reload: Timer | null = null

  constructor(kind: CoordinatorKind<Shard, Words>, partition: number, options: RuntimeOptions<Words['task']>) {
    this.#kind = kind
    this.#options = options
    this.partition = partition
  }

  get state(): ShardState {
    return this.#state
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** This broker leads the partition in `leaderEpoch`: loads the shard, unless it is being served or loaded already. */
  elect(leaderEpoch: number): void {
    if (leaderEpoch <= this.#leaderEpoch) return
    this.#leaderEpoch = leaderEpoch
    if (this.#state === 'initial' || this.#state === 'failed') void this.#load()
  }

  /** Runs an operation. What it leaves parked is answered by a later one, or NOT_COORDINATOR when the shard goes. */
  write(operation: Operation<Shard, Words>): Promise<object> {
    return new Promise((resolve, reject) => {
      this.#protected(() => {
        const { shard } = this.#active()
        const request = ++this.#lastRequest
        const effects = operation(shard, { request, nowMs: this.#options.clock.nowMs() })
        this.#parked.set(request, { resolve, reject })
        this.#apply(effects)
      })
    })
  }

  /** Writes a producer's marker and applies it. Rejects as an append does. */
  completeTransaction(marker: TransactionMarker): Promise<object> {
    return new Promise((resolve, reject) => {
      const { shard, pipeline } = this.#active()
      const request = ++this.#lastRequest
      this.#parked.set(request, { resolve, reject })
      const write = { effects: new Effects<Words>().reply(request, {}), taken: [] }
      this.#protected(() => {
        this.#add(write, () => {
          pipeline.addMarker(marker, write, () => shard.replayEndTransactionMarker(marker.producerId, marker.committed))
        })
      })
    })
  }

  /** Looks at the state as it is committed. */
  read<T>(operation: (shard: Shard, committedEpoch: number) => T): T {
    return this.#protected(() => {
      const { shard, pipeline } = this.#active()
      return operation(shard, pipeline.committedEpoch)
    })
  }

  /** For good. Everything that is parked is answered NOT_COORDINATOR. */
  close(): void {
    this.#state = 'closed'
    this.#reload?.cancel()
    this.#unload()
  }

  #active(): Loaded<Shard, Words> {
    if (this.#state === 'loading') throw new KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    if (this.#loaded === null) throw new KafkaError(ErrorCode.NOT_COORDINATOR)
    return this.#loaded
  }

  async #load(): Promise<void> {
    const { clock, logger } = this.#options
    this.#state = 'loading'
    const startedMs = clock.monotonicMs()
    const registry = new SnapshotRegistry()
    const shard = this.#kind.create(registry, this.partition)
    const isWanted = () => this.#state !== 'closed'
    try {
      const { nextOffset, recordCount } = await loadShard(this.#kind, shard, this.partition, this.#options, isWanted)
      if (!isWanted()) return
      this.#loaded = { shard, pipeline: this.#pipeline(registry, nextOffset) }
      this.#state = 'active'
      const elapsedMs = Math.round(clock.monotonicMs() - startedMs)
      logger.debug(`Loaded ${this.#name} in epoch ${this.#leaderEpoch}: ${recordCount} records in ${elapsedMs} ms`)
      this.#apply(shard.loaded(clock.nowMs()))
    } catch (error) {
      if (isWanted()) this.#fail(error)
    }
  }

  #pipeline(registry: SnapshotRegistry, nextOffset: number): WritePipeline<Write<Words>> {
    const place = {
      topic: this.#kind.topic,
      partition: this.partition,
      nextOffset,
      leaderEpoch: () => this.#leaderEpoch,
    }
    return new WritePipeline(place, registry, this.#options, {
      settle: (write, error) => this.#settle(write, error),
      violated: (violation) => this.#beginAgain(violation),
    })
  }

  /** As in Kafka, a failed shard is not served until the next election. */
  #fail(error: unknown): void {
    this.#options.logger.error({ err: error }, `The ${this.#kind.name} stops serving ${this.#name}`)
    this.#state = 'failed'
    this.#unload()
  }

  /** Runs what touches the state; a broken invariant ends the shard, and the caller is told that it is gone. */
  #protected<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      this.#beginAgain(error)
      throw new KafkaError(ErrorCode.NOT_COORDINATOR)
    }
  }

  #beginAgain(violation: InvariantError): void {
    if (this.#state !== 'active') return
    const { logger, clock } = this.#options
    logger.error({ err: violation }, `The ${this.#kind.name} loads ${this.#name} again: an invariant is broken`)
    this.#state = 'loading'
    this.#unload()
    this.#reload = clock.schedule(RELOAD_DELAY_MS, () => void this.#load())
  }

  #unload(): void {
    this.#loaded?.pipeline.stop()
    this.#loaded = null
    for (const { deadline } of this.#timers.values()) deadline.cancel()
    this.#timers.clear()
    const parked = [...this.#parked.values()]
    this.#parked.clear()
    for (const { reject } of parked) reject(new KafkaError(ErrorCode.NOT_COORDINATOR))
  }

  /** `fired`: the timer that went off for it. */
  #apply(effects: Effects<Words>, fired: TakenTimer<Words['timeout']> | null = null): void {
    const { shard, pipeline } = this.#active()
    const write: Write<Words> = { effects, taken: fired === null ? [] : [fired] }
    for (const note of effects.notes) this.#options.logger.info(note)
    for (const change of effects.timers) this.#changeTimer(change, write)
    // An answer may show state that is not committed yet, so it waits for the last record that the state is made of.
    if (effects.records.length === 0) return pipeline.wait(write)
    const { records, atomic, producer } = effects
    const producerId = producer?.producerId ?? NO_PRODUCER_ID
    this.#add(write, () => {
      pipeline.add(records, { atomic, producer }, write, {
        encode: (record) => this.#kind.encode(record),
        replay: (record, offset) => shard.replay(offset, producerId, record),
      })
    })
  }

  /** Hands records to the pipeline. What cannot be written settles its effects with the reason. */
  #add(write: Write<Words>, add: () => void): void {
    try {
      add()
    } catch (error) {
      if (error instanceof InvariantError) throw error
      if (!(error instanceof KafkaError)) {
        this.#options.logger.error({ err: error }, `A record for ${this.#name} could not be written`)
      }
      this.#settle(write, error instanceof KafkaError ? error : new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR))
    }
  }

  #settle(write: Write<Words>, error: KafkaError | null): void {
    const { effects } = write
    for (const reply of effects.replies) {
      const parked = this.#parked.get(reply.request)
      if (parked === undefined) continue
      this.#parked.delete(reply.request)
      if (error !== null) parked.reject(error)
      else if ('error' in reply) parked.reject(reply.error)
      else parked.resolve(reply.response)
    }
    try {
      this.#followUp(write, error)
    } catch (err) {
      if (err instanceof InvariantError) return this.#beginAgain(err)
      // Others that are settled with this one, and the log that told of it, must not suffer from it.
      this.#options.logger.error({ err }, `What follows a write to ${this.#name} failed`)
    }
  }

  #followUp({ effects, taken }: Write<Words>, error: KafkaError | null): void {
    if (this.#loaded === null) return
    if (error === null) {
      const { partition, leaderEpoch } = this
      for (const task of effects.tasks) this.#options.perform?.(task, { partition, leaderEpoch })
    } else if (effects.records.length > 0 && error.code !== ErrorCode.REQUEST_TIMED_OUT) {
      this.#setAgain(taken)
    }
    if (effects.step === null) return
    const { shard } = this.#loaded
    this.#apply(shard.settled(effects.step, error, this.#options.clock.nowMs()))
  }

  /** Only those that nobody has set since. */
  #setAgain(taken: readonly TakenTimer<Words['timeout']>[]): void {
    for (const { key, timeout, delayMs } of taken) if (!this.#timers.has(key)) this.#setTimer(key, delayMs, timeout)
  }

  #changeTimer(change: TimerChange<Words['timeout']>, { taken }: Write<Words>): void {
    const { key } = change
    const timer = this.#timers.get(key)
    if ('cancel' in change) {
      if (timer === undefined) return
      taken.push({ key, timeout: timer.timeout, delayMs: timer.deadline.leftMs() })
      timer.deadline.cancel()
      this.#timers.delete(key)
    } else if (timer !== undefined) {
      timer.timeout = change.timeout
      timer.deadline.reset(change.delayMs)
    } else {
      this.#setTimer(key, change.delayMs, change.timeout)
    }
  }

  #setTimer(key: string, delayMs: number, timeout: Words['timeout']): void {
    const deadline = this.#options.deadlines.schedule(delayMs, () => this.#fire(key))
    this.#timers.set(key, { deadline, timeout })
  }

  #fire(key: string): void {
    const timer = this.#timers.get(key)
    this.#timers.delete(key)
    if (timer === undefined || this.#loaded === null) return
    const { timeout } = timer
    try {
      const effects = this.#loaded.shard.timedOut(timeout, this.#options.clock.nowMs())
      this.#apply(effects, { key, timeout, delayMs: RETRY_DELAY_MS })
    } catch (error) {
      if (error instanceof InvariantError) return this.#beginAgain(error)
      this.#options.logger.error({ err: error }, `The timeout ${key} of ${this.#name} failed`)
    }
  }

  get #name(): string {
    return `${this.#kind.topic}-${this.partition}`
  }
}
