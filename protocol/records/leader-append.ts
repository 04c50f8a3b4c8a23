/**
 * A leader's judgement of records that are sent to it, with Apache's verdicts: UnifiedLog.analyzeAndValidateRecords,
 * then LogValidator. Validation knows nothing of offsets, so it can run aside (a large compressed batch inflates in a
 * worker); `assignOffsets` is the cheap step that must happen in the log's order.
 */
import * as batch from './batch.ts'
import { type Inflated, inflate } from './compression.ts'
import { CompressionType } from './compression-type.ts'
import { RecordCursor } from './cursor.ts'
import {
  CorruptRecordError,
  InvalidRecordError,
  RecordTooLargeError,
  UnreadableRecordsError,
  UnsupportedCompressionTypeError,
} from './errors.ts'
import { type Int64, narrow } from './layout.ts'
import { rebuild, rebuildLegacy } from './rebuild.ts'
import {
  DEFAULT_MAX_INFLATED_BYTES,
  RecordChecks,
  type ValidatedBatch,
  type ValidationOptions,
} from './record-checks.ts'

export { RecordValidationError } from './errors.ts'
export type { ValidatedBatch, ValidationOptions } from './record-checks.ts'

/** Where large batches inflate beside the loop; `Compute` of src/env is one. */
export interface Inflater {
  worthIt(bytes: number): boolean
  decompress(type: CompressionType, bytes: Uint8Array, options: { magic: number; maxBytes: number }): Promise<Buffer>
}

const FIRST_ZSTD_VERSION = 7

/**
 * Checks the records of a Produce request of this version (3 or later) for one partition: exactly one batch, of magic
 * 2, and zstd from version 7 on (KIP-110). Throws the typed error that its partition is answered with.
 */
export function checkProduceRecords(apiVersion: number, records: Buffer): void {
  const next = batch.nextBatch(records, 0)
  if (next === -1) {
    throw new InvalidRecordError(
      `Produce requests with version ${apiVersion} must have at least one record batch per partition`,
    )
  }
  if (batch.magic(records, 0) !== batch.MAGIC_V2) {
    throw new InvalidRecordError(
      `Produce requests with version ${apiVersion} are only allowed to contain record batches with magic version 2`,
    )
  }
  if (apiVersion < FIRST_ZSTD_VERSION && batch.compressionType(records, 0) === CompressionType.ZSTD) {
    throw new UnsupportedCompressionTypeError(
      `Produce requests with version ${apiVersion} are not allowed to use ZStandard compression`,
    )
  }
  if (batch.nextBatch(records, next) !== -1) {
    throw new InvalidRecordError(
      `Produce requests with version ${apiVersion} are only allowed to contain exactly one record batch per partition`,
    )
  }
}

/**
 * Validates what a leader is asked to append; null when the bytes hold no whole batch, of which Kafka appends nothing.
 * Patches `records` in place. Throws `KafkaError`s, `RecordValidationError` among them. With an inflater, a compressed
 * batch that is worth it is inflated there, and a promise is returned.
 */
