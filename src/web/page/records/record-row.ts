/** A record as the page shows it. */
import { decodeControlRecord, decoderOf } from '../../../log/inspection/decoded/decoders.ts'
import type { RecordRow } from '../model.ts'
import type { FoundRecord } from './fetch.ts'

/** Longer keys and values are cut in lists; one record alone is sent whole. */
export const SHOWN_BYTES = 16 * 1024

const encoded = (bytes: Buffer | null, most: number): string | null =>
  bytes === null ? null : bytes.subarray(0, most).toString('base64')

/** `topic` says how records of Kafka's own topics are decoded; `most`: how many bytes of a key or a value are sent. */
export function rowOf(topic: string, { partition, kind, record, batch }: FoundRecord, most = SHOWN_BYTES): RecordRow {
  const { key, value } = record
  return {
    partition,
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    timestampType: batch.timestampType,
    kind,
    key: encoded(key, most),
    value: encoded(value, most),
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
    headers: record.headers.map((header) => ({ key: header.key, value: encoded(header.value, most) })),
    producerId: Number(batch.producerId),
    producerEpoch: batch.producerEpoch,
    sequence: record.sequence,
    transactional: batch.isTransactional,
    compression: batch.compression,
    batchOffset: Number(batch.baseOffset),
    batchBytes: batch.sizeInBytes,
    keySchema: null,
    valueSchema: null,
    decoded: decoded(topic, { partition, kind, record, batch }),
  }
}

function decoded(topic: string, { kind, record }: FoundRecord): RecordRow['decoded'] {
  const decode = kind === 'control' ? decodeControlRecord : decoderOf(topic)
  if (decode === null) return null
  try {
    return decode(record.key, record.value) ?? null
  } catch {
    // A record that is not what its type says is shown as the bytes that it is.
    return null
  }
}
