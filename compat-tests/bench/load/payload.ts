import { BatchBuilder } from '../../../protocol/records/build.ts'
import type { CompressionName } from '../../../protocol/records/compression-type.ts'
import { compressionTypeOf } from '../../../protocol/records/compression-type.ts'

/** A batch ready to be sent, again and again: nothing in it changes from one request to the next. */
export interface PreparedBatch {
  bytes: Buffer
  records: number
  /** Bytes of all values, before compression. */
  valueBytes: number
}

const words = 'order shipped basket customer amount currency status pending address retry warehouse event'.split(' ')

/** Text as events have it: words, numbers and punctuation, which codecs shrink to a third or a quarter. */
export function eventText(bytes: number, next: () => number): Buffer {
  let text = `{"id":${next()},"at":${1_700_000_000_000 + next()}`
  while (text.length < bytes) text += `,"${words[next() % words.length]}":"${next().toString(36)}"`
  return Buffer.from(text.slice(0, bytes), 'latin1')
}

/** Numbers below 2^31, the same in every run (a linear congruential generator of Lehmer's kind). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647)
}

/** As many records as fit into `batchBytes` before compression, at least one. Timestamps are of now. */
export function prepareBatch(options: {
  recordBytes: number
  batchBytes: number
  codec?: CompressionName
  seed?: number
}): PreparedBatch {
  const next = numbers(options.seed ?? 1)
  const builder = new BatchBuilder({ compression: compressionTypeOf(options.codec ?? 'none') })
  const timestamp = Date.now()
  let records = 0
  while (records === 0 || (records + 1) * (options.recordBytes + MOST_OF_A_RECORD) < options.batchBytes) {
    builder.append({ timestamp, key: null, value: eventText(options.recordBytes, next) })
    records++
  }
  return { bytes: builder.build(), records, valueBytes: records * options.recordBytes }
}

/** The `batchBytes` into which exactly so many records fit. */
export const batchBytesOf = (records: number, recordBytes: number): number =>
  records * (recordBytes + MOST_OF_A_RECORD) + 1

/** Lengths, deltas and attributes of a record with a value below 8 KB. */
export const MOST_OF_A_RECORD = 10
