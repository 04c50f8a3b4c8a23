import type { KafkaError } from '../../../protocol/errors.ts'
import { baseOffset, nextBatch, recordsCount, setBaseOffset } from '../../../protocol/records/batch.ts'
import type { AppendDone, CoordinatorLog, LogSlice } from '../../../src/coordinator/runtime/coordinator-log.ts'

/** A log of one partition whose disk and followers do what the test says. */
export class MemoryLog implements CoordinatorLog {
  batches: Buffer[] = []
  start = 0
  end = 0
  committed = 0
  maxBytes = 1_000_000
  /** The next append fails with it. */
  failure: KafkaError | null = null
  /** Appends wait until `finishAppend` when set; the high watermark stands still when set. */
  isSlow = false
  holdsHighWatermark = false
  readonly appendedEpochs: number[] = []
  readonly #waiting: (() => void)[] = []
  readonly #listeners = new Set<(highWatermark: number) => void>()

  startOffset(): number {
    return this.start
  }

  endOffset(): number {
    return this.end
  }

  highWatermark(): number {
    return this.committed
  }

  maxBatchBytes(): number {
    return this.maxBytes
  }

  /** One batch at a time, so that loading takes several reads. */
  async read(_topic: string, _partition: number, fromOffset: number): Promise<LogSlice> {
    const batch = this.batches.find((bytes) => baseOffset(bytes, 0) + recordsCount(bytes, 0) > fromOffset)
    if (batch === undefined) return { records: [], nextOffset: fromOffset }
    return { records: [Buffer.from(batch)], nextOffset: baseOffset(batch, 0) + recordsCount(batch, 0) }
  }

  append(_topic: string, _partition: number, batch: Buffer, leaderEpoch: number, done: AppendDone): void {
    if (nextBatch(batch, 0) !== batch.length) throw new Error('An append is one whole batch')
    const finish = () => {
      const { failure } = this
      this.failure = null
      if (failure !== null) return done(failure, null)
      const first = this.write(batch)
      this.appendedEpochs.push(leaderEpoch)
      done(null, { baseOffset: first, lastOffset: this.end - 1 })
      if (!this.holdsHighWatermark) this.commit()
    }
    if (this.isSlow) this.#waiting.push(finish)
    else finish()
  }

  /** Puts a batch at the end, as another writer would. */
  write(batch: Buffer): number {
    const first = this.end
    const bytes = Buffer.from(batch)
    setBaseOffset(bytes, 0, first)
    this.batches.push(bytes)
    this.end += recordsCount(bytes, 0)
    return first
  }

  finishAppend(): void {
    this.#waiting.shift()?.()
  }

  /** Followers have everything. */
  commit(): void {
    this.committed = this.end
    for (const listener of [...this.#listeners]) listener(this.committed)
  }

  onHighWatermark(_topic: string, _partition: number, listener: (highWatermark: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
