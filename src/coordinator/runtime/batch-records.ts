import {
  baseOffset,
  ensureValid,
  isControlBatch,
  isTransactional,
  MAGIC_V2,
  magic,
  NO_PRODUCER_ID,
  nextBatch,
  producerId,
} from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { compressionTypeOfId } from '../../../protocol/records/compression-type.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { decodeBatch, openRecords } from '../../../protocol/records/decode.ts'
import type { TransactionalProducer } from './effects.ts'
import type { EncodedRecord, TransactionMarker } from './shard.ts'

export { RECORD_BATCH_OVERHEAD as BATCH_OVERHEAD_BYTES } from '../../../protocol/records/batch.ts'

/** Lengths, deltas and attributes of a record without headers, at their longest. */
const MAX_RECORD_OVERHEAD_BYTES = 32

/** The most that a record can take up in a batch without compression. */
export function recordBytes({ key, value }: EncodedRecord): number {
  return MAX_RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0)
}

/** A record with the time at which it came to be, in milliseconds. */
export interface TimedRecord extends EncodedRecord {
  readonly timestamp: number
}

/**
 * One batch, whose offsets count from 0: the log gives it its place. A transactional one has sequences from 0 on, as
 * Kafka's coordinators write it; nobody checks them.
 */
export function encodeBatch(
  records: readonly TimedRecord[],
  compressionTypeId: number,
  producer: TransactionalProducer | null = null,
  baseSequence?: number,
): Buffer {
  const compression = compressionTypeOfId(compressionTypeId)
  if (producer === null) return buildBatch({ compression, baseSequence }, records)
  const { producerId, producerEpoch } = producer
  return buildBatch({ compression, producerId, producerEpoch, baseSequence: 0, isTransactional: true }, records)
}

/** The control batch that ends a transaction. */
export function encodeMarker(marker: TransactionMarker, timestampMs: number): Buffer {
  const { producerId, producerEpoch, coordinatorEpoch, committed } = marker
  const type = committed ? ControlRecordType.COMMIT : ControlRecordType.ABORT
  return buildEndTxnMarker({ type, producerId, producerEpoch, coordinatorEpoch, timestampMs })
}

export interface RecordVisitor {
  /** `producerId` is -1 outside of transactions. */
  record(offset: number, producerId: bigint, key: Buffer | null, value: Buffer | null): void
  endTransaction(producerId: bigint, committed: boolean): void
}

/** The key of a control record is its version and its type, both int16. */
const CONTROL_TYPE_POSITION = 2
const CONTROL_TYPE_ABORT = 0
const CONTROL_TYPE_COMMIT = 1

/** Visits what whole batches hold, from `fromOffset` on. Throws `CorruptRecordError` for a batch that was damaged. */
export function forEachRecord(buffer: Buffer, fromOffset: number, visitor: RecordVisitor): void {
  const cursor = new RecordCursor()
  for (let at = 0, next = nextBatch(buffer, 0); next !== -1; at = next, next = nextBatch(buffer, at)) {
    ensureValid(buffer, at)
    if (magic(buffer, at) < MAGIC_V2) visitLegacyBatch(buffer, at, fromOffset, visitor)
    else visitBatch(cursor, buffer, at, fromOffset, visitor)
  }
}

function visitBatch(
  cursor: RecordCursor,
  buffer: Buffer,
  at: number,
  fromOffset: number,
  visitor: RecordVisitor,
): void {
  const isControl = isControlBatch(buffer, at)
  const id = BigInt(isControl || isTransactional(buffer, at) ? producerId(buffer, at) : NO_PRODUCER_ID)
  openRecords(cursor, buffer, at)
  while (cursor.next()) {
    const offset = baseOffset(buffer, at) + cursor.offsetDelta
    if (offset < fromOffset) continue
    const key = cursor.key()
    if (!isControl) {
      visitor.record(offset, id, key, cursor.value())
      continue
    }
    const type = key?.readInt16BE(CONTROL_TYPE_POSITION)
    if (type === CONTROL_TYPE_COMMIT || type === CONTROL_TYPE_ABORT) {
      visitor.endTransaction(id, type === CONTROL_TYPE_COMMIT)
    }
  }
}

/** Batches of brokers before 0.11: no transactions. */
function visitLegacyBatch(buffer: Buffer, at: number, fromOffset: number, visitor: RecordVisitor): void {
  for (const { offset, key, value } of decodeBatch(buffer, at).records) {
    if (offset >= fromOffset) visitor.record(Number(offset), BigInt(NO_PRODUCER_ID), key, value)
  }
}