export function validateLeaderAppend(records: Buffer, options: ValidationOptions): ValidatedBatch | null
export function validateLeaderAppend(
  records: Buffer,
  options: ValidationOptions,
  inflater: Inflater,
): ValidatedBatch | null | Promise<ValidatedBatch | null>
export function validateLeaderAppend(
  records: Buffer,
  options: ValidationOptions,
  inflater?: Inflater,
): ValidatedBatch | null | Promise<ValidatedBatch | null> {
  const found = analyze(records, options)
  if (found.validBytes === 0) return null
  const source = found.compression
  const target = options.compression === 'producer' ? source : options.compression
  const bytes = found.validBytes === records.length ? records : records.subarray(0, found.validBytes)
  if (batch.magic(bytes, 0) < batch.MAGIC_V2) {
    return checkRebuiltSize(rebuildLegacy(bytes, source, target, options), options)
  }
  if (found.batches > 1) throw new InvalidRecordError('Compressed outer record has more than one batch')
  checkBatch(bytes, options)
  // Control records stay as they were written.
  const inPlace = source === target || (source === CompressionType.NONE && batch.isControlBatch(bytes, 0))
  if (source === CompressionType.NONE) return judge(bytes, options, target, inPlace, plainRecords(bytes))

  const limits = { magic: batch.MAGIC_V2, maxBytes: maxInflatedBytes(bytes, options) }
  const payload = bytes.subarray(batch.RECORD_BATCH_OVERHEAD)
  const resume = (inflated: Inflated): ValidatedBatch =>
    judge(bytes, options, target, inPlace, inflatedRecords(bytes, inflated, inPlace, options.maxRecordBytes))
  if (inflater === undefined || !inflater.worthIt(payload.length)) {
    try {
      return resume(inflate(source, payload, limits))
    } catch (error) {
      throw tooLongOrTooLarge(error, bytes, options)
    }
  }
  return inflater.decompress(source, payload, limits).then(
    (inflated) => resume({ bytes: inflated, failure: null }),
    (error: unknown) => {
      // The verdict on a broken stream depends on what can still be read of it, which a rejection does not carry.
      if (error instanceof UnreadableRecordsError) return resume(inflate(source, payload, limits))
      throw tooLongOrTooLarge(error, bytes, options)
    },
  )
}

/** Where a batch was put. */
export interface AssignedOffsets {
  firstOffset: number
  lastOffset: number
  /** -1 unless the topic stamps the time of appending. */
  logAppendTimeMs: number
}

/**
 * Gives the batch its place in the log: offsets from `nextOffset`, the leader's epoch and, if the topic wants, the
 * time.
 */
export function assignOffsets(
  validated: ValidatedBatch,
  { nextOffset, leaderEpoch, nowMs }: { nextOffset: number; leaderEpoch: number; nowMs: number },
): AssignedOffsets {
  const { bytes, recordsCount, takesAppendTime } = validated
  const lastOffset = nextOffset + recordsCount - 1
  batch.setLastOffset(bytes, 0, lastOffset)
  batch.setPartitionLeaderEpoch(bytes, 0, leaderEpoch)
  if (!takesAppendTime) return { firstOffset: nextOffset, lastOffset, logAppendTimeMs: batch.NO_TIMESTAMP }
  batch.setMaxTimestamp(bytes, 0, batch.TimestampType.LOG_APPEND_TIME, nowMs)
  validated.maxTimestampMs = nowMs
  return { firstOffset: nextOffset, lastOffset, logAppendTimeMs: nowMs }
}

interface Analysis {
  validBytes: number
  batches: number
  /** The codec of the last compressed batch, as the leader path has one batch when it is compressed. */
  compression: CompressionType
}

/** Judges the headers alone: sizes, checksums, the offset a client must start at. */
function analyze(records: Buffer, options: ValidationOptions): Analysis {
  const found: Analysis = { validBytes: 0, batches: 0, compression: CompressionType.NONE }
  for (let at = 0, next = 0; (next = batch.nextBatch(records, at)) !== -1; at = next) {
    const size = next - at
    if (batch.magic(records, at) >= batch.MAGIC_V2) {
      if (options.origin === 'client' && !startsAtZero(records, at)) {
        const offset = records.readBigInt64BE(at)
        throw new InvalidRecordError(
          `The baseOffset of the record batch in the append to ${options.topicPartition} should be 0, but it is ${offset}`,
        )
      }
      // Kafka reads the last offset before it knows that the header is whole, and fails without a verdict.
      if (size < batch.BatchField.BASE_TIMESTAMP) throw new UnreadableRecordsError('The batch ends inside its header')
    }
    if (size > options.maxMessageBytes) {
      throw new RecordTooLargeError(
        `The record batch size in the append to ${options.topicPartition} is ${size} bytes which exceeds the maximum ` +
          `configured value of ${options.maxMessageBytes}.`,
      )
    }
    if (!batch.isValid(records, at)) {
      throw new CorruptRecordError(
        `Record is corrupt (stored crc = ${batch.crc(records, at)}) in topic partition ${options.topicPartition}.`,
      )
    }
    const compression = batch.compressionType(records, at)
    if (compression !== CompressionType.NONE) found.compression = compression
    found.validBytes = next
    found.batches++
  }
  return found
}

