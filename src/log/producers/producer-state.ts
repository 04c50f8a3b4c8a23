/**
 * The idempotent and transactional producers of a log (KIP-98, KIP-360): sequences and epochs of their last batches,
 * and the transactions that are open.
 *
 * Use: `check` an append's batches (throws what Kafka answers), then `apply` the outcome; `undo` takes it back when the
 * write fails. Ongoing transactions decide the last stable offset. `unreplicated` ones have their marker in the log,
 * but above the high watermark: until readers may see the marker, the transaction's records are as unstable as before.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import type { ActiveProducer, AppendOrigin } from '../types.ts'
import type { EndTransactionMarker } from './control-record.ts'
import {
  type BatchMetadata,
  emptyProducerEntry,
  findDuplicate,
  lastSequenceOf,
  NO_OFFSET,
  type ProducerEntry,
  withBatch,
  withMarker,
} from './producer-entry.ts'

export interface CompletedTransaction {
  producerId: number
  firstOffset: number
  /** The marker's offset. */
  lastOffset: number
  aborted: boolean
  /** Where the log is stable up to once this transaction is gone; the transaction index keeps it. */
  lastStableOffset: number
}

/** A batch's own numbers, with the offsets it has (or will have) in the log. */
export interface ProducerBatch {
  producerId: number
  epoch: number
  baseSequence: number
  lastSequence: number
  firstOffset: number
  lastOffset: number
  maxTimestampMs: number
  isTransactional: boolean
  /** null for data; undefined fields do not occur: an emptied control batch is left out by the caller. */
  marker: EndTransactionMarker | null
}

/** The changes by an append: new entries by producer, transactions begun and completed. */
export interface ProducerUpdate {
  entries: Map<number, ProducerEntry>
  started: { producerId: number; firstOffset: number }[]
  completed: CompletedTransaction[]
}

/** The entries that `apply` replaced, for taking the update back. */
export interface ProducerUndo {
  entries: Map<number, ProducerEntry | undefined>
  update: ProducerUpdate
}

/** The origin of an append decides how it is judged: a follower and recovery take what the leader has accepted. */
export type ProducerOrigin = AppendOrigin | 'replication'

const MAX_EPOCH = 32_767

export class ProducerState {
  #producers = new Map<number, ProducerEntry>()
  /** First offset → producer, in order of the offsets. */
  #ongoing = new Map<number, number>()
  /** First offset → the marker's offset. */
  #unreplicated = new Map<number, number>()

  get size(): number {
    return this.#producers.size
  }

  entries(): IterableIterator<ProducerEntry> {
    return this.#producers.values()
  }

