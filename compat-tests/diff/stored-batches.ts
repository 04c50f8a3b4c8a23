import {
  BATCH_HEADER,
  BatchField,
  LOG_OVERHEAD,
  MAGIC_V2,
  RECORD_BATCH_OVERHEAD,
} from '../../protocol/records/batch.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'

/**
 * Record batches field by field, so that a difference has a name. The check sum is only judged: it covers timestamps
 * that a broker sets by its own clock.
 */
export interface StoredBatch {
  baseOffset: bigint
  batchLength: number
  partitionLeaderEpoch: number
  magic: number
  attributes: number
  lastOffsetDelta: number
  baseTimestamp: bigint
  maxTimestamp: bigint
  producerId: bigint
  producerEpoch: number
  baseSequence: number
  recordsCount: number
  crcIsValid: boolean
  payload: string
}

/** A batch that a fetch size has cut at the end counts as the bytes it has. */
export function storedBatches(bytes: Buffer): Partial<StoredBatch>[] {
  const batches: Partial<StoredBatch>[] = []
  let at = 0
  while (at < bytes.length) {
    const end =
      bytes.length - at < LOG_OVERHEAD ? bytes.length : at + LOG_OVERHEAD + bytes.readInt32BE(at + BatchField.LENGTH)
    const isWhole = end <= bytes.length && end - at >= RECORD_BATCH_OVERHEAD
    const batch = bytes.subarray(at, Math.min(end, bytes.length))
    batches.push(isWhole && batch[BatchField.MAGIC] === MAGIC_V2 ? read(batch) : { payload: batch.toString('hex') })
    at = end
  }
  return batches
}

function read(batch: Buffer): StoredBatch {
  return {
    baseOffset: batch.readBigInt64BE(BatchField.BASE_OFFSET),
    batchLength: batch.readInt32BE(BatchField.LENGTH),
    partitionLeaderEpoch: batch.readInt32BE(BatchField.LEADER_EPOCH),
    magic: batch.readInt8(BatchField.MAGIC),
    attributes: batch.readInt16BE(BatchField.ATTRIBUTES),
    lastOffsetDelta: batch.readInt32BE(BatchField.LAST_OFFSET_DELTA),
    baseTimestamp: batch.readBigInt64BE(BatchField.BASE_TIMESTAMP),
    maxTimestamp: batch.readBigInt64BE(BatchField.MAX_TIMESTAMP),
    producerId: batch.readBigInt64BE(BatchField.PRODUCER_ID),
    producerEpoch: batch.readInt16BE(BatchField.PRODUCER_EPOCH),
    baseSequence: batch.readInt32BE(BatchField.BASE_SEQUENCE),
    recordsCount: batch.readInt32BE(BatchField.RECORDS_COUNT),
    crcIsValid: batch.readUInt32BE(BatchField.CRC) === crc32c(batch.subarray(BatchField.ATTRIBUTES)),
    payload: batch.subarray(BATCH_HEADER.span).toString('hex'),
  }
}
