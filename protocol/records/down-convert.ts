/**
 * Records for consumers that know magic 0 or 1 alone (Fetch before v4, KIP-31 and KIP-32). What those formats have no
 * place for is lost on the way, as it was in Apache before 4.0: headers, control records, timestamps in magic 0.
 */
import { first } from '../collections/elements.ts'
import * as batch from './batch.ts'
import { buildLegacy } from './build-legacy.ts'
import { CompressionType } from './compression-type.ts'
import { type DecodedBatch, type DecodedRecord, decodeBatch } from './decode.ts'
import { UnsupportedCompressionTypeError } from './errors.ts'
import { DEFAULT_MAX_INFLATED_BYTES } from './record-checks.ts'

export type OldMagic = typeof batch.MAGIC_V0 | typeof batch.MAGIC_V1

/**
 * The whole batches of `bytes` in the older format; one that is cut short at the end is left out. Records before
 * `fetchOffset` are too, but for those that are compressed together with it. Throws `UnsupportedCompressionTypeError`
 * where a batch is compressed with zstd, which nothing older than magic 2 may hold, and as `decodeBatch`.
 */
export function downConvert(bytes: Buffer, magic: OldMagic, fetchOffset: bigint): Buffer {
  const converted: Buffer[] = []
  for (let at = 0, next = 0; (next = batch.nextBatch(bytes, at)) !== -1; at = next) {
    if (batch.magic(bytes, at) <= magic) converted.push(bytes.subarray(at, next))
    else converted.push(convertBatch(bytes, at, magic, fetchOffset))
  }
  return Buffer.concat(converted)
}

function convertBatch(bytes: Buffer, at: number, magic: OldMagic, fetchOffset: bigint): Buffer {
  if (batch.magic(bytes, at) === batch.MAGIC_V2 && batch.isControlBatch(bytes, at)) return Buffer.alloc(0)
  const compression = batch.compressionType(bytes, at)
  if (compression === CompressionType.ZSTD) {
    throw new UnsupportedCompressionTypeError('Down-conversion of zstandard-compressed batches is not supported')
  }
  const decoded = decodeBatch(bytes, at, { maxBytes: DEFAULT_MAX_INFLATED_BYTES })
  const isWanted = ({ offset }: DecodedRecord) => compression !== CompressionType.NONE || offset >= fetchOffset
  const records = decoded.records.filter(isWanted)
  if (records.length === 0) return Buffer.alloc(0)
  return buildLegacy(
    { magic, compression, baseOffset: first(records).offset, logAppendTimeMs: appendTime(decoded, magic) },
    records,
  )
}

function appendTime({ timestampType, maxTimestamp }: DecodedBatch, magic: OldMagic): bigint | undefined {
  return magic === batch.MAGIC_V1 && timestampType === 'LogAppendTime' ? maxTimestamp : undefined
}
