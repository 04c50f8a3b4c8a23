import * as batch from '../../../protocol/records/batch.ts'
import { endTransactionMarker } from './control-record.ts'
import type { ProducerBatch } from './producer-state.ts'

/** The facts of the batch at `position` for producer state; null when it has no producer, or nothing to say. */
export function producerBatch(buffer: Buffer, position: number): ProducerBatch | null {
  if (!batch.hasProducerId(buffer, position)) return null
  const isControl = batch.isControlBatch(buffer, position)
  const marker = isControl ? endTransactionMarker(buffer, position) : null
  // Compaction leaves an empty control batch where a whole transaction has gone.
  if (isControl && marker === null) return null
  return {
    producerId: batch.producerId(buffer, position),
    epoch: batch.producerEpoch(buffer, position),
    baseSequence: batch.baseSequence(buffer, position),
    lastSequence: batch.lastSequence(buffer, position),
    firstOffset: batch.baseOffset(buffer, position),
    lastOffset: batch.lastOffset(buffer, position),
    maxTimestampMs: batch.maxTimestamp(buffer, position),
    isTransactional: batch.isTransactional(buffer, position),
    marker,
  }
}
