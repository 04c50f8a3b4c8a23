/** Segments of a log, and snapshots of the metadata log, which are batches as well. */

import { KafkaError } from '../../../protocol/errors.ts'
import { ProtocolError } from '../../../protocol/protocol-error.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { compressionName } from '../../../protocol/records/compression-type.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { decodeBatch, openRecords, type DecodedRecord as PlainRecord } from '../../../protocol/records/decode.ts'
import type { Cell, DecodedRecord } from '../../log/inspection/decoded/decoded-record.ts'
import { decodeControlRecord, type RecordDecoder } from '../../log/inspection/decoded/decoders.ts'
import { batchProblem, scanBatches } from '../../log/inspection/scan-batches.ts'
import type { LogContext } from '../../log/log-context.ts'
import { damage, type Emit, int64, type Row } from './rows.ts'

/** `batches`: their headers. `deep`: every record as well, inflated and checked. `records`: with what is in them. */
export type Depth = 'batches' | 'deep' | 'records'

/** A batch of a file that may be damaged inflates to no more than this. */
const LIMITS = { maxBytes: 256 * 1024 * 1024 }

export interface BatchFile {
  path: string
  depth: Depth
  decoder: RecordDecoder | null
}

export async function dumpBatches(context: LogContext, { path, depth, decoder }: BatchFile, emit: Emit): Promise<void> {
  const fileBytes = (await context.files.stat(path))?.sizeBytes ?? 0
  let nextOffset = -1n
  await context.openFiles.with(path, 'read', async (file) => {
    const end = await scanBatches(file, fileBytes, async ({ buffer, at, position }) => {
      const problem = batchProblem(buffer, at)
      await emit(batchRow(buffer, at, position, problem === null))
      if (problem !== null) {
        await emit(damage(position, problem))
        return
      }
      const first = buffer.readBigInt64BE(at)
      if (first < nextOffset)
        await emit(damage(position, `the batch begins at offset ${first}, behind ${nextOffset} before it`))
      nextOffset = first + BigInt(batch.lastOffsetDelta(buffer, at)) + 1n
      if (depth !== 'batches') await dumpRecords(buffer, at, position, { depth, decoder }, emit)
    })
    if (end.problem !== null) await emit(damage(end.position, end.problem))
  })
}

const TIMESTAMP_TYPES = { [-1]: 'NoTimestampType', 0: 'CreateTime', 1: 'LogAppendTime' } as const

function batchRow(buffer: Buffer, at: number, position: number, isValid: boolean): Row {
  const F = batch.BatchField
  const isLegacy = batch.magic(buffer, at) < batch.MAGIC_V2
  const baseOffset = buffer.readBigInt64BE(at)
  const delta = batch.lastOffsetDelta(buffer, at)
  const hasHorizon = batch.hasDeleteHorizon(buffer, at)
  return {
    type: 'batch',
    position,
    sizeInBytes: batch.sizeInBytes(buffer, at),
    baseOffset: int64(baseOffset),
    lastOffset: int64(baseOffset + BigInt(delta)),
    count: isLegacy ? null : batch.recordsCount(buffer, at),
    magic: batch.magic(buffer, at),
    leaderEpoch: batch.partitionLeaderEpoch(buffer, at),
    compression: codecName(buffer, at),
    timestampType: TIMESTAMP_TYPES[batch.timestampType(buffer, at)],
    baseTimestamp: hasHorizon ? null : batch.baseTimestamp(buffer, at),
    maxTimestamp: int64(batch.maxTimestampExact(buffer, at)),
    deleteHorizonMs: hasHorizon ? batch.baseTimestamp(buffer, at) : null,
    producerId: isLegacy ? -1 : int64(buffer.readBigInt64BE(at + F.PRODUCER_ID)),
    producerEpoch: batch.producerEpoch(buffer, at),
    baseSequence: batch.baseSequence(buffer, at),
    lastSequence: batch.lastSequence(buffer, at),
    isTransactional: batch.isTransactional(buffer, at),
    isControl: batch.isControlBatch(buffer, at),
    crc: batch.crc(buffer, at),
    isValid,
  }
}

function codecName(buffer: Buffer, at: number): string {
  const id = batch.attributes(buffer, at) & batch.COMPRESSION_MASK
  try {
    return compressionName(batch.compressionType(buffer, at))
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return `unknown ${id}`
  }
}

type Inside = Pick<BatchFile, 'depth' | 'decoder'>

async function dumpRecords(buffer: Buffer, at: number, position: number, inside: Inside, emit: Emit): Promise<void> {
  const decoder = batch.isControlBatch(buffer, at) ? decodeControlRecord : inside.decoder
  try {
    for (const record of recordsOf(buffer, at)) {
      const { decoded, problem } = decode(record, decoder)
      await emit(recordRow(record, inside.depth, decoded))
      if (problem)
        await emit(damage(position, `the record at offset ${record.offset} is not what this log holds: ${problem}`))
    }
  } catch (error) {
    if (!(error instanceof KafkaError) && !(error instanceof ProtocolError)) throw error
    await emit(damage(position, `a record of this batch cannot be read: ${error.message}`))
  }
}

/** One after another: a batch may inflate to many times its size. */
function* recordsOf(buffer: Buffer, at: number): Generator<PlainRecord> {
  if (batch.magic(buffer, at) < batch.MAGIC_V2) {
    yield* decodeBatch(buffer, at, LIMITS).records
    return
  }
  const cursor = openRecords(new RecordCursor(), buffer, at, LIMITS)
  const baseOffset = buffer.readBigInt64BE(at)
  const baseTimestamp = buffer.readBigInt64BE(at + batch.BatchField.BASE_TIMESTAMP)
  const appendTime = batch.timestampType(buffer, at) === batch.TimestampType.LOG_APPEND_TIME
  const baseSequence = batch.baseSequence(buffer, at)
  while (cursor.next()) {
    yield {
      offset: baseOffset + BigInt(cursor.offsetDelta),
      timestamp: appendTime
        ? batch.maxTimestampExact(buffer, at)
        : baseTimestamp + (cursor.wideTimestampDelta ?? BigInt(cursor.timestampDelta)),
      sequence: baseSequence < 0 ? -1 : batch.incrementSequence(baseSequence, cursor.offsetDelta),
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    }
  }
}

interface Decoding {
  decoded?: DecodedRecord
  problem?: string
}

function decode({ key, value }: PlainRecord, decoder: RecordDecoder | null): Decoding {
  try {
    return { decoded: decoder?.(key, value) }
  } catch (error) {
    if (!(error instanceof KafkaError) && !(error instanceof ProtocolError)) throw error
    return { problem: error.message }
  }
}

function recordRow({ key, value, headers, ...record }: PlainRecord, depth: Depth, decoded?: DecodedRecord): Row {
  const row: Row = {
    type: 'record',
    offset: int64(record.offset),
    timestamp: int64(record.timestamp),
    sequence: record.sequence,
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
  }
  if (depth !== 'records') return row
  if (decoded !== undefined) return { ...row, decoded }
  return { ...row, ...content('key', key), ...content('value', value), headers: headers.map(headerCell) }
}

const headerCell = ({ key, value }: { key: string; value: Buffer | null }) => ({ key, ...content('value', value) })

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text where the bytes are text; else base64, and `<name>Encoding` says so. */
function content(name: string, bytes: Buffer | null): { readonly [field: string]: Cell } {
  if (bytes === null) return { [name]: null }
  try {
    return { [name]: utf8.decode(bytes) }
  } catch {
    return { [name]: bytes.toString('base64'), [`${name}Encoding`]: 'base64' }
  }
}
