/**
 * The part of a topic's configuration that its logs need, resolved: Kafka's topic keys in camel case, with units.
 * Values that Kafka calls "unlimited" (Long.MAX_VALUE, -1 in retention) are kept as Kafka writes them.
 */
export interface LogConfig {
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  readonly segmentIndexBytes: number
  readonly indexIntervalBytes: number
  readonly flushMessages: number
  readonly flushMs: number
  /** -1: no limit. */
  readonly retentionBytes: number
  /** -1: no limit. */
  readonly retentionMs: number
  readonly fileDeleteDelayMs: number
  readonly maxMessageBytes: number
  /** The longest record that a compressed batch may hold. */
  readonly maxDecompressedMessageBytes: number
  readonly compact: boolean
  readonly delete: boolean
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime'
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly preallocate: boolean
  readonly minInsyncReplicas: number
  /** `partition:broker` each, or `*` (KIP-73). */
  readonly leaderReplicationThrottledReplicas: readonly string[]
  readonly followerReplicationThrottledReplicas: readonly string[]
}

/** Kafka's defaults of the topic keys. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
  retentionBytes: -1,
  retentionMs: 604_800_000,
  fileDeleteDelayMs: 60_000,
  maxMessageBytes: 1_048_588,
  maxDecompressedMessageBytes: 2_147_483_639,
  compact: false,
  delete: true,
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  minCleanableDirtyRatio: 0.5,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionLz4Level: 9,
  compressionZstdLevel: 3,
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  messageTimestampAfterMaxMs: 3_600_000,
  preallocate: false,
  minInsyncReplicas: 1,
  leaderReplicationThrottledReplicas: [],
  followerReplicationThrottledReplicas: [],
}

/** Long.MAX_VALUE, as near as a number comes to it; it only ever means "never". */
const LONG_MAX = 2 ** 63

type Value = string | number | bigint | boolean | readonly string[] | null

/**
 * The log's view of topic configuration `entries` (key → value as text or typed, already validated), over `defaults`.
 * Keys that are no matter of the log's are ignored.
 */
export function logConfigOf(entries: Iterable<readonly [string, Value]>, defaults = DEFAULT_LOG_CONFIG): LogConfig {
  const config: { -readonly [Name in keyof LogConfig]: LogConfig[Name] } = { ...defaults }
  let internalSegmentBytes: number | null = null
  for (const [key, value] of entries) {
    if (value === null) continue
    if (key === 'cleanup.policy') {
      const policies = Array.isArray(value)
        ? value
        : String(value)
            .split(',')
            .map((policy) => policy.trim())
      config.compact = policies.includes('compact')
      config.delete = policies.includes('delete')
      continue
    }
    if (key === INTERNAL_SEGMENT_BYTES) internalSegmentBytes = Number(value)
    const name = NAMES.get(key)
    if (name !== undefined) Reflect.set(config, name, convert(value, defaults[name]))
  }
  return internalSegmentBytes === null ? config : { ...config, segmentBytes: internalSegmentBytes }
}

/** By Kafka's keys. There may be ten thousand topics to configure. */
const NAMES = new Map(Object.keys(DEFAULT_LOG_CONFIG).map((name) => [dotted(name), name as keyof LogConfig]))

/** Apache's tests set segments below the public minimum under this name, which beats `segment.bytes`. */
const INTERNAL_SEGMENT_BYTES = 'internal.segment.bytes'

function dotted(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`)
}

function convert(value: Value, like: unknown): unknown {
  if (typeof like === 'boolean') return value === true || value === 'true'
  if (typeof like !== 'number') return value
  const number = Number(value)
  return number >= LONG_MAX ? Number.POSITIVE_INFINITY : number
}
