import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../../protocol/records/index-entries.ts'
import { lastSequenceOf, NO_OFFSET, type ProducerEntry } from './producer-entry.ts'

/**
 * A `.snapshot` file: the producers of a log up to the offset in the file's name. Of each producer's last batches only
 * the newest is kept, as in Kafka, so a duplicate of an older one is refused as out of order after a restart.
 */
export function formatProducerSnapshot(producers: Iterable<ProducerEntry>): Buffer {
  return encodeProducerSnapshot(
    Array.from(producers, (producer) => {
      const last = producer.batches.at(-1)
      return {
        producerId: producer.producerId,
        epoch: producer.epoch,
        lastSequence: lastSequenceOf(producer),
        lastOffset: last?.lastOffset ?? NO_OFFSET,
        offsetDelta: last?.offsetDelta ?? 0,
        timestamp: producer.lastTimestampMs,
        coordinatorEpoch: producer.coordinatorEpoch,
        currentTxnFirstOffset: producer.currentTransactionFirstOffset,
      }
    }),
  )
}

/** Throws `CorruptRecordError` for anything that is not a whole snapshot. */
export function parseProducerSnapshot(bytes: Buffer): ProducerEntry[] {
  return decodeProducerSnapshot(bytes).map((entry) => ({
    producerId: entry.producerId,
    epoch: entry.epoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    lastTimestampMs: entry.timestamp,
    currentTransactionFirstOffset: entry.currentTxnFirstOffset,
    // A producer of which only markers were seen has no batch.
    batches: entry.lastOffset < 0 ? [] : [lastBatch(entry)],
  }))
}

function lastBatch(entry: { lastSequence: number; lastOffset: number; offsetDelta: number; timestamp: number }) {
  const { lastSequence, lastOffset, offsetDelta, timestamp: timestampMs } = entry
  return { lastSequence, lastOffset, offsetDelta, timestampMs }
}
