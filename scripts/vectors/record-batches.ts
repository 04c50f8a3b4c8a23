import assert from 'node:assert/strict'
import * as batch from '../../protocol/records/batch.ts'
import { type BatchOptions, buildBatch, buildEmptyBatch, type RecordToWrite } from '../../protocol/records/build.ts'
import { buildLegacy } from '../../protocol/records/build-legacy.ts'
import { type CompressionType, compressionTypeOf } from '../../protocol/records/compression.ts'
import {
  ControlRecordType,
  controlTypeName,
  controlTypeOf,
  decodeEndTxnMarker,
} from '../../protocol/records/control.ts'
import { RecordCursor } from '../../protocol/records/cursor.ts'
import { type DecodedBatch, type DecodedRecord, decodeBatches, openRecords } from '../../protocol/records/decode.ts'
import { assignOffsets, validateLeaderAppend } from '../../protocol/records/leader-append.ts'
import type { VectorFolder } from './folder.ts'
import type { Report } from './report.ts'
import { exceptionName, verdict } from './verdict.ts'

interface BatchVector {
  readonly name: string
  readonly hex: string
  readonly decoded: object | object[]
  /** The bytes that a leader writes, by timestamp type; `createTimeError` and `logAppendTimeError` where it refuses. */
  readonly stored?: Readonly<Record<string, string>>
}

/** Record batches: decoded, written back, and as a leader stores them. */
export function check(folder: VectorFolder, report: Report): void {
  for (const vector of (folder.load('RecordBatches') ?? []) as BatchVector[]) {
    const bytes = Buffer.from(vector.hex, 'hex')
    report.check('record batches', vector.name, () => checkBatches(vector, bytes))
    for (const type of ['createTime', 'logAppendTime'] as const) {
      if (vector.stored === undefined) continue
      report.check('stored batches', `${vector.name} ${type}`, () =>
        checkStored(vector.stored!, type, Buffer.from(bytes)),
      )
    }
  }
}

function checkBatches(vector: BatchVector, bytes: Buffer): void {
  const batches = decodeBatches(bytes)
  const shown = batches.map(show)
  assert.deepStrictEqual(shown.length === 1 ? shown[0] : shown, vector.decoded)
  for (const decoded of batches) {
    const original = bytes.subarray(decoded.position, decoded.position + decoded.sizeInBytes)
    const rebuilt = rebuild(decoded, original)
    if (decoded.compression === 'none') {
      assert.equal(rebuilt.toString('hex'), original.toString('hex'), 're-encoded bytes')
      continue
    }
    // Codecs differ between libraries: what must be the same is what is read.
    const [again] = decodeBatches(rebuilt)
    assert.deepStrictEqual(withoutSize(again), withoutSize(decoded))
  }
}

/** A batch as the vectors write it. */
export function show(decoded: DecodedBatch): object {
  const v2 = decoded.magic === batch.MAGIC_V2
  const header = {
    baseOffset: String(decoded.baseOffset),
    lastOffset: String(decoded.lastOffset),
    nextOffset: String(decoded.lastOffset + 1n),
    sizeInBytes: decoded.sizeInBytes,
    magic: decoded.magic,
    attributes: decoded.attributes,
    compression: decoded.compression,
    timestampType: decoded.timestampType,
    maxTimestamp: String(decoded.maxTimestamp),
    crc: decoded.crc,
  }
  const records = decoded.records.map((record) => showRecord(decoded, record))
  if (!v2) return { ...header, isControl: false, records }
  return {
    ...header,
    leaderEpoch: decoded.leaderEpoch,
    lastOffsetDelta: decoded.lastOffsetDelta,
    baseTimestamp: String(decoded.baseTimestamp),
    producerId: String(decoded.producerId),
    producerEpoch: decoded.producerEpoch,
    baseSequence: decoded.baseSequence,
    lastSequence: decoded.lastSequence,
    isTransactional: decoded.isTransactional,
    isControl: decoded.isControl,
    count: decoded.count,
    deleteHorizonMs: decoded.deleteHorizonMs === null ? null : String(decoded.deleteHorizonMs),
    records,
  }
}

