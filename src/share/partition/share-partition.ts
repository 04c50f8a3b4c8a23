/**
 * A share partition (KIP-932): what has become of each record of one partition for one share group, as its leader keeps
 * it. Pure: time comes in, and what is to be stored at the share coordinator goes out (`Change`).
 *
 * Each record behind the start offset is in one of these states:
 *
 *     available ──acquire──> acquired ──accept──> acknowledged
 *         ^                     │ ├──reject, gap, released too often──> archived
 *         └──release, lock ends─┘ └──the same, with a dead-letter queue──> archiving ──written there──> archived
 *
 * Everything from the start offset (SPSO) to the end offset (SPEO) is in flight; records behind it are available and cost
 * nothing. Acknowledged and archived records at the front move the start offset on. A record that is skipped (compacted
 * away, aborted, before the log's start) is archived.
 *
 * Invariants:
 * - At most one member has a record, until its lock ends; it was delivered `deliveryCount` times, at most as often as the
 *   limit allows.
 * - The start offset never goes back, and no record before it is delivered.
 * - What an acknowledgement says counts (moves the start offset, may be acquired again) once the share coordinator has
 *   stored it; until then the records are in transition and nobody gets them. If it fails they are their member's again.
 *
 * Crash points. Acquisitions and locks are soft: a leader that dies has lent its records to nobody, and the next one
 * delivers them again with the counts that were stored. Between the storing of an acknowledgement and its answer: the
 * client may repeat it and is told INVALID_RECORD_STATE; the record stays acknowledged. Between the archiving state and the
 * dead-letter queue: the next leader writes it there again.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { DeliveryState, type StateBatch } from '../../coordinator/share/state-batches.ts'
import {
  InFlightBatch,
  InFlightBatches,
  isAvailable,
  isTerminal,
  NO_LOCK,
  NOBODY,
  type Run,
  type Transition,
} from './in-flight.ts'

/** The group's limits, as they are now. */
export interface ShareLimits {
  /** share.partition.max.record.locks */
  readonly maxInFlight: number
  /** share.delivery.count.limit */
  readonly maxDeliveryCount: number
  /** share.record.lock.duration.ms */
  readonly lockMs: number
  /** share.renew.acknowledge.enable */
  readonly mayRenew: boolean
  /** Whether records that are given up go to a dead-letter queue. */
  readonly hasDeadLetterQueue: boolean
}

export interface LoadedState {
  readonly startOffset: number
  readonly stateEpoch: number
  readonly batches: readonly StateBatch[]
}

/** To be stored at the share coordinator. */
export interface Change {
  readonly batches: readonly StateBatch[]
  /** To be settled when that is done or has failed; null: nothing depends on it. */
  readonly transition: Transition | null
  /** Records that go to the dead-letter queue once this is stored. */
  readonly dead: readonly DeadRecords[]
}

export interface DeadRecords {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
  readonly cause: 'rejected' | 'delivered too often'
}

/** Records of which a gap is known to exist where the state was loaded: fetched from there before anything else. */
interface GapWindow {
  readonly endOffset: number
  gapStartOffset: number
}

export class SharePartition {
  readonly inFlight = new InFlightBatches()
  readonly stateEpoch: number
  readonly #limits: () => ShareLimits
  startOffset: number
  endOffset: number
  /** Whether records before the end offset may be available. */
  findsNextFetchOffset = false
  #gapWindow: GapWindow | null = null

  /** Throws for a state that cannot be. */
  constructor({ startOffset, stateEpoch, batches }: LoadedState, limits: () => ShareLimits) {
    this.#limits = limits
    this.stateEpoch = stateEpoch
    this.startOffset = startOffset
    this.endOffset = startOffset
    this.#load(batches)
  }

  get limits(): ShareLimits {
    return this.#limits()
  }

