import { UnreadableRecordsError } from './errors.ts'

/** The codec bits of a batch's attributes. */
export const CompressionType = { NONE: 0, GZIP: 1, SNAPPY: 2, LZ4: 3, ZSTD: 4 } as const
export type CompressionType = (typeof CompressionType)[keyof typeof CompressionType]

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type CompressionName = (typeof NAMES)[number]

export function compressionName(type: CompressionType): CompressionName {
  return NAMES[type]
}

/** The type of a name as configs have it; undefined for any other word. */
export function compressionTypeOf(name: string): CompressionType | undefined {
  const type = (NAMES as readonly string[]).indexOf(name)
  return type < 0 ? undefined : (type as CompressionType)
}

/** Throws `UnreadableRecordsError` for the three ids that no codec has. */
export function compressionTypeOfId(id: number): CompressionType {
  if (id < 0 || id >= NAMES.length) throw new UnreadableRecordsError(`Unknown compression type id: ${id}`)
  return id as CompressionType
}

/** Where the level is not given. Levels are Kafka's: gzip 1–9 (and -1), lz4 1–17, zstd -131072–22. */
export const DEFAULT_LEVEL = { gzip: -1, lz4: 9, zstd: 3 } as const