  entry(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId)
  }

  duplicateOf(candidate: ProducerBatch): BatchMetadata | undefined {
    const entry = this.#producers.get(candidate.producerId)
    if (entry === undefined || candidate.marker !== null) return undefined
    return findDuplicate(entry, candidate.epoch, candidate.baseSequence, candidate.lastSequence)
  }

  /** Adds one batch to `update`, or throws a `KafkaError`; nothing changes in the state itself. */
  check(candidate: ProducerBatch, update: ProducerUpdate, origin: ProducerOrigin, transactionVersion: number): void {
    const id = candidate.producerId
    const before = update.entries.get(id) ?? this.#producers.get(id) ?? emptyProducerEntry(id)
    if (candidate.marker === null) {
      checkEpoch(candidate, before, origin)
      if (origin === 'client') checkSequence(candidate, before)
      update.entries.set(id, this.#afterData(candidate, before, update, origin))
    } else {
      checkMarkerEpoch(candidate, before, origin, transactionVersion)
      checkCoordinatorEpoch(candidate.marker.coordinatorEpoch, before, origin)
      const { coordinatorEpoch } = candidate.marker
      update.entries.set(id, withMarker(before, candidate.epoch, coordinatorEpoch, candidate.maxTimestampMs))
      if (before.currentTransactionFirstOffset !== NO_OFFSET) {
        const firstOffset = before.currentTransactionFirstOffset
        const lastOffset = candidate.firstOffset
        const aborted = candidate.marker.type === 'abort'
        const lastStableOffset = this.#stableWithout(update, firstOffset, lastOffset + 1)
        update.completed.push({ producerId: id, firstOffset, lastOffset, aborted, lastStableOffset })
      }
    }
  }

  #afterData(
    candidate: ProducerBatch,
    before: ProducerEntry,
    update: ProducerUpdate,
    origin: ProducerOrigin,
  ): ProducerEntry {
    let transactionFirstOffset = before.currentTransactionFirstOffset
    if (transactionFirstOffset !== NO_OFFSET && !candidate.isTransactional && origin !== 'replication') {
      throw new KafkaError(
        ErrorCode.INVALID_TXN_STATE,
        `Expected transactional write from producer ${candidate.producerId} at offset ${candidate.firstOffset}`,
      )
    }
    if (transactionFirstOffset === NO_OFFSET && candidate.isTransactional) {
      transactionFirstOffset = candidate.firstOffset
      update.started.push({ producerId: candidate.producerId, firstOffset: candidate.firstOffset })
    }
    const metadata = {
      lastSequence: candidate.lastSequence,
      lastOffset: candidate.lastOffset,
      offsetDelta: candidate.lastOffset - candidate.firstOffset,
      timestampMs: candidate.maxTimestampMs,
    }
    return withBatch(before, candidate.epoch, metadata, transactionFirstOffset)
  }

  #stableWithout(update: ProducerUpdate, firstOffset: number, otherwise: number): number {
    const completed = new Set(update.completed.map((transaction) => transaction.firstOffset)).add(firstOffset)
    for (const offset of this.#ongoing.keys()) if (!completed.has(offset)) return offset
    for (const started of update.started) if (!completed.has(started.firstOffset)) return started.firstOffset
    return otherwise
  }

  apply(update: ProducerUpdate): ProducerUndo {
    const undo: ProducerUndo = { entries: new Map(), update }
    for (const [id, entry] of update.entries) {
      undo.entries.set(id, this.#producers.get(id))
      this.#producers.set(id, entry)
    }
    for (const { firstOffset, producerId } of update.started) this.#ongoing.set(firstOffset, producerId)
    for (const { firstOffset, lastOffset } of update.completed) {
      this.#ongoing.delete(firstOffset)
      this.#unreplicated.set(firstOffset, lastOffset)
    }
    return undo
  }

  /** Takes the latest `apply` back; several are undone from the last one on. */
  undo({ entries, update }: ProducerUndo): void {
    for (const { firstOffset, producerId } of update.completed) {
      this.#unreplicated.delete(firstOffset)
      this.#ongoing.set(firstOffset, producerId)
    }
    for (const { firstOffset } of update.started) this.#ongoing.delete(firstOffset)
    this.#sortOngoing()
    for (const [id, entry] of entries) {
      if (entry === undefined) this.#producers.delete(id)
      else this.#producers.set(id, entry)
    }
  }

  /** The first offset whose transaction is open or whose marker readers may not see yet; -1 when all is decided. */
  get firstUnstableOffset(): number {
    let first = this.#ongoing.keys().next().value ?? NO_OFFSET
    for (const offset of this.#unreplicated.keys()) if (first === NO_OFFSET || offset < first) first = offset
    return first
  }

  get hasUnreplicated(): boolean {
    return this.#unreplicated.size > 0
  }

  highWatermarkMoved(highWatermark: number): void {
    for (const [firstOffset, markerOffset] of this.#unreplicated) {
      if (markerOffset < highWatermark) this.#unreplicated.delete(firstOffset)
    }
  }

  /** Starts over from a snapshot. Producers that have been idle for long and have nothing open are left out. */
  load(entries: readonly ProducerEntry[], nowMs: number, expirationMs: number): void {
    this.clear()
    for (const entry of entries) {
      if (isExpired(entry, nowMs, expirationMs)) continue
      this.#producers.set(entry.producerId, entry)
      const firstOffset = entry.currentTransactionFirstOffset
      if (firstOffset !== NO_OFFSET) this.#ongoing.set(firstOffset, entry.producerId)
    }
    this.#sortOngoing()
  }

  clear(): void {
    this.#producers.clear()
    this.#ongoing.clear()
    this.#unreplicated.clear()
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [id, entry] of this.#producers) if (isExpired(entry, nowMs, expirationMs)) this.#producers.delete(id)
  }

  activeProducers(): ActiveProducer[] {
    return Array.from(this.#producers.values(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.epoch,
      lastSequence: lastSequenceOf(entry),
      lastTimestampMs: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionFirstOffset: entry.currentTransactionFirstOffset,
    }))
  }

  #sortOngoing(): void {
    this.#ongoing = new Map([...this.#ongoing].sort(([a], [b]) => a - b))
  }
}