  #load(batches: readonly StateBatch[]): void {
    let gapStart = -1
    let expected = this.startOffset
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of batches) {
      if (firstOffset < expected || lastOffset < firstOffset) {
        throw new Error(
          `The stored batch ${firstOffset} to ${lastOffset} lies before ${expected}, or ends before it begins`,
        )
      }
      if (gapStart === -1 && firstOffset > expected) gapStart = expected
      expected = lastOffset + 1
      const fate = { state: deliveryState, deliveryCount, memberId: NOBODY, lockedUntilMs: NO_LOCK, transition: null }
      this.inFlight.add(new InFlightBatch({ firstOffset, lastOffset, ...fate }))
    }
    const { last } = this.inFlight
    if (last === undefined) return
    this.findsNextFetchOffset = true
    this.endOffset = last.lastOffset
    if (gapStart !== -1) this.#gapWindow = { endOffset: this.endOffset, gapStartOffset: gapStart }
    this.moveStart()
  }

  /** Records that a former leader has given up and may not have written to the dead-letter queue. */
  unfinishedDead(): DeadRecords[] {
    const { maxDeliveryCount } = this.limits
    return [...this.inFlight].flatMap(({ runs }) =>
      runs
        .filter(({ state }) => state === DeliveryState.ARCHIVING)
        .map(({ firstOffset, lastOffset, deliveryCount }) => {
          const cause = deliveryCount >= maxDeliveryCount ? 'delivered too often' : 'rejected'
          return { firstOffset, lastOffset, deliveryCount, cause }
        }),
    )
  }

  /** Null when no gap of the loaded state is left. */
  get gapStartOffset(): number | null {
    const window = this.#gapWindow
    return window !== null && window.endOffset === this.endOffset ? window.gapStartOffset : null
  }

  /** Everything before the offset has been acquired, gaps included. */
  moveGap(offset: number): void {
    const window = this.#gapWindow
    if (window === null) return
    if (window.endOffset === this.endOffset && offset <= window.endOffset) window.gapStartOffset = offset
    else this.#gapWindow = null
  }

  /** The first record that somebody may acquire. */
  nextFetchOffset(): number {
    const { last } = this.inFlight
    const isFresh = last === undefined || this.startOffset > last.lastOffset
    if (isFresh || !this.findsNextFetchOffset) {
      if (isFresh) this.findsNextFetchOffset = false
      return isFresh ? this.endOffset : this.endOffset + 1
    }
    let gapStart = this.gapStartOffset
    for (const batch of this.inFlight) {
      if (gapStart !== null) {
        if (batch.firstOffset > gapStart) return gapStart
        gapStart = Math.max(batch.lastOffset + 1, gapStart)
      }
      const run = batch.runs.find(isAvailable)
      if (run !== undefined) return run.firstOffset
    }
    this.findsNextFetchOffset = false
    return this.endOffset + 1
  }

  get inFlightCount(): number {
    return this.inFlight.isEmpty ? 0 : this.endOffset - this.startOffset + 1
  }

  canAcquire(): boolean {
    return this.nextFetchOffset() !== this.endOffset + 1 || this.inFlightCount < this.limits.maxInFlight
  }

  /** How many records from the start offset on are done with. */
  get deliveryCompleteCount(): number {
    let count = 0
    for (const { runs } of this.inFlight) {
      for (const run of runs) {
        if (isTerminal(run)) count += Math.max(0, run.lastOffset - Math.max(run.firstOffset, this.startOffset) + 1)
      }
    }
    return count
  }

  /** When the next lock ends (ms, monotonic); null while nobody has a record. */
  nextLockEndMs(): number | null {
    let nextMs = Number.POSITIVE_INFINITY
    for (const { runs } of this.inFlight) {
      for (const { lockedUntilMs, state, transition } of runs) {
        const isHeld = state === DeliveryState.ACQUIRED && transition === null
        if (isHeld && lockedUntilMs < nextMs) nextMs = lockedUntilMs
      }
    }
    return Number.isFinite(nextMs) ? nextMs : null
  }

  /** Locks that have ended: their records are available again, whether or not that can be stored. */
  endLocks(nowMs: number): Change {
    const change = new ChangeBuilder(null)
    for (const batch of this.inFlight) {
      for (const run of this.#runsAroundStart(batch)) {
        const { state, transition, lockedUntilMs } = run
        if (state !== DeliveryState.ACQUIRED || transition !== null || lockedUntilMs > nowMs) continue
        this.#giveBack(run, change)
        run.lockedUntilMs = NO_LOCK
        if (run.state === DeliveryState.AVAILABLE) this.findsNextFetchOffset = true
      }
      batch.merge()
    }
    return change.done()
  }

  /** The member is gone: what it has acquired is available again, once that is stored. */
  release(memberId: string): Change {
    const change = new ChangeBuilder({ memberId })
    for (const batch of this.inFlight) {
      for (const run of this.#runsAroundStart(batch)) {
        const isHeld = run.state === DeliveryState.ACQUIRED && run.transition === null && run.memberId === memberId
        if (isHeld) this.#giveBack(run, change)
      }
    }
    return change.done()
  }

  #runsAroundStart(batch: InFlightBatch): readonly Run[] {
    const { startOffset } = this
    if (batch.firstOffset < startOffset && batch.lastOffset >= startOffset) batch.between(startOffset, batch.lastOffset)
    return batch.runs
  }

  /** A record that comes back before the start offset is nobody's any more. */
  #giveBack(run: Run, change: ChangeBuilder): void {
    const state = run.lastOffset < this.startOffset ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE
    change.add(run, this.stateAfter(run, state), 'delivered too often')
  }

  /** Records that have been delivered as often as the limit allows are given up in place of being available. */
  stateAfter({ deliveryCount }: Run, state: number): number {
    const { maxDeliveryCount, hasDeadLetterQueue } = this.limits
    if (state !== DeliveryState.AVAILABLE || deliveryCount < maxDeliveryCount) return state
    return hasDeadLetterQueue ? DeliveryState.ARCHIVING : DeliveryState.ARCHIVED
  }

  /** The share coordinator has stored the change, or has not. */
  settle({ transition, batches }: Change, isStored: boolean, nowMs: number): void {
    if (transition !== null) {
      const [firstOffset, lastOffset] = [batches[0]?.firstOffset ?? 0, batches.at(-1)?.lastOffset ?? -1]
      for (const batch of this.inFlight.overlapping(
        Math.min(firstOffset, lastOffset),
        Math.max(firstOffset, lastOffset),
      )) {
        for (const run of batch.runs)
          if (run.transition === transition) this.#settleRun(run, transition, isStored, nowMs)
        batch.merge()
      }
    }
    if (isStored || transition === null) this.moveStart()
  }

  #settleRun(run: Run, { memberId }: Transition, isStored: boolean, nowMs: number): void {
    run.transition = null
    if (isStored) run.lockedUntilMs = NO_LOCK
    else if (run.lockedUntilMs <= nowMs) {
      const isSpent = run.deliveryCount >= this.limits.maxDeliveryCount
      Object.assign(run, { state: isSpent ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE, lockedUntilMs: NO_LOCK })
    } else Object.assign(run, { state: DeliveryState.ACQUIRED, memberId })
    if (run.state === DeliveryState.AVAILABLE) this.findsNextFetchOffset = true
  }

  /** Takes back what an acknowledgement that turned out wrong had begun. */
  undo(change: Change, nowMs: number): void {
    this.settle(change, false, nowMs)
  }

  /** The dead-letter queue has the records, or never will: they are done with. To be stored; the start offset may move. */
  archived({ firstOffset, lastOffset, deliveryCount }: DeadRecords): Change {
    for (const batch of this.inFlight.overlapping(firstOffset, lastOffset)) {
      for (const run of batch.between(
        Math.max(firstOffset, batch.firstOffset),
        Math.min(lastOffset, batch.lastOffset),
      )) {
        if (run.state === DeliveryState.ARCHIVING) archive(run)
      }
      batch.merge()
    }
    const archived = { firstOffset, lastOffset, deliveryState: DeliveryState.ARCHIVED, deliveryCount }
    return { batches: [archived], transition: null, dead: [] }
  }

  /** The log begins later than the share partition: what is gone is delivered to nobody. Acquired records stay with their members. */
  logStartMoved(logStartOffset: number): void {
    if (logStartOffset <= this.startOffset) return
    if (this.inFlight.isEmpty) {
      this.startOffset = logStartOffset
      this.endOffset = logStartOffset
      return
    }
    if (this.archiveBetween(this.startOffset, logStartOffset - 1, DeliveryState.AVAILABLE))
      this.findsNextFetchOffset = true
    this.startOffset = logStartOffset
    this.endOffset = Math.max(this.endOffset, logStartOffset)
  }

  /** Archives the records between the offsets that are in the state; whether there were any. */
  archiveBetween(firstOffset: number, lastOffset: number, state: number): boolean {
    let isAny = false
    for (const batch of this.inFlight.overlapping(firstOffset, lastOffset)) {
      if (!batch.runs.some((run) => run.state === state)) continue
      const from = Math.max(firstOffset, batch.firstOffset)
      for (const run of batch.between(from, Math.min(lastOffset, batch.lastOffset))) {
        if (run.state !== state) continue
        archive(run)
        isAny = true
      }
      batch.merge()
    }
    return isAny
  }

  /** Records at the front that are done with are forgotten. Whether the start offset has moved. */
  moveStart(): boolean {
    const { first, last } = this.inFlight
    if (first === undefined || last === undefined || this.inFlight.floor(this.startOffset) === undefined) return false
    const done = this.#lastDoneOffset()
    if (done === -1) return false
    const before = this.startOffset
    if (done === last.lastOffset) {
      this.startOffset = Math.max(before, done + 1)
      this.endOffset = this.startOffset
      this.inFlight.clear()
      return true
    }
    const batch = this.inFlight.floor(done) as InFlightBatch
    const isWhole = done === batch.lastOffset
    const next = isWhole ? (this.inFlight.after(done)?.firstOffset ?? done + 1) : done + 1
    this.startOffset = Math.max(before, Math.min(next, this.gapStartOffset ?? next))
    if (isWhole) this.inFlight.removeThrough(batch)
    else this.inFlight.removeBefore(batch)
    return this.startOffset !== before
  }

  /** Up to where everything is done with, and stored to be so; -1: nothing is. */
  #lastDoneOffset(): number {
    const gapStart = this.gapStartOffset
    let done = -1
    for (const batch of this.inFlight) {
      if (gapStart !== null && batch.lastOffset >= gapStart) return done
      for (const run of batch.runs) {
        if (run.transition !== null || !isTerminal(run)) return done
        done = run.lastOffset
      }
    }
    return done
  }
}

/** Collects what runs become, as it is to be stored. */
export class ChangeBuilder {
  readonly #batches: StateBatch[] = []
  readonly #dead: DeadRecords[] = []
  readonly #transition: Transition | null

  constructor(transition: Transition | null) {
    this.#transition = transition
  }

  /** The run leaves its member; with a transition it is nobody's until that is settled. */
  add(run: Run, state: number, cause: DeadRecords['cause']): void {
    run.state = state
    run.memberId = NOBODY
    run.transition = this.#transition
    const { firstOffset, lastOffset, deliveryCount } = run
    this.#batches.push({ firstOffset, lastOffset, deliveryState: state, deliveryCount })
    if (state === DeliveryState.ARCHIVING) this.#dead.push({ firstOffset, lastOffset, deliveryCount, cause })
  }

  done(): Change {
    return { batches: this.#batches, transition: this.#transition, dead: this.#dead }
  }
}

function archive(run: Run): void {
  run.state = DeliveryState.ARCHIVED
  run.memberId = NOBODY
  run.lockedUntilMs = NO_LOCK
  run.transition = null
}

/** INVALID_RECORD_STATE with the words for a person. */
export function invalidState(message: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_RECORD_STATE, message)
}
