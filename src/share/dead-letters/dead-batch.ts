/** The batch of a dead-letter queue: one record for each that was given up, with headers that say what became of it. */

import { RECORD_BATCH_OVERHEAD } from '../../../protocol/records/batch.ts'
import { BatchBuilder } from '../../../protocol/records/build.ts'
import type { RecordHeader } from '../../../protocol/records/cursor.ts'
import { sizeOfVarint, sizeOfVarlong } from '../../../protocol/records/varint.ts'
import type { DeadRecords } from '../partition/share-partition.ts'

export interface OriginalRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

export interface DeadOrigin extends DeadRecords {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
}

const CAUSES: Readonly<Record<DeadRecords['cause'], string>> = {
  rejected: 'Offset rejected by client.',
  'delivered too often': 'Offset delivery count exceeded the threshold.',
}

/** As many of the records as fit, and at least the first; the last offset that is among them. */
export function buildDeadBatch(
  origin: DeadOrigin,
  originals: ReadonlyMap<number, OriginalRecord>,
  maxBytes: number,
  nowMs: number,
): { batch: Buffer; lastOffset: number } {
  const builder = new BatchBuilder({})
  let sizeBytes = RECORD_BATCH_OVERHEAD
  let offset = origin.firstOffset
  do {
    const { key = null, value = null } = originals.get(offset) ?? {}
    const headers = headersOf(origin, offset)
    sizeBytes += sizeOfRecord(builder.count, key, value, headers)
    if (sizeBytes > maxBytes && builder.count > 0) break
    builder.append({ timestamp: nowMs, key, value, headers })
    offset++
  } while (offset <= origin.lastOffset)
  return { batch: builder.build(), lastOffset: offset - 1 }
}

function headersOf({ topic, partition, groupId, deliveryCount, cause }: DeadOrigin, offset: number): RecordHeader[] {
  const values = {
    topic,
    partition: String(partition),
    offset: String(offset),
    group: groupId,
    'delivery.count': String(deliveryCount),
    message: CAUSES[cause],
  }
  return Object.entries(values).map(([name, value]) => ({ key: `__dlq.errors.${name}`, value: Buffer.from(value) }))
}

/** The bytes of a record whose timestamp is the batch's own. */
export function sizeOfRecord(
  offsetDelta: number,
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[],
): number {
  const sizeOfBytes = (bytes: Buffer | null) => (bytes === null ? sizeOfVarint(-1) : sized(bytes.length))
  const body =
    1 +
    sizeOfVarlong(0) +
    sizeOfVarint(offsetDelta) +
    sizeOfBytes(key) +
    sizeOfBytes(value) +
    sizeOfVarint(headers.length)
  return sized(
    headers.reduce((sum, header) => sum + sized(Buffer.byteLength(header.key)) + sizeOfBytes(header.value), body),
  )
}

const sized = (length: number): number => sizeOfVarint(length) + length
