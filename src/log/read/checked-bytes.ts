import * as batch from '../../../protocol/records/batch.ts'
import type { LogState } from '../log-state.ts'
import type { Segment } from '../segment/segment.ts'

interface Checked {
  /** Bytes [from, to) of the segment have been found sound: where a reader came by last. */
  from: number
  to: number
  /** `LogState.cuts` at that time: what was found out about bytes that have been cut away says nothing of later ones. */
  cuts: number
  /** Positions of damaged batches that have been reported. */
  readonly damaged: Set<number>
}

/**
 * Keeps readers from batches that the disk has damaged since they were written. What this process has appended or
 * recovered is known to be sound; of older bytes the checksums are looked at when they are first read from a file.
 */
export class CheckedBytes {
  readonly #state: LogState
  readonly #bySegment = new WeakMap<Segment, Checked>()

  constructor(state: LogState) {
    this.#state = state
  }

  /** How many of `bytes`, which begin with a batch at `position`, come before the first damaged batch. */
  sound(segment: Segment, bytes: Buffer, position: number): number {
    const checked = this.#checked(segment)
    let at = position >= checked.from && position < checked.to ? Math.min(checked.to - position, bytes.length) : 0
    while (at < bytes.length) {
      const next = batchEnd(bytes, at)
      // The rest is a part of a batch, which no client takes for one.
      if (next === -1) break
      if (next !== null && batch.baseOffset(bytes, at) >= this.#state.soundFromOffset) return bytes.length
      if (next === null || !batch.isValid(bytes, at)) {
        this.#report(segment, checked, position + at)
        return at
      }
      at = next
    }
    const isNext = position >= checked.from && position <= checked.to
    checked.from = isNext ? checked.from : position
    checked.to = isNext ? Math.max(checked.to, position + at) : position + at
    return bytes.length
  }

  #checked(segment: Segment): Checked {
    const { cuts } = this.#state
    let checked = this.#bySegment.get(segment)
    if (checked === undefined || checked.cuts !== cuts) {
      this.#bySegment.set(segment, (checked = { from: 0, to: 0, cuts, damaged: new Set() }))
    }
    return checked
  }

  #report(segment: Segment, { damaged }: Checked, position: number): void {
    if (damaged.has(position)) return
    damaged.add(position)
    this.#state.context.logger.error(
      `${segment.path} is damaged at byte ${position}: readers are refused what is there; see samsa log verify.`,
    )
  }
}

/** As `nextBatch`; null where the bytes are no batch at all. */
function batchEnd(bytes: Buffer, at: number): number | null {
  try {
    return batch.nextBatch(bytes, at)
  } catch {
    return null
  }
}
