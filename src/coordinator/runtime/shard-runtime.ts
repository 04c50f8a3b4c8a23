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
/** A shard whose state turned out wrong is loaded anew after this long; one that is wrong again must not spin. */
const RELOAD_DELAY_MS = 1_000

interface ParkedRequest {
  resolve(response: object): void
  reject(error: unknown): void
}

interface Loaded<Shard, Words extends Vocabulary> {
  readonly shard: Shard
  readonly pipeline: WritePipeline<Effects<Words>>
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
      const effects = new Effects<Words>().reply(request, {})
      this.#protected(() => {
        this.#add(effects, () => {
          pipeline.addMarker(marker, effects, () =>
            shard.replayEndTransactionMarker(marker.producerId, marker.committed),
          )
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

  #pipeline(registry: SnapshotRegistry, nextOffset: number): WritePipeline<Effects<Words>> {
    const place = {
      topic: this.#kind.topic,
      partition: this.partition,
      nextOffset,
      leaderEpoch: () => this.#leaderEpoch,
    }
    return new WritePipeline(place, registry, this.#options, {
      settle: (effects, error) => this.#settle(effects, error),
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

  #apply(effects: Effects<Words>): void {
    const { shard, pipeline } = this.#active()
    for (const note of effects.notes) this.#options.logger.info(note)
    for (const change of effects.timers) this.#changeTimer(change)
    // An answer may show state that is not committed yet, so it waits for the last record that the state is made of.
    if (effects.records.length === 0) return pipeline.wait(effects)
    const { records, atomic, producer } = effects
    const producerId = producer?.producerId ?? NO_PRODUCER_ID
    this.#add(effects, () => {
      pipeline.add(records, { atomic, producer }, effects, {
        encode: (record) => this.#kind.encode(record),
        replay: (record, offset) => shard.replay(offset, producerId, record),
      })
    })
  }

  /** Hands records to the pipeline. What cannot be written settles its effects with the reason. */
  #add(effects: Effects<Words>, add: () => void): void {
    try {
      add()
    } catch (error) {
      if (error instanceof InvariantError) throw error
      if (!(error instanceof KafkaError)) {
        this.#options.logger.error({ err: error }, `A record for ${this.#name} could not be written`)
      }
      this.#settle(effects, error instanceof KafkaError ? error : new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR))
    }
  }

  #settle(effects: Effects<Words>, error: KafkaError | null): void {
    for (const reply of effects.replies) {
      const parked = this.#parked.get(reply.request)
      if (parked === undefined) continue
      this.#parked.delete(reply.request)
      if (error !== null) parked.reject(error)
      else if ('error' in reply) parked.reject(reply.error)
      else parked.resolve(reply.response)
    }
    try {
      this.#followUp(effects, error)
    } catch (err) {
      if (err instanceof InvariantError) return this.#beginAgain(err)
      // Others that are settled with this one, and the log that told of it, must not suffer from it.
      this.#options.logger.error({ err }, `What follows a write to ${this.#name} failed`)
    }
  }

  #followUp(effects: Effects<Words>, error: KafkaError | null): void {
    if (this.#loaded === null) return
    if (error === null) {
      const { partition, leaderEpoch } = this
      for (const task of effects.tasks) this.#options.perform?.(task, { partition, leaderEpoch })
    }
    if (effects.step === null) return
    const { shard } = this.#loaded
    this.#apply(shard.settled(effects.step, error, this.#options.clock.nowMs()))
  }

  #changeTimer(change: TimerChange<Words['timeout']>): void {
    const timer = this.#timers.get(change.key)
    if ('cancel' in change) {
      timer?.deadline.cancel()
      this.#timers.delete(change.key)
    } else if (timer !== undefined) {
      timer.timeout = change.timeout
      timer.deadline.reset(change.delayMs)
    } else {
      const deadline = this.#options.deadlines.schedule(change.delayMs, () => this.#fire(change.key))
      this.#timers.set(change.key, { deadline, timeout: change.timeout })
    }
  }

  #fire(key: string): void {
    const timer = this.#timers.get(key)
    this.#timers.delete(key)
    if (timer === undefined || this.#loaded === null) return
    try {
      this.#apply(this.#loaded.shard.timedOut(timer.timeout, this.#options.clock.nowMs()))
    } catch (error) {
      if (error instanceof InvariantError) return this.#beginAgain(error)
      this.#options.logger.error({ err: error }, `The timeout ${key} of ${this.#name} failed`)
    }
  }

  get #name(): string {
    return `${this.#kind.topic}-${this.partition}`
  }
}
