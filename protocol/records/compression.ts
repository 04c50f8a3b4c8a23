/** The five codecs of record batches. Each one's library is loaded when it is first used. */
import { gunzip, gzip } from './compression/gzip.ts'
import type { Inflated } from './compression/inflated.ts'
import { lz4, unlz4 } from './compression/lz4.ts'
import { snappy, unsnappy } from './compression/snappy.ts'
import { madeYoung } from './compression/young-memory.ts'
import { storesZstd, unzstd, zstd } from './compression/zstd.ts'
import { CompressionType, DEFAULT_LEVEL } from './compression-type.ts'

export type { Inflated } from './compression/inflated.ts'
export {
  type CompressionName,
  CompressionType,
  compressionName,
  compressionTypeOf,
  compressionTypeOfId,
  DEFAULT_LEVEL,
} from './compression-type.ts'

const MAGIC_V2 = 2

export interface InflateLimits {
  /** The magic of the batch; 0 reads LZ4 frames with the old header checksum. Default 2. */
  magic?: number
  /** More than this is refused with `RecordTooLargeError`, before it is made. */
  maxBytes: number
}

/** How much the reading of a batch's records may take. */
export interface RecordLimits {
  /** The most bytes of the whole batch, as `InflateLimits` has it. */
  maxBytes: number
  /**
   * max.decompressed.message.bytes: a record that declares itself longer inside a compressed batch is refused with
   * `InvalidRecordError`. Default: no limit.
   */
  maxRecordBytes?: number
}

/**
 * Inflates as much as is good. What Kafka meets when it opens the stream (no header of that codec) is thrown, what it
 * meets while reading is in `failure`; both are `UnreadableRecordsError`.
 */
export function inflate(type: CompressionType, bytes: Buffer, limits: InflateLimits): Inflated {
  if (type === CompressionType.NONE) return { bytes, failure: null }
  const inflated = inflateWith(type, bytes, limits)
  madeYoung(inflated.bytes.length)
  return inflated
}

type Codec = Exclude<CompressionType, typeof CompressionType.NONE>

function inflateWith(type: Codec, bytes: Buffer, { magic = MAGIC_V2, maxBytes }: InflateLimits): Inflated {
  switch (type) {
    case CompressionType.GZIP:
      return gunzip(bytes, maxBytes)
    case CompressionType.SNAPPY:
      return unsnappy(bytes, maxBytes)
    case CompressionType.LZ4:
      return unlz4(bytes, maxBytes, magic)
    case CompressionType.ZSTD:
      return unzstd(bytes, maxBytes)
  }
}

/** The whole stream, or an error: `UnreadableRecordsError` when it is broken, `RecordTooLargeError` past `maxBytes`. */
export function decompress(type: CompressionType, bytes: Uint8Array, limits: InflateLimits): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const { bytes: output, failure } = inflate(type, input, limits)
  if (failure !== null) throw failure
  return output
}

/** Whether `compress` costs what a copy costs, because nothing here compresses with that codec. */
export const storesOnly = (type: CompressionType): boolean => type === CompressionType.ZSTD && storesZstd()

/**
 * Deflates with Kafka's framing. `level` is Kafka's for the codec; LZ4 has one here, whatever is asked for, and Snappy
 * none. `magic` as for `InflateLimits`.
 */
export function compress(type: CompressionType, bytes: Uint8Array, level?: number, magic = MAGIC_V2): Buffer {
  switch (type) {
    case CompressionType.NONE:
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    case CompressionType.GZIP:
      return gzip(bytes, level ?? DEFAULT_LEVEL.gzip)
    case CompressionType.SNAPPY:
      return snappy(bytes)
    case CompressionType.LZ4:
      return lz4(bytes, magic)
    case CompressionType.ZSTD:
      return zstd(bytes, level ?? DEFAULT_LEVEL.zstd)
  }
}
