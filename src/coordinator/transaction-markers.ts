/**
 * Carries decisions out: writes the marker of a transaction into each of its partitions, again and again where that
 * fails, and reports its completion. Soft state only: what is lost here is started anew when the partition of
 * `__transaction_state` is loaded.
 *
 * A transactional id has one delivery at a time. One that is cancelled or replaced writes nothing more, because its
 * markers could end a later transaction.
 */

import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import { encodeMarker } from './runtime/batch-records.ts'
import type { TransactionMarker } from './runtime/shard.ts'
import type { TransactionMetadata } from './transaction/transaction-metadata.ts'

/** Writes a marker into one partition; rejects with the `KafkaError` that WriteTxnMarkers answers. */
export type WriteMarker = (topic: string, partition: number, marker: TransactionMarker) => Promise<void>

const RETRY_BACKOFF_MS = 100

export interface MarkerDeliveryOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly write: WriteMarker
  readonly exists: (topic: string, partition: number) => boolean
  readonly complete: (transactionalId: string, decision: TransactionMetadata) => Promise<unknown>
}

interface Delivery {
  readonly transactionalId: string
  readonly decision: TransactionMetadata
  readonly marker: TransactionMarker
  /** The partition of `__transaction_state` that the id belongs to. */
  readonly partition: number
  /** Called when it is over. */
  readonly waiting: (() => void)[]
}

export class MarkerDeliveries {
  readonly #options: MarkerDeliveryOptions
  /** By transactional id. */
  readonly #underWay = new Map<string, Delivery>()

  constructor(options: MarkerDeliveryOptions) {
    this.#options = options
  }

  start(
    transactionalId: string,
    decision: TransactionMetadata,
    { partition, leaderEpoch }: { partition: number; leaderEpoch: number },
  ): void {
    const marker: TransactionMarker = {
      producerId: decision.producerId,
      producerEpoch: decision.producerEpoch,
      coordinatorEpoch: leaderEpoch,
      committed: decision.state === 'PrepareCommit',
      transactionVersion: decision.clientTransactionVersion,
    }
    const delivery: Delivery = { transactionalId, decision, marker, partition, waiting: [] }
    this.#underWay.set(transactionalId, delivery)
    this.#run(delivery)
      .catch((err) => {
        this.#options.logger.error({ err }, `The transaction of ${transactionalId} could not be completed`)
      })
      .finally(() => {
        if (this.#isCurrent(delivery)) this.#underWay.delete(transactionalId)
        for (const resolve of delivery.waiting) resolve()
      })
  }

  /** Resolves when what is under way for the id is over, or after `maxMs`. */
  finished(transactionalId: string, maxMs: number): Promise<void> {
    const delivery = this.#underWay.get(transactionalId)
    if (delivery === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#options.clock.schedule(maxMs, resolve)
      delivery.waiting.push(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  /** The partition of `__transaction_state` has another coordinator, or none. */
  cancel(partition: number): void {
    for (const [id, delivery] of this.#underWay) if (delivery.partition === partition) this.#underWay.delete(id)
  }

  stop(): void {
    this.#underWay.clear()
  }

  async #run(delivery: Delivery): Promise<void> {
    const writes: Promise<boolean>[] = []
    for (const [topic, partitions] of delivery.decision.partitions) {
      for (const partition of partitions) writes.push(this.#deliver(delivery, topic, partition))
    }
    const areWritten = (await Promise.all(writes)).every((isWritten) => isWritten)
    if (areWritten && this.#isCurrent(delivery)) await this.#complete(delivery)
  }

  /** Whether the partition has its marker, or needs none; false when the delivery was cancelled or is hopeless. */
  async #deliver(delivery: Delivery, topic: string, partition: number): Promise<boolean> {
    const { write, exists, logger } = this.#options
    while (this.#isCurrent(delivery)) {
      try {
        await write(topic, partition, delivery.marker)
        return true
      } catch (error) {
        const code = error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
        const name = `The marker of ${delivery.transactionalId} for ${topic}-${partition}`
        if (isFenced(code)) {
          logger.warn(`${name} was refused with ${errorName(code)}: someone else has ended the transaction`)
          return false
        }
        // The deletion of a topic ends all that is open in it.
        if (code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && !exists(topic, partition)) return true
        if (!isRetriable(code)) logger.error({ err: error }, `${name} could not be written, and is tried again`)
      }
      await this.#backoff()
    }
    return false
  }

  async #complete(delivery: Delivery): Promise<void> {
    const { transactionalId, decision } = delivery
    while (this.#isCurrent(delivery)) {
      try {
        await this.#options.complete(transactionalId, decision)
        return
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        // The coordinator that loads the partition goes on from here.
        if (error.code === ErrorCode.NOT_COORDINATOR || error.code === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return
      }
      await this.#backoff()
    }
  }

  #backoff(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(RETRY_BACKOFF_MS, resolve))
  }

  #isCurrent(delivery: Delivery): boolean {
    return this.#underWay.get(delivery.transactionalId) === delivery
  }
}

/** A later epoch of the producer, or of its coordinator, has been here. */
const isFenced = (code: number): boolean =>
  code === ErrorCode.INVALID_PRODUCER_EPOCH || code === ErrorCode.TRANSACTION_COORDINATOR_FENCED

const RETRIABLE: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.KAFKA_STORAGE_ERROR,
])
const isRetriable = (code: number): boolean => RETRIABLE.has(code)

/** Coordinators that are not ready are, to a coordinator of transactions, partitions whose leader is not. */
const NOT_READY: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
])

/**
 * Writes markers into the partitions that this broker leads, by the path that data takes. Those for groups' offsets go
 * through the coordinator whose state they decide.
 */
export function markerWriter({
  replicas,
  groups,
  clock,
}: {
  replicas: ReplicaManager
  groups: Pick<GroupCoordinator, 'completeTransaction'>
  clock: Clock
}): WriteMarker {
  return async (topic, index, marker) => {
    const partition = replicas.get(topic, index)
    if (partition === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    if (topic !== CONSUMER_OFFSETS_TOPIC) {
      const { transactionVersion } = marker
      const batch = encodeMarker(marker, clock.nowMs())
      return new Promise((resolve, reject) => {
        partition.append(batch, { acks: -1, origin: 'coordinator', transactionVersion }, (error) => {
          if (error === null) resolve()
          else reject(error)
        })
      })
    }
    try {
      await groups.completeTransaction(index, marker)
    } catch (error) {
      if (!(error instanceof KafkaError && NOT_READY.has(error.code))) throw error
      throw new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    }
  }
}
