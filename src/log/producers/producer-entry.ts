/**
 * A log's memory of one idempotent producer. Entries never change: an append makes a new one, so that the entries
 * before it are at hand when the write fails and the append has to be undone.
 */
import { decrementSequence, NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP } from '../../../protocol/records/batch.ts'

/** The producer's client keeps at most five requests in flight: a duplicate is one of the last five batches. */
const BATCHES_TO_RETAIN = 5

export const NO_OFFSET = -1

export interface BatchMetadata {
  readonly lastSequence: number
  readonly lastOffset: number
  readonly offsetDelta: number
  readonly timestampMs: number
}

export interface ProducerEntry {
  readonly producerId: number
  readonly epoch: number
  readonly coordinatorEpoch: number
  readonly lastTimestampMs: number
  /** -1 outside a transaction. */
  readonly currentTransactionFirstOffset: number
  /** Oldest first; all of the entry's epoch. */
  readonly batches: readonly BatchMetadata[]
}

export function emptyProducerEntry(producerId: number): ProducerEntry {
  return {
    producerId,
    epoch: NO_PRODUCER_EPOCH,
    coordinatorEpoch: -1,
    lastTimestampMs: NO_TIMESTAMP,
    currentTransactionFirstOffset: NO_OFFSET,
    batches: [],
  }
}

export function firstOffsetOf(batch: BatchMetadata): number {
  return batch.lastOffset - batch.offsetDelta
}

export function lastSequenceOf(entry: ProducerEntry): number {
  return entry.batches.at(-1)?.lastSequence ?? NO_SEQUENCE
}

/** The batch that a retry with these numbers repeats. */
export function findDuplicate(
  entry: ProducerEntry,
  epoch: number,
  baseSequence: number,
  lastSequence: number,
): BatchMetadata | undefined {
  if (entry.epoch !== epoch) return undefined
  return entry.batches.find(
    (batch) =>
      batch.lastSequence === lastSequence && decrementSequence(batch.lastSequence, batch.offsetDelta) === baseSequence,
  )
}

export function withBatch(
  entry: ProducerEntry,
  epoch: number,
  batch: BatchMetadata,
  transactionFirstOffset: number,
): ProducerEntry {
  const kept = entry.epoch === epoch ? entry.batches.slice(-(BATCHES_TO_RETAIN - 1)) : []
  return {
    producerId: entry.producerId,
    epoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    lastTimestampMs: batch.timestampMs,
    currentTransactionFirstOffset: transactionFirstOffset,
    batches: [...kept, batch],
  }
}

/** After a COMMIT or ABORT marker. */
export function withMarker(
  entry: ProducerEntry,
  epoch: number,
  coordinatorEpoch: number,
  timestampMs: number,
): ProducerEntry {
  return {
    producerId: entry.producerId,
    epoch,
    coordinatorEpoch,
    lastTimestampMs: timestampMs,
    currentTransactionFirstOffset: NO_OFFSET,
    batches: entry.epoch === epoch ? entry.batches : [],
  }
}