function showRecord(decoded: DecodedBatch, record: DecodedRecord): object {
  const shown: Record<string, unknown> = { offset: String(record.offset), timestamp: String(record.timestamp) }
  if (decoded.producerId >= 0n) shown.sequence = record.sequence
  shown.key = base64(record.key)
  shown.value = base64(record.value)
  if (record.headers.length > 0) shown.headers = record.headers.map(({ key, value }) => ({ key, value: base64(value) }))
  if (decoded.isControl) {
    const type = controlTypeOf(record.key)
    shown.control = controlTypeName(type)
    if (type === ControlRecordType.COMMIT || type === ControlRecordType.ABORT) {
      shown.coordinatorEpoch = decodeEndTxnMarker(record.value!).coordinatorEpoch
    }
  }
  return shown
}

function base64(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('base64')
}

/** The batch built anew from what was decoded; `original` is its bytes. */
export function rebuild(decoded: DecodedBatch, original: Buffer): Buffer {
  const compression = compressionTypeOf(decoded.compression) as CompressionType
  const baseOffset = decoded.baseOffset
  const logAppendTimeMs = decoded.timestampType === 'LogAppendTime' ? decoded.maxTimestamp : undefined
  if (decoded.magic !== batch.MAGIC_V2) {
    return buildLegacy({ magic: decoded.magic as 0 | 1, baseOffset, compression, logAppendTimeMs }, decoded.records)
  }
  const options: BatchOptions = {
    baseOffset,
    lastOffset: decoded.lastOffset,
    compression,
    logAppendTimeMs,
    producerId: decoded.producerId,
    producerEpoch: decoded.producerEpoch,
    baseSequence: decoded.baseSequence,
    isTransactional: decoded.isTransactional,
    isControl: decoded.isControl,
    partitionLeaderEpoch: decoded.leaderEpoch,
    deleteHorizonMs: decoded.deleteHorizonMs ?? undefined,
  }
  if (decoded.count === 0) {
    const { lastOffset, maxTimestamp } = decoded
    return buildEmptyBatch({ ...options, lastOffset, maxTimestamp })
  }
  return buildBatch(options, originalRecords(decoded, original))
}

/** The records as they were appended: with their own timestamps, also where the batch's type hides them. */
function* originalRecords(decoded: DecodedBatch, original: Buffer): Generator<RecordToWrite> {
  const cursor = openRecords(new RecordCursor(), original, 0)
  while (cursor.next()) {
    yield {
      offset: decoded.baseOffset + BigInt(cursor.offsetDelta),
      timestamp: decoded.baseTimestamp + (cursor.wideTimestampDelta ?? BigInt(cursor.timestampDelta)),
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    }
  }
}

/**
 * As the vectors were made: next offset 1000, leader epoch 7, the clock at 1700000099999, compression.type=producer.
 */
const NEXT_OFFSET = 1000
const LEADER_EPOCH = 7
const NOW_MS = 1_700_000_099_999

function checkStored(
  stored: Readonly<Record<string, string>>,
  type: 'createTime' | 'logAppendTime',
  bytes: Buffer,
): void {
  const refused = verdict(() => {
    const validated = validateLeaderAppend(bytes, {
      origin: 'client',
      topicPartition: 't-0',
      compression: 'producer',
      compacted: false,
      timestampType: type === 'createTime' ? batch.TimestampType.CREATE_TIME : batch.TimestampType.LOG_APPEND_TIME,
      timestampBeforeMaxMs: Infinity,
      timestampAfterMaxMs: Infinity,
      nowMs: NOW_MS,
      maxMessageBytes: Infinity,
    })
    assert.ok(validated, 'there is a batch to store')
    assignOffsets(validated, { nextOffset: NEXT_OFFSET, leaderEpoch: LEADER_EPOCH, nowMs: NOW_MS })
    // A batch that stays in place keeps a torn one behind it too, which the log cuts off only later.
    const written = validated.rebuilt ? validated.bytes : bytes
    assert.equal(written.toString('hex'), stored[type], 'stored bytes')
  })
  assert.equal(refused?.exception, exceptionName(stored[`${type}Error`]))
}

function withoutSize(decoded: DecodedBatch): object {
  return { ...decoded, position: 0, sizeInBytes: 0, crc: 0 }
}
