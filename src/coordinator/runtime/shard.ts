import type { KafkaError } from '../../../protocol/errors.ts'
import type { Effects, RequestId, Vocabulary } from './effects.ts'
import type { SnapshotRegistry } from './timeline.ts'

/**
 * A coordinator's state for one partition of its internal topic, pure: it is changed by `replay` (durable state, built on
 * the registry it was made with) and by its own operations (soft state: never logged, empty after a load).
 */
export interface CoordinatorShard<Words extends Vocabulary> {
  /**
   * Applies one record; nothing else changes durable state. `offset` is the record's own. Records of a transaction
   * (`producerId` not -1) count once its marker is replayed.
   */
  replay(offset: number, producerId: bigint, record: Words['record']): void
  /** The end of a producer's transaction, as its control record says. */
  replayEndTransactionMarker(producerId: bigint, committed: boolean): void
  /** Called once, when the whole log has been replayed. */
  loaded(nowMs: number): Effects<Words>
  timedOut(timeout: Words['timeout'], nowMs: number): Effects<Words>
  /** The append after which the step was to be taken is committed, or has failed with `error` and left nothing. */
  settled(step: Words['step'], error: KafkaError | null, nowMs: number): Effects<Words>
}

/** An operation knows this much besides state and request. */
export interface OperationContext {
  readonly request: RequestId
  readonly nowMs: number
}

export type Operation<Shard, Words extends Vocabulary> = (shard: Shard, context: OperationContext) => Effects<Words>

/** The end of a producer's transaction in one partition, as its coordinator orders it. */
export interface TransactionMarker {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly committed: boolean
  /** KIP-890: from 2 on the epoch is a bumped one. */
  readonly transactionVersion: number
}

export interface EncodedRecord {
  readonly key: Buffer
  /** Null is a tombstone. */
  readonly value: Buffer | null
}

/** One kind of coordinator: how its shards are made and how its records stand in the log. */
export interface CoordinatorKind<Shard, Words extends Vocabulary> {
  /** For log lines, such as 'group coordinator'. */
  readonly name: string
  readonly topic: string
  create(registry: SnapshotRegistry, partition: number): Shard
  encode(record: Words['record']): EncodedRecord
  /** Null for a record of a type that this version does not know, which is skipped. Throws when it is malformed. */
  decode(key: Buffer, value: Buffer | null): Words['record'] | null
}
