/**
 * How records are acquired for a member (KIP-932). Records come as batches of the log, and batches stay together as far as
 * they can: the client gets a whole batch anyway, and one run stands for all of it.
 *
 * - In `batch_optimized` mode a limit of records is soft: the batch in which it is reached is acquired as a whole. In
 *   `record_limit` mode (KIP-1206) it is exact, and the rest of the batch stays available.
 * - Records that have been delivered often come in ever smaller portions, and alone when it is their last time: one that
 *   breaks every consumer takes no others with it (KIP-1258).
 */
import { DeliveryState } from '../../coordinator/share/state-batches.ts'
import { InFlightBatch, isAvailable, NO_LOCK, NOBODY, type Run } from './in-flight.ts'
import type { SharePartition } from './share-partition.ts'

/** A batch of the log, by its offsets. */
export interface LogBatch {
  readonly baseOffset: number
  readonly lastOffset: number
}

export interface AcquireInput {
  readonly memberId: string
  /** As read from `fetchOffset` on, in the order of offsets. */
  readonly batches: readonly LogBatch[]
  /** The batches among them that belong to aborted transactions; none for readers of uncommitted records. */
  readonly aborted: readonly LogBatch[]
  readonly fetchOffset: number
  readonly maxRecords: number
  /** Larger acquisitions are told in portions of this many records, where batches begin. */
  readonly batchSize: number
  readonly isExact: boolean
  readonly nowMs: number
}

export interface AcquiredRecords {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/** A third of the deliveries and more may fail before portions get smaller; the limit is at least this. */
const MIN_THROTTLE_LIMIT = 2
/** With so few deliveries nothing is delivered alone: the first failure would be the last but one. */
const MIN_LIMIT_FOR_LAST_CALL = 2

/** Returns what the member gets, in the order of offsets. */
export function acquire(partition: SharePartition, input: AcquireInput): AcquiredRecords[] {
  const last = input.batches.at(-1)
  if (last === undefined || input.maxRecords <= 0 || last.lastOffset < partition.startOffset) return []
  const room = roomFor(partition, input, last.lastOffset)
  if (room.maxRecords <= 0) return []
  return withoutAborted(partition, input, new Acquisition(partition, input, room).run())
}

interface Room {
  readonly maxRecords: number
  readonly lastOffset: number
}

/** Where as many records are in flight as may be, only those among them that are available can be acquired. */
function roomFor(partition: SharePartition, { maxRecords, fetchOffset }: AcquireInput, lastOffset: number): Room {
  const { endOffset, inFlightCount, limits } = partition
  const room = Math.min(maxRecords, limits.maxInFlight - inFlightCount)
  if (room > 0 || fetchOffset > endOffset) return { maxRecords: room, lastOffset }
  return {
    maxRecords: Math.min(maxRecords, endOffset - fetchOffset + 1),
    lastOffset: Math.min(lastOffset, endOffset),
  }
}

class Acquisition {
  readonly #partition: SharePartition
  readonly #input: AcquireInput
  readonly #lastOffset: number
  readonly #firstOffset: number
  readonly #acquired: AcquiredRecords[] = []
  #count = 0
  #maxRecords: number

  constructor(partition: SharePartition, input: AcquireInput, { maxRecords, lastOffset }: Room) {
    this.#partition = partition
    this.#input = input
    this.#lastOffset = lastOffset
    this.#maxRecords = maxRecords
    this.#firstOffset = input.batches[0]?.baseOffset ?? 0
  }

