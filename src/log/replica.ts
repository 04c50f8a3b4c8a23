/**
 * The replica that a log belongs to, as the log sees it: what is committed is not for the log to know, so retention,
 * compaction and checkpoints ask here. `replication/partition.ts` is the replica of a topic's partition.
 */
export interface Replica {
  /** Everything before it is committed. Never beyond the log end, never before the log start. */
  readonly highWatermark: number
  /** The first offset of an open transaction, at most the high watermark. */
  readonly lastStableOffset: number
  /**
   * Everything before `endOffset` is written, and durable where flush.messages asks for it. Called after each write,
   * before those who appended are answered; must not throw.
   */
  written(endOffset: number): void
}

/** The part of a log that tells a replica where its stable part ends. */
interface LogEnds {
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly savedHighWatermark: number
  lastStableOffsetAt(highWatermark: number): number
}

/**
 * Stands in until a replica takes its log over: committed is what the checkpoint says, and nothing that is written now.
 */
export class AbsentReplica implements Replica {
  readonly #log: LogEnds

  constructor(log: LogEnds) {
    this.#log = log
  }

  get highWatermark(): number {
    const { logStartOffset, logEndOffset, savedHighWatermark } = this.#log
    return Math.max(logStartOffset, Math.min(savedHighWatermark, logEndOffset))
  }

  get lastStableOffset(): number {
    return this.#log.lastStableOffsetAt(this.highWatermark)
  }

  written(): void {}
}

/** The replica of a log that is never shared with another node: what is written is committed. */
export class SoleReplica implements Replica {
  readonly #log: LogEnds & { committedUpTo(highWatermark: number): void }

  constructor(log: LogEnds & { committedUpTo(highWatermark: number): void }) {
    this.#log = log
  }

  get highWatermark(): number {
    return this.#log.logEndOffset
  }

  get lastStableOffset(): number {
    return this.#log.lastStableOffsetAt(this.highWatermark)
  }

  written(endOffset: number): void {
    this.#log.committedUpTo(endOffset)
  }
}
