/** Batches that a leader writes anew: of magic 0 or 1, or compressed otherwise than the topic wants. */
import * as batch from './batch.ts'
import { BatchBuilder, type BatchOptions } from './build.ts'
import type { CompressionType } from './compression-type.ts'
import { CompressionType as Compression } from './compression-type.ts'
import type { RecordCursor } from './cursor.ts'
import { InvalidRecordError, UnreadableRecordsError } from './errors.ts'
import { type Int64, narrow } from './layout.ts'
import {
  ensureMessageValid,
  type LegacyRecord,
  legacyRecords,
  messageHasKey,
  messageKey,
  messageValue,
} from './legacy.ts'
import {
  DEFAULT_MAX_INFLATED_BYTES,
  RecordChecks,
  type ValidatedBatch,
  type ValidationOptions,
} from './record-checks.ts'

/** The records under the cursor, which have passed every check, in a new batch. */
export function rebuild(
  bytes: Buffer,
  records: RecordCursor,
  target: CompressionType,
  options: ValidationOptions,
): ValidatedBatch {
  const F = batch.BatchField
  const producerId = bytes.readBigInt64BE(F.PRODUCER_ID)
  const batchOptions: BatchOptions = {
    producerId,
    producerEpoch: batch.producerEpoch(bytes, 0),
    baseSequence: batch.baseSequence(bytes, 0),
    isTransactional: batch.isTransactional(bytes, 0),
  }
  checkProducer(batchOptions, producerId)
  const rebuilder = new Rebuilder(target, options, batchOptions)
  const base = bytes.readBigInt64BE(F.BASE_TIMESTAMP)
  const appendTime = batch.timestampType(bytes, 0) === batch.TimestampType.LOG_APPEND_TIME
  const fixed = appendTime ? batch.maxTimestampExact(bytes, 0) : null
  while (records.next()) {
    const timestamp = fixed ?? BigInt.asIntN(64, base + (records.wideTimestampDelta ?? BigInt(records.timestampDelta)))
    rebuilder.append(timestamp, records.key(), records.value(), records.headersCount === 0 ? [] : records.headers())
  }
  return rebuilder.finish()
}

/** Kafka's builder refuses these, which is no verdict on the records. */
function checkProducer({ producerEpoch, baseSequence, isTransactional }: BatchOptions, producerId: bigint): void {
  if (producerId === -1n) {
    if (isTransactional) throw new UnreadableRecordsError('Transactional records need a producer id')
    return
  }
  if (producerEpoch === batch.NO_PRODUCER_EPOCH) throw new UnreadableRecordsError('Invalid negative producer epoch')
  if (baseSequence! < 0) throw new UnreadableRecordsError('Invalid negative sequence number used')
}

/** Messages of magic 0 and 1, one after another or one compressed, as one batch of magic 2. */
export function rebuildLegacy(
  bytes: Buffer,
  source: CompressionType,
  target: CompressionType,
  options: ValidationOptions,
): ValidatedBatch {
  const { maxInflatedBytes: maxBytes = DEFAULT_MAX_INFLATED_BYTES, maxRecordBytes } = options
  const positions: number[] = []
  for (let at = 0, next = 0; (next = batch.nextBatch(bytes, at)) !== -1; at = next) positions.push(at)
  if (source !== Compression.NONE && positions.length > 1) {
    throw new InvalidRecordError('Compressed outer record has more than one batch')
  }
  const version = batch.magic(bytes, 0)
  const rebuilder = new Rebuilder(target, options, {})
  for (const at of positions) {
    if (batch.magic(bytes, at) !== version) {
      throw new InvalidRecordError(
        `Batch magic ${batch.magic(bytes, at)} is not the same as the first batch's magic byte ${version} in topic ` +
          `partition ${options.topicPartition}`,
      )
    }
    const checks = new RecordChecks(options, batch.timestampType(bytes, at))
    const compressed = batch.compressionType(bytes, at) !== Compression.NONE
    const records = legacyRecords(bytes, at, { maxBytes, maxRecordBytes })
    records.forEach((record, index) => {
      if (acceptsLegacy(checks, record, index, version, compressed, options)) {
        const key = messageKey(record.buffer, record.position)
        rebuilder.append(record.timestamp, key, messageValue(record.buffer, record.position), [])
      }
    })
    checks.finish()
  }
  return rebuilder.finish()
}

function acceptsLegacy(
  checks: RecordChecks,
  { buffer, position, timestamp, offset }: LegacyRecord,
  index: number,
  version: number,
  compressed: boolean,
  { topicPartition }: ValidationOptions,
): boolean {
  if (batch.magic(buffer, position) !== version) {
    return checks.refuse(
      index,
      `Record's magic does not match outer magic ${version} in topic partition ${topicPartition}`,
    )
  }
  // The checksum of an uncompressed message is the batch's, which has been compared already.
  if (compressed) ensureMessageValid(buffer, position)
  return checks.accepts(index, messageHasKey(buffer, position), narrow(timestamp), offset)
}

/** A batch from offset 0 on, to be moved by `assignOffsets`. */
class Rebuilder {
  private readonly builder: BatchBuilder
  private readonly options: ValidationOptions
  private maxTimestamp: Int64 = batch.NO_TIMESTAMP

  constructor(compression: CompressionType, options: ValidationOptions, batchOptions: BatchOptions) {
    this.options = options
    this.builder = new BatchBuilder({ ...batchOptions, compression, level: options.compressionLevel })
  }

  append(
    timestamp: bigint,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly { key: string; value: Buffer | null }[],
  ): void {
    if (timestamp < -1n) throw new UnreadableRecordsError(`Invalid negative timestamp ${timestamp}`)
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.builder.append({ timestamp, key, value, headers })
  }

  finish(): ValidatedBatch {
    return {
      bytes: this.builder.build(),
      recordsCount: this.builder.count,
      maxTimestampMs: Number(this.maxTimestamp),
      takesAppendTime: this.options.timestampType === batch.TimestampType.LOG_APPEND_TIME,
      rebuilt: true,
    }
  }
}
