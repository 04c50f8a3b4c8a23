import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { Vocabulary } from './effects.ts'
import type { CoordinatorKind, CoordinatorShard, Operation, TransactionMarker } from './shard.ts'
import { type RuntimeOptions, ShardRuntime } from './shard-runtime.ts'

export type { RuntimeOptions } from './shard-runtime.ts'

/**
 * Runs one kind of coordinator (groups, transactions, later share groups) on the partitions of its internal topic
 * that this broker leads: one shard a partition, each a pure state machine over its part of the log.
 *
 * The life of an operation: it is run on the shard's present state and says what it wants (`Effects`); its records are
 * replayed at once and appended with those of the same turn of the loop; its answers go out when they are committed. A
 * failed append takes the state back to what the log says.
 */
export class CoordinatorRuntime<Shard extends CoordinatorShard<Words>, Words extends Vocabulary> {
  readonly #kind: CoordinatorKind<Shard, Words>
  readonly #options: RuntimeOptions<Words['task']>
  readonly #shards = new Map<number, ShardRuntime<Shard, Words>>()
  #isStopped = false

  constructor(kind: CoordinatorKind<Shard, Words>, options: RuntimeOptions<Words['task']>) {
    this.#kind = kind
    this.#options = options
  }

  /** This broker became, or still is, the leader of the partition: the shard is loaded. */
  onElection(partition: number, leaderEpoch: number): void {
    if (this.#isStopped) return
    let shard = this.#shards.get(partition)
    if (shard === undefined) {
      shard = new ShardRuntime(this.#kind, partition, this.#options)
      this.#shards.set(partition, shard)
    }
    shard.elect(leaderEpoch)
  }

  /** This broker does not lead the partition in `leaderEpoch`; null when the partition is gone. */
  onResignation(partition: number, leaderEpoch: number | null): void {
    const shard = this.#shards.get(partition)
    if (shard === undefined || (leaderEpoch !== null && shard.leaderEpoch >= leaderEpoch)) return
    this.#shards.delete(partition)
    shard.close()
  }

  /**
   * Runs an operation on a shard. Rejects with the typed error of the operation, of the append as the log gave it (see
   * `clientErrorCode`), COORDINATOR_LOAD_IN_PROGRESS or NOT_COORDINATOR.
   */
  write<Response extends object>(partition: number, operation: Operation<Shard, Words>): Promise<Response> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) return Promise.reject(new KafkaError(ErrorCode.NOT_COORDINATOR))
    // A parked request is answered by another operation than its own, so its type is only known to the caller.
    return shard.write(operation) as Promise<Response>
  }

  /** Ends a producer's transaction in a shard's log, and in its state. Rejects as `write`. */
  async completeTransaction(partition: number, marker: TransactionMarker): Promise<void> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) throw new KafkaError(ErrorCode.NOT_COORDINATOR)
    await shard.completeTransaction(marker)
  }

  /** Looks at a shard's committed state. Rejects as `write`. */
  async read<T>(partition: number, operation: (shard: Shard, committedEpoch: number) => T): Promise<T> {
    const shard = this.#shards.get(partition)
    if (shard === undefined) throw new KafkaError(ErrorCode.NOT_COORDINATOR)
    return shard.read(operation)
  }

  /** The partitions that have a shard here, in whatever state. */
  partitions(): number[] {
    return [...this.#shards.keys()]
  }

  /** Every parked request is answered NOT_COORDINATOR; nothing more is appended. */
  stop(): void {
    this.#isStopped = true
    for (const shard of this.#shards.values()) shard.close()
    this.#shards.clear()
  }
}
