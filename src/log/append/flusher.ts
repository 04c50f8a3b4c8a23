/**
 * Makes a log durable, for all that wait at once (group commit): whoever asks while a flush runs is served by the next
 * one, together with everybody else who has asked in the meantime.
 *
 * Afterwards the recovery point is the log end as it was when the flush began. Before the recovery point passes a
 * segment, its indexes, the snapshot that follows it and the leader epochs are durable as well: the segment that grows
 * needs only its batches, since recovery starts at its beginning.
 *
 * A disk may be too full for what goes beside the batches, and have room for them. Then the batches alone are made
 * durable and the recovery point stays: recovery builds the rest from them.
 */
import { KafkaError } from '../../../protocol/errors.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import type { LogState } from '../log-state.ts'
import type { Segment } from '../segment/segment.ts'

/** How a flush ended that made the batches durable: `refusal` is why the recovery point could not follow them. */
interface Flushed {
  readonly refusal: KafkaError | null
}

export class Flusher {
  readonly #state: LogState
  readonly #onFlushed: () => void
  #running: Promise<Flushed> | null = null
  #next: Promise<Flushed> | null = null

  constructor(state: LogState, onFlushed: () => void) {
    this.#state = state
    this.#onFlushed = onFlushed
  }

  /**
   * The recovery point is where the log ends now, or further, when this resolves. Rejects with KAFKA_STORAGE_ERROR: when
   * the disk is full it may be tried again, any other failure takes the directory offline.
   */
  async flush(): Promise<void> {
    const { refusal } = await this.#group()
    if (refusal !== null) throw refusal
  }

  /** All batches that have been written so far are durable when this resolves. A failure takes the directory offline. */
  async flushBatches(): Promise<void> {
    await this.#group()
  }

  #group(): Promise<Flushed> {
    if (this.#running === null) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    )
    return this.#next
  }

  #startNext(): Promise<Flushed> {
    this.#next = null
    return this.#start()
  }

  #start(): Promise<Flushed> {
    const running = this.#flush().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #flush(): Promise<Flushed> {
    const state = this.#state
    if (state.failure !== null) throw state.storageError()
    const end = state.logEndOffset
    const cuts = state.cuts
    let refusal: KafkaError | null
    try {
      const segments = unflushed(state)
      refusal = await this.#writeWhatIsMissing(segments)
      for (const segment of segments) {
        if (refusal === null) await this.#flushSegment(segment)
        else await segment.syncBatches()
      }
      await this.#flushBeside(segments)
      // Records appended after a truncation may reuse the offsets that were flushed.
      const isTheSameLog = !state.beingCut && state.cuts === cuts
      if (refusal === null && isTheSameLog && end > state.recoveryPoint) {
        state.flushedTo(end)
        this.#onFlushed()
      }
    } catch (error) {
      if (error instanceof KafkaError) throw error
      state.fail(error as Error)
      throw state.storageError()
    }
    if (refusal !== null) return { refusal }
    state.lastFlushMs = state.context.clock.nowMs()
    return { refusal }
  }

  /** Returns the error when there is no room: there may be some the next time, which is not so of a sync that failed. */
  async #writeWhatIsMissing(segments: readonly Segment[]): Promise<KafkaError | null> {
    try {
      for (const segment of segments) if (!segment.growing) await segment.persistIndexes({ sync: false })
      await this.#state.writeEpochs()
      return null
    } catch (error) {
      if (isOutOfSpace(error)) return this.#state.storageError(error as Error)
      throw error
    }
  }

  async #flushSegment(segment: Segment): Promise<void> {
    const isActive = segment === this.#state.segments.active
    if (isActive && segment.flushedBytes === segment.sizeBytes) return
    await segment.flush()
  }

  async #flushBeside(segments: readonly Segment[]): Promise<void> {
    const state = this.#state
    if (!state.directoryDirty) return
    const bases = new Set(segments.map((segment) => segment.baseOffset))
    for (const offset of state.snapshotOffsets) if (bases.has(offset)) await state.syncSnapshot(offset)
    await state.syncDirectories()
  }
}

/**
 * From the recovery point on, and those before it that were flushed while they still grew: their batches are durable,
 * their indexes are not.
 */
function unflushed(state: LogState): Segment[] {
  const segments = state.segments.from(state.recoveryPoint)
  const before = state.segments.all.slice(0, state.segments.count - segments.length)
  const lastDurable = before.findLastIndex((segment) => segment.indexesDurable)
  return [...before.slice(lastDurable + 1), ...segments]
}
