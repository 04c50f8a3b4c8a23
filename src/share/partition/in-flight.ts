/**
 * Records in flight, as runs of neighbours that have the same fate: one object for a thousand records that were acquired
 * together, and not one more for each of them unless somebody tells them apart.
 */
import { DeliveryState } from '../../coordinator/share/state-batches.ts'

/** Nobody has acquired the records. */
export const NOBODY = ''
/** No lock runs. */
export const NO_LOCK = 0

/**
 * A change that was told to the share coordinator and is not yet confirmed. Runs that it changed point to it; if it
 * fails they are `member`'s again, unless their lock has ended meanwhile.
 */
export interface Transition {
  readonly memberId: string
}

export interface Run {
  firstOffset: number
  lastOffset: number
  state: number
  deliveryCount: number
  memberId: string
  /** When the acquisition lock ends (ms, monotonic); `NO_LOCK` without one. */
  lockedUntilMs: number
  transition: Transition | null
}

export const isTerminal = ({ state }: Pick<Run, 'state'>): boolean =>
  state === DeliveryState.ACKNOWLEDGED || state === DeliveryState.ARCHIVED

export const isAvailable = ({ state, transition }: Run): boolean =>
  state === DeliveryState.AVAILABLE && transition === null

/** Records that were fetched from the log together. Its runs cover it, in the order of offsets. */
export class InFlightBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  #runs: Run[]
  /** Whether its records have been told apart; from then on they are acquired one by one. */
  isSplit = false

  constructor(run: Run) {
    this.firstOffset = run.firstOffset
    this.lastOffset = run.lastOffset
    this.#runs = [run]
  }

  get runs(): readonly Run[] {
    return this.#runs
  }

  get size(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** The fate of all records; of a batch that is split, that of the first. */
  get whole(): Run {
    return this.#runs[0] as Run
  }

  /** The runs that lie between the offsets, cut so that they do not reach beyond them. */
  between(firstOffset: number, lastOffset: number): Run[] {
    if (firstOffset > lastOffset) return []
    this.#cutBefore(firstOffset)
    this.#cutBefore(lastOffset + 1)
    return this.#runs.filter((run) => run.firstOffset >= firstOffset && run.lastOffset <= lastOffset)
  }

  /** A run begins at the offset, if the offset is inside of the batch. */
  #cutBefore(offset: number): void {
    const at = this.#runs.findIndex((run) => run.firstOffset < offset && run.lastOffset >= offset)
    const run = this.#runs[at]
    if (run === undefined) return
    this.isSplit = true
    this.#runs.splice(at + 1, 0, { ...run, firstOffset: offset })
    run.lastOffset = offset - 1
  }

  /** Neighbours whose fates have become the same are one run again. */
  merge(): void {
    if (this.#runs.length === 1) return
    const merged: Run[] = []
    for (const run of this.#runs) {
      const last = merged.at(-1)
      if (last !== undefined && haveSameFate(last, run)) last.lastOffset = run.lastOffset
      else merged.push(run)
    }
    this.#runs = merged
  }
}

function haveSameFate(a: Run, b: Run): boolean {
  return (
    a.state === b.state &&
    a.deliveryCount === b.deliveryCount &&
    a.memberId === b.memberId &&
    a.lockedUntilMs === b.lockedUntilMs &&
    a.transition === b.transition
  )
}

/** The batches in flight, in the order of their offsets, without overlaps. */
export class InFlightBatches {
  #batches: InFlightBatch[] = []

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  get first(): InFlightBatch | undefined {
    return this.#batches[0]
  }

  get last(): InFlightBatch | undefined {
    return this.#batches.at(-1)
  }

  [Symbol.iterator](): Iterator<InFlightBatch> {
    return this.#batches[Symbol.iterator]()
  }

  add(batch: InFlightBatch): void {
    this.#batches.splice(this.#indexAfter(batch.firstOffset), 0, batch)
  }

  /** The last batch that begins at the offset or before it. */
  floor(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#indexAfter(offset) - 1]
  }

  /** The first batch that begins behind the offset. */
  after(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#indexAfter(offset)]
  }

  /** The batches that begin between the offsets. */
  beginningIn(firstOffset: number, lastOffset: number): InFlightBatch[] {
    return this.#batches.slice(this.#indexAfter(firstOffset - 1), this.#indexAfter(lastOffset))
  }

  /** The batches of which something lies between the offsets. */
  overlapping(firstOffset: number, lastOffset: number): InFlightBatch[] {
    const floor = this.floor(firstOffset)
    const from = floor !== undefined && floor.lastOffset >= firstOffset ? floor.firstOffset : firstOffset
    return this.beginningIn(from, lastOffset)
  }

  removeThrough(batch: InFlightBatch): void {
    this.#batches.splice(0, this.#indexAfter(batch.firstOffset))
  }

  removeBefore(batch: InFlightBatch): void {
    this.#batches.splice(0, this.#indexAfter(batch.firstOffset) - 1)
  }

  clear(): void {
    this.#batches = []
  }

  /** The index of the first batch that begins behind the offset. */
  #indexAfter(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#batches[middle]?.firstOffset ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
