import type { LogConfig } from './log-config.ts'
import type {
  AbortedTransaction,
  ActiveProducer,
  AppendDone,
  AppendOptions,
  FetchedRecords,
  LogPosition,
  ReadOptions,
  TimestampOffset,
} from './types.ts'

export type * from './types.ts'

/** One partition's log: what it promises is written here first, the body follows. */
export abstract class PartitionLog {
  abstract readonly topic: string
  abstract readonly partition: number
  /** Kafka's base64url text. */
  abstract readonly topicId: string
  /** Path of `<topic>-<partition>`. */
  abstract readonly directory: string
  abstract readonly config: LogConfig
  abstract readonly logStartOffset: number
  abstract readonly logEndOffset: number
  abstract readonly highWatermark: number
  /** The first offset of an open transaction, at most the high watermark. */
  abstract readonly lastStableOffset: number
  /** -1 when there is none. */
  abstract readonly latestEpoch: number
  abstract readonly sizeBytes: number
  /** True once its directory failed: every call answers KAFKA_STORAGE_ERROR. */
  abstract readonly offline: boolean
  /**
   * True (the default, a single replica): the high watermark follows each completed write, before `done` is called.
   * False: `updateHighWatermark` alone moves it.
   */
  abstract highWatermarkFollowsLogEnd: boolean

  abstract appendAsLeader(records: Buffer, options: AppendOptions, done: AppendDone): void
  abstract appendAsFollower(records: Buffer, done: AppendDone): void
  /** Sync from the tail cache. Throws (or rejects) KafkaError OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR. */
  abstract read(offset: number, options: ReadOptions): FetchedRecords | Promise<FetchedRecords>
  /** For a read_committed reader of `records`; sync while no index file needs to be loaded. */
  abstract abortedTransactions(records: FetchedRecords): AbortedTransaction[] | Promise<AbortedTransaction[]>
  /** ListOffsets' reserved timestamps -1 … -6, or the first record at or after a time. */
  abstract offsetForTimestamp(timestamp: number): Promise<TimestampOffset | null>
  /** The largest epoch ≤ `epoch` and where it ends; null when unknown. */
  abstract endOffsetForEpoch(epoch: number): { epoch: number; endOffset: number } | null
  abstract updateHighWatermark(offset: number): void
  abstract updateConfig(config: LogConfig): void
  abstract activeProducers(): ActiveProducer[]
  /** DeleteRecords: moves the log start offset (≤ high watermark, else OFFSET_OUT_OF_RANGE); resolves to it. */
  abstract deleteRecordsBefore(offset: number): Promise<number>
  abstract truncateTo(offset: number): Promise<void>
  abstract truncateFullyAndStartAt(offset: number): Promise<void>
  /** Everything appended so far is durable when it resolves. Rejections take the directory offline. */
  abstract flush(): Promise<void>
  abstract endPosition(): LogPosition
}
