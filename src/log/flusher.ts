/**
 * Makes a log durable, for all that wait at once (group commit): whoever asks while a flush runs is served by the next
 * one, together with everybody else who has asked in the meantime.
 *
 * Afterwards the recovery point is the log end as it was when the flush began. Before the recovery point passes a
 * segment, its indexes, the snapshot that follows it and the leader epochs are durable as well: the segment that grows
 * needs only its batches, since recovery starts at its beginning.
 */
import { KafkaError } from '../../protocol/errors.ts'
import { isOutOfSpace } from './disk-error.ts'
import type { LogState } from './log-state.ts'
import type { Segment } from './segment.ts'

export class Flusher {
  readonly #state: LogState
  readonly #onFlushed: () => void
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(state: LogState, onFlushed: () => void) {
    this.#state = state
    this.#onFlushed = onFlushed
  }

  /** Everything that has been written so far is durable when this resolves. A failure takes the directory offline. */
  flush(): Promise<void> {
    if (this.#running === null) return this.#start()
    this.#next ??= this.#running.then(
      () => this.#startNext(),
      () => this.#startNext(),
    )
    return this.#next
  }

  #startNext(): Promise<void> {
    this.#next = null
    return this.#start()
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #flush(): Promise<void> {
    const state = this.#state
    if (state.failure !== null) throw state.storageError()
    const end = state.logEndOffset
    const cuts = state.cuts
    try {
      const segments = unflushed(state)
      await this.#writeWhatIsMissing(segments)
      const active = state.segments.active
      for (const segment of segments) await this.#flushSegment(segment, segment === active)
      await this.#flushBeside(segments)
    } catch (error) {
      if (error instanceof KafkaError) throw error
      state.fail(error as Error)
      throw state.storageError()
    }
    // What was appended after a truncation may reuse the offsets that were flushed.
    if (state.cuts === cuts && end > state.recoveryPoint) {
      state.recoveryPoint = end
      this.#onFlushed()
    }
    state.lastFlushMs = state.context.clock.nowMs()
  }

  /** A full disk is told from a sync that has failed: there may be room the next time. */
  async #writeWhatIsMissing(segments: readonly Segment[]): Promise<void> {
    try {
      for (const segment of segments) if (!segment.growing) await segment.persistIndexes({ sync: false })
      await this.#state.writeEpochs()
    } catch (error) {
      if (isOutOfSpace(error as Error)) throw this.#state.storageError(error as Error)
      throw error
    }
  }

  async #flushSegment(segment: Segment, isActive: boolean): Promise<void> {
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
  const { all } = state.segments
  for (let i = all.indexOf(segments[0]) - 1; i >= 0 && !all[i].indexesDurable; i--) segments.unshift(all[i])
  return segments
}