export function emptyProducerUpdate(): ProducerUpdate {
  return { entries: new Map(), started: [], completed: [] }
}

function isExpired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean {
  return entry.currentTransactionFirstOffset === NO_OFFSET && nowMs - entry.lastTimestampMs >= expirationMs
}

function checkEpoch(candidate: ProducerBatch, before: ProducerEntry, origin: ProducerOrigin): void {
  if (candidate.epoch >= before.epoch || origin === 'replication') return
  throw new KafkaError(
    ErrorCode.INVALID_PRODUCER_EPOCH,
    `Epoch of producer ${candidate.producerId} at offset ${candidate.firstOffset} is ${candidate.epoch}, which is smaller than the last seen epoch ${before.epoch}`,
  )
}

/**
 * Since KIP-890 (transaction version 2) each transaction ends with a bumped epoch, so a marker with the epoch of an
 * open transaction's records is a zombie's, unless there is no epoch left to bump to.
 */
function checkMarkerEpoch(
  candidate: ProducerBatch,
  before: ProducerEntry,
  origin: ProducerOrigin,
  transactionVersion: number,
): void {
  if (origin === 'replication') return
  const mustBeNew =
    transactionVersion >= 2 && before.currentTransactionFirstOffset !== NO_OFFSET && candidate.epoch !== MAX_EPOCH
  if (candidate.epoch > before.epoch || (candidate.epoch === before.epoch && !mustBeNew)) return
  throw new KafkaError(
    ErrorCode.INVALID_PRODUCER_EPOCH,
    `Epoch of producer ${candidate.producerId} at offset ${candidate.firstOffset} is ${candidate.epoch}, the last seen epoch is ${before.epoch}`,
  )
}

function checkCoordinatorEpoch(coordinatorEpoch: number, before: ProducerEntry, origin: ProducerOrigin): void {
  if (before.coordinatorEpoch <= coordinatorEpoch || origin === 'replication') return
  throw new KafkaError(
    ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    `Invalid coordinator epoch for producer ${before.producerId}: ${coordinatorEpoch} (zombie), ${before.coordinatorEpoch} (current)`,
  )
}

function checkSequence(candidate: ProducerBatch, before: ProducerEntry): void {
  const { baseSequence, producerId } = candidate
  // A producer whose entry has expired, or that was never seen here, may start anywhere.
  if (before.epoch === batch.NO_PRODUCER_EPOCH) return
  if (candidate.epoch !== before.epoch) {
    if (baseSequence === 0) return
    throw new KafkaError(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `Invalid sequence number for new epoch of producer ${producerId} at offset ${candidate.firstOffset}: ${candidate.epoch} (request epoch), ${baseSequence} (seq. number), ${before.epoch} (current producer epoch)`,
    )
  }
  const expected = batch.incrementSequence(lastSequenceOf(before), 1)
  if (baseSequence === expected) return
  throw new KafkaError(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `Out of order sequence number for producer ${producerId} at offset ${candidate.firstOffset}: ${baseSequence} (incoming seq. number), ${lastSequenceOf(before)} (current end sequence number)`,
  )
}