  run(): readonly AcquiredRecords[] {
    const partition = this.#partition
    const { inFlight } = partition
    this.#archiveStale()
    let baseOffset = this.#firstOffset
    const floor = inFlight.floor(baseOffset)
    if (floor === undefined) baseOffset = Math.max(baseOffset, partition.startOffset)
    else if (floor.lastOffset >= baseOffset) baseOffset = floor.firstOffset
    const known = inFlight.beginningIn(Math.min(this.#firstOffset, baseOffset), this.#lastOffset)
    const lastKnown = known.at(-1)
    if (lastKnown === undefined) {
      this.#acquireNew(baseOffset, this.#lastOffset)
      return this.#acquired
    }
    this.#acquireKnown(known, baseOffset)
    if (this.#count < this.#maxRecords && lastKnown.lastOffset < this.#lastOffset) {
      this.#acquireNew(lastKnown.lastOffset + 1, this.#lastOffset)
    }
    const end = this.#acquired.at(-1)
    if (end !== undefined) partition.moveGap(end.lastOffset + 1)
    return this.#acquired
  }

  /** The log has nothing between where was read and what was found: compaction took it away. */
  #archiveStale(): void {
    const { fetchOffset } = this.#input
    if (fetchOffset >= this.#firstOffset) return
    const { AVAILABLE } = DeliveryState
    if (this.#partition.archiveBetween(fetchOffset, this.#firstOffset - 1, AVAILABLE)) {
      this.#partition.findsNextFetchOffset = true
    }
  }

  #acquireKnown(known: readonly InFlightBatch[], baseOffset: number): void {
    let gapStart = baseOffset
    for (const batch of known) {
      if (this.#count >= this.#maxRecords) return
      if (this.#partition.gapStartOffset !== null) {
        if (gapStart < batch.firstOffset) this.#acquireNew(gapStart, batch.firstOffset - 1)
        gapStart = batch.lastOffset + 1
        if (this.#count >= this.#maxRecords) return
      }
      const isThrottled = this.#isThrottled(batch)
      if (isThrottled && this.#count > 0) {
        this.#maxRecords = 0
        return
      }
      const before = this.#count
      if (this.#takesWhole(batch, isThrottled)) this.#acquireWhole(batch)
      else this.#acquireSome(batch)
      if (isThrottled && this.#count > before) {
        this.#maxRecords = 0
        return
      }
    }
  }

  #takesWhole(batch: InFlightBatch, isThrottled: boolean): boolean {
    const isInside = batch.firstOffset >= this.#firstOffset && batch.lastOffset <= this.#lastOffset
    const isTooMuch = this.#input.isExact && batch.size > this.#maxRecords - this.#count
    return isInside && !batch.isSplit && !isTooMuch && !isThrottled
  }

  #isThrottled(batch: InFlightBatch): boolean {
    const limit = throttleLimit(this.#partition.limits.maxDeliveryCount)
    const isRead = ({ firstOffset, lastOffset }: Run) =>
      lastOffset >= this.#firstOffset && firstOffset <= this.#lastOffset
    return batch.runs.some((run) => isAvailable(run) && isRead(run) && run.deliveryCount >= limit)
  }

  #acquireWhole(batch: InFlightBatch): void {
    if (!isAvailable(batch.whole)) return
    this.#lock(batch.whole)
    const { deliveryCount } = batch.whole
    this.#tell({ firstOffset: batch.firstOffset, lastOffset: batch.lastOffset, deliveryCount })
  }

  /** Acquires the records of the batch that are available, are asked for and may be delivered together. */
  #acquireSome(batch: InFlightBatch): void {
    if (!batch.isSplit && !isAvailable(batch.whole)) return
    batch.isSplit = true
    const { maxDeliveryCount } = this.#partition.limits
    const limit = throttleLimit(maxDeliveryCount)
    const hasLastCall = maxDeliveryCount > MIN_LIMIT_FOR_LAST_CALL
    const from = Math.max(this.#firstOffset, batch.firstOffset)
    let most = this.#input.isExact ? this.#maxRecords - this.#count : Number.POSITIVE_INFINITY
    let isThrottled = false
    let taken = 0
    for (const run of batch.between(from, Math.min(this.#lastOffset, batch.lastOffset))) {
      if (!isAvailable(run)) continue
      const isLastCall = hasLastCall && run.deliveryCount === maxDeliveryCount - 1
      if (isLastCall && taken > 0) break
      if (run.deliveryCount >= limit && !isThrottled) {
        isThrottled = true
        most = Math.min(most, Math.max(1, batch.size >> (run.deliveryCount - limit + 1)))
      }
      const count = Math.min(run.lastOffset - run.firstOffset + 1, Math.max(1, most - taken), isLastCall ? 1 : Infinity)
      taken += this.#acquireRun(batch, run.firstOffset, count)
      if (isLastCall || taken >= most) break
    }
    batch.merge()
  }

  #acquireRun(batch: InFlightBatch, firstOffset: number, count: number): number {
    for (const run of batch.between(firstOffset, firstOffset + count - 1)) {
      this.#lock(run)
      this.#tell({ firstOffset: run.firstOffset, lastOffset: run.lastOffset, deliveryCount: run.deliveryCount }, batch)
    }
    return count
  }

  #lock(run: Run): void {
    run.state = DeliveryState.ACQUIRED
    run.deliveryCount++
    run.memberId = this.#input.memberId
    run.lockedUntilMs = this.#input.nowMs + this.#partition.limits.lockMs
  }

  /** Neighbours of the same batch that were delivered equally often are told as one. */
  #tell(records: AcquiredRecords, batch?: InFlightBatch): void {
    this.#count += records.lastOffset - records.firstOffset + 1
    const last = this.#acquired.at(-1)
    const continues =
      last !== undefined &&
      batch !== undefined &&
      last.firstOffset >= batch.firstOffset &&
      last.lastOffset + 1 === records.firstOffset &&
      last.deliveryCount === records.deliveryCount
    if (continues) this.#acquired[this.#acquired.length - 1] = { ...last, lastOffset: records.lastOffset }
    else this.#acquired.push(records)
  }

  /** Records that are not in flight yet. */
  #acquireNew(firstOffset: number, lastOffset: number): void {
    const partition = this.#partition
    const { inFlight } = partition
    const first = inFlight.isEmpty ? Math.max(firstOffset, partition.endOffset) : firstOffset
    const most = this.#maxRecords - this.#count
    let last = lastOffset
    if (most < last - first + 1) {
      last = endOfBatchWith(this.#input.batches, first + most - 1)
      if (partition.gapStartOffset !== null) last = Math.min(last, lastOffset)
    }
    if (last < first) return
    const isCut = this.#input.isExact && last - first + 1 > most
    if (isCut) this.#addCut(first, last, most)
    else for (const [from, to] of this.#portions(first, last)) this.#addNew(from, to)
    if (inFlight.first?.firstOffset === first) partition.startOffset = Math.max(first, partition.startOffset)
    if (last > partition.endOffset) partition.endOffset = last
    partition.moveGap((isCut ? first + most - 1 : last) + 1)
  }

  #portions(first: number, last: number): (readonly [number, number])[] {
    const { isExact, batchSize, batches } = this.#input
    const portions: (readonly [number, number])[] = []
    let from = first
    if (!isExact && last - first + 1 > batchSize) {
      for (const { baseOffset } of batches) {
        if (baseOffset > last) break
        if (baseOffset - from < batchSize) continue
        portions.push([from, baseOffset - 1])
        from = baseOffset
      }
    }
    return [...portions, [from, last]]
  }

  #addNew(firstOffset: number, lastOffset: number): void {
    const run = newRun(firstOffset, lastOffset)
    this.#lock(run)
    this.#partition.inFlight.add(new InFlightBatch(run))
    this.#tell({ firstOffset, lastOffset, deliveryCount: run.deliveryCount })
  }