function startsAtZero(records: Buffer, at: number): boolean {
  return records.readInt32BE(at) === 0 && records.readInt32BE(at + 4) === 0
}

/** LogValidator.validateBatch, for magic 2. */
function checkBatch(bytes: Buffer, { origin, topicPartition }: ValidationOptions): void {
  if (origin !== 'client') return
  const where = `in topic partition ${topicPartition}`
  const countFromOffsets = batch.lastOffsetDelta(bytes, 0) + 1
  const count = batch.recordsCount(bytes, 0)
  if (countFromOffsets <= 0) {
    throw new InvalidRecordError(`Batch has an invalid offset range: [0, ${countFromOffsets - 1}] ${where}`)
  }
  if (count <= 0) throw new InvalidRecordError(`Invalid reported count for record batch: ${count} ${where}`)
  if (countFromOffsets !== count) {
    throw new InvalidRecordError(
      `Inconsistent batch offset range [0, ${countFromOffsets - 1}] and count of records ${count} ${where}`,
    )
  }
  if (batch.isControlBatch(bytes, 0)) {
    throw new InvalidRecordError(`Clients are not allowed to write control records ${where}`)
  }
  const sequence = batch.baseSequence(bytes, 0)
  if (batch.hasProducerId(bytes, 0) && sequence < 0) {
    const id = bytes.readBigInt64BE(batch.BatchField.PRODUCER_ID)
    throw new InvalidRecordError(`Invalid sequence number ${sequence} in record batch with producerId ${id} ${where}`)
  }
}

/** One cursor for all validations: each runs from beginning to end without a break. */
const cursor = new RecordCursor()

function plainRecords(bytes: Buffer): RecordCursor {
  return cursor.reset(bytes, batch.RECORD_BATCH_OVERHEAD, bytes.length, batch.recordsCount(bytes, 0))
}

/** A varint of 32 bits. */
const MAX_LENGTH_BYTES = 5

/** The records cannot take more than as many as there are of the longest allowed. */
const longestRecordsBytes = (bytes: Buffer, maxRecordBytes = Number.POSITIVE_INFINITY): number =>
  batch.recordsCount(bytes, 0) * (maxRecordBytes + MAX_LENGTH_BYTES)

const maxInflatedBytes = (bytes: Buffer, options: ValidationOptions): number =>
  Math.min(options.maxInflatedBytes ?? DEFAULT_MAX_INFLATED_BYTES, longestRecordsBytes(bytes, options.maxRecordBytes))

/** More than the records may take is for Kafka, which inflates as a stream, one of them that is too long. */
function tooLongOrTooLarge(error: unknown, bytes: Buffer, options: ValidationOptions): unknown {
  const { maxRecordBytes } = options
  if (!(error instanceof RecordTooLargeError) || maxRecordBytes === undefined) return error
  if (maxInflatedBytes(bytes, options) < longestRecordsBytes(bytes, maxRecordBytes)) return error
  return new InvalidRecordError(
    `The records are larger than ${batch.recordsCount(bytes, 0)} of the configured maximum record size of ${maxRecordBytes}.`,
  )
}

/** Where the batch may stay as it is, Kafka reads neither keys nor values. */
function inflatedRecords(
  bytes: Buffer,
  { bytes: inflated, failure }: Inflated,
  inPlace: boolean,
  maxRecordBytes: number | undefined,
): RecordCursor {
  const count = batch.recordsCount(bytes, 0)
  return cursor.reset(inflated, 0, inflated.length, count, inPlace ? 'skipping' : 'inflated', failure, maxRecordBytes)
}

/** Walks over the records and decides whether the batch stays as it is. */
function judge(
  bytes: Buffer,
  options: ValidationOptions,
  target: CompressionType,
  inPlace: boolean,
  records: RecordCursor,
): ValidatedBatch {
  const { maxTimestamp, consecutive, count } = findings(bytes, options, records)
  if (!inPlace) return checkRebuiltSize(rebuild(bytes, records.rewind(), target, options), options)
  if (!consecutive && batch.compressionType(bytes, 0) !== CompressionType.NONE) {
    // Kafka would write the batch anew, but has skipped what it would have to write. Of an uncompressed batch it never
    // looks at the deltas.
    throw new UnreadableRecordsError('The offsets inside the compressed batch are not consecutive')
  }
  const takesAppendTime = options.timestampType === batch.TimestampType.LOG_APPEND_TIME
  if (!takesAppendTime) batch.setMaxTimestamp(bytes, 0, batch.TimestampType.CREATE_TIME, maxTimestamp)
  return { bytes, recordsCount: count, maxTimestampMs: Number(maxTimestamp), takesAppendTime, rebuilt: false }
}

interface Findings {
  maxTimestamp: Int64
  /** Offset deltas are 0, 1, 2, … */
  consecutive: boolean
  count: number
}

/** Throws `RecordValidationError` if any record is refused. */
function findings(bytes: Buffer, options: ValidationOptions, records: RecordCursor): Findings {
  const timestampType = batch.timestampType(bytes, 0)
  const checks = new RecordChecks(options, timestampType)
  const appendTime = timestampType === batch.TimestampType.LOG_APPEND_TIME ? fixedTimestamp(bytes) : null
  const base = batch.baseTimestamp(bytes, 0)
  const wideBase = !Number.isSafeInteger(base)
  const scan = appendTime === null && !wideBase ? records.scan() : null
  if (scan !== null) {
    const latest = base + scan.maxTimestampDelta
    if (checks.acceptsAll(base + scan.minTimestampDelta, latest, scan.hasNullKey)) {
      const maxTimestamp = Math.max(batch.NO_TIMESTAMP, latest)
      return { maxTimestamp, consecutive: scan.consecutive, count: batch.recordsCount(bytes, 0) }
    }
  }

  const found: Findings = { maxTimestamp: batch.NO_TIMESTAMP, consecutive: true, count: 0 }
  while (records.next()) {
    const { count } = found
    const timestamp =
      appendTime ??
      (wideBase || records.wideTimestampDelta !== null ? exactTimestamp(bytes, records) : base + records.timestampDelta)
    const accepted = checks.accepts(count, records.keyLength >= 0, timestamp, records.offsetDelta)
    if (accepted && timestamp > found.maxTimestamp) found.maxTimestamp = timestamp
    if (records.offsetDelta !== count) found.consecutive = false
    found.count++
  }
  checks.finish()
  return found
}

/** In a batch of LogAppendTime every record has the batch's time. */
function fixedTimestamp(bytes: Buffer): Int64 {
  return narrow(batch.maxTimestampExact(bytes, 0))
}

function exactTimestamp(bytes: Buffer, { timestampDelta, wideTimestampDelta }: RecordCursor): Int64 {
  const base = bytes.readBigInt64BE(batch.BatchField.BASE_TIMESTAMP)
  return narrow(BigInt.asIntN(64, base + (wideTimestampDelta ?? BigInt(timestampDelta))))
}

function checkRebuiltSize(validated: ValidatedBatch, { maxMessageBytes }: ValidationOptions): ValidatedBatch {
  const size = validated.bytes.length
  if (size <= maxMessageBytes) return validated
  throw new RecordTooLargeError(
    `Message batch size is ${size} bytes, which exceeds the maximum configured size of ${maxMessageBytes}.`,
  )
}