  /** The member gets the beginning of the records; all of them are in flight, as they were read together. */
  #addCut(firstOffset: number, lastOffset: number, count: number): void {
    const batch = new InFlightBatch(newRun(firstOffset, lastOffset))
    this.#partition.inFlight.add(batch)
    this.#partition.findsNextFetchOffset = true
    this.#acquireRun(batch, firstOffset, count)
  }
}

function newRun(firstOffset: number, lastOffset: number): Run {
  const fate = { state: DeliveryState.AVAILABLE, deliveryCount: 0, memberId: NOBODY, lockedUntilMs: NO_LOCK }
  return { firstOffset, lastOffset, ...fate, transition: null }
}

function throttleLimit(maxDeliveryCount: number): number {
  return Math.max(MIN_THROTTLE_LIMIT, Math.ceil(maxDeliveryCount / 2))
}

/** The last offset of the batch that holds the offset; the offset itself where none does. */
function endOfBatchWith(batches: readonly LogBatch[], offset: number): number {
  const holder = batches.findLast(({ baseOffset }) => baseOffset <= offset)
  return holder === undefined ? offset : Math.max(offset, holder.lastOffset)
}

/** Records of aborted transactions were acquired with the others, and are archived at once. */
function withoutAborted(
  partition: SharePartition,
  { aborted }: AcquireInput,
  acquired: readonly AcquiredRecords[],
): AcquiredRecords[] {
  let shown = [...acquired]
  if (shown.length === 0) return shown
  for (const { baseOffset, lastOffset } of aborted) {
    partition.archiveBetween(baseOffset, lastOffset, DeliveryState.ACQUIRED)
    shown = shown.flatMap((records) => {
      if (records.lastOffset < baseOffset || records.firstOffset > lastOffset) return [records]
      const before = { ...records, lastOffset: baseOffset - 1 }
      const after = { ...records, firstOffset: lastOffset + 1 }
      return [before, after].filter((part) => part.firstOffset <= part.lastOffset)
    })
  }
  return shown
}
