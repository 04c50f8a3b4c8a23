/**
 * The transaction coordinator as the API handlers see it (KIP-98, KIP-360, KIP-588, KIP-890).
 *
 * A transactional id belongs to a partition of `__transaction_state`; whoever leads it coordinates the id. Everything
 * that is known of an id is in its last record there:
 *
 *     Empty ──add partitions──▶ Ongoing ──commit──▶ PrepareCommit ──all markers written──▶ CompleteCommit
 *       ▲                          │  ▲                                                         │
 *       │                          │  └────────────────add partitions─────────────────┬─────────┤
 *       │                          └──abort, fenced, timed out──▶ PrepareAbort ──all──▶ CompleteAbort
 *       └───────────────────────────────────InitProducerId───────────────────────────┴─────────┘
 *
 * With transaction version 2 an abort may also come in Empty, CompleteCommit and CompleteAbort. An id that is unused for
 * `transactional.id.expiration.ms` gets a tombstone.
 *
 * Invariants:
 * - The decision is the record of PrepareCommit or PrepareAbort. No marker is written before that is committed, and once
 *   it is the transaction ends that way, whoever coordinates it then.
 * - A partition is in the record before a record of the transaction is in the partition; the log refuses others (see
 *   `transaction-verification.ts`). So the markers reach every open transaction there is.
 * - Completion is written when all markers are. Until then nothing else may happen to the id (CONCURRENT_TRANSACTIONS):
 *   a marker can never end a later transaction than its own.
 * - An epoch is given to one incarnation of a producer only, and the highest epoch to none, so that there is always one
 *   to fence with. Producer ids come from blocks that are reserved before their first id is used.
 *
 * A crash may come at any point:
 * - before the decision is in the log: the transaction is open; its producer goes on, or it times out.
 * - after the decision, before, between or after its markers: loading the partition writes them (again). A second
 *   marker in a partition ends nothing, as nothing is open there.
 * - before the completion is in the log: the same.
 * - after the answer of InitProducerId was written, before the client had it: it asks again and gets the next epoch, or,
 *   when it names the one it had, the same.
 */

import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { coordinatorPartition } from '../../protocol/hashes.ts'
import type { ListTransactionsRequest } from '../../protocol/messages/list-transactions.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { clientErrorCode } from './runtime/client-error.ts'
import type { CoordinatorLog } from './runtime/coordinator-log.ts'
import { CoordinatorRuntime } from './runtime/coordinator-runtime.ts'
import { Deadlines } from './runtime/deadlines.ts'
import type { OperationContext } from './runtime/shard.ts'
import {
  abortTimedOut,
  complete,
  type EndTransactionInput,
  endTransaction,
  type TimeoutAnswer,
} from './transaction/end-transaction.ts'
import { type InitProducerIdInput, initProducerId } from './transaction/init-producer-id.ts'
import { addPartitions, type PartitionsInput, verifiedTransaction } from './transaction/partitions.ts'
import type { ProducerIds } from './transaction/producer-ids.ts'
import {
  type DescribedTransaction,
  describeTransaction,
  type ListedTransaction,
  listTransactions,
  type TransactionFilter,
  undescribed,
} from './transaction/transaction-admin.ts'
import type { TransactionCoordinatorConfig } from './transaction/transaction-config.ts'
import {
  ProducerIdNeeded,
  type TransactionContext,
  type TransactionTask,
  type TransactionWords,
} from './transaction/transaction-context.ts'
import {
  hasPartition,
  NO_TIMEOUT_MS,
  type ProducerIdAndEpoch,
  type TransactionMetadata,
} from './transaction/transaction-metadata.ts'
import { type TransactionShard, transactionShardKind } from './transaction/transaction-shard.ts'
import { MarkerDeliveries, type WriteMarker } from './transaction-markers.ts'

/** Kafka writes its transaction log uncompressed, and each record at once. */
const NO_COMPRESSION = 0
const THIS_TURN = -1
/** Less than what a client waits before it tries again. */
const MARKER_GRACE_MS = 20

export interface TransactionCoordinatorOptions {
  readonly config: TransactionCoordinatorConfig
  readonly log: CoordinatorLog
  readonly environment: Pick<Environment, 'clock'>
  readonly logger: Logger
  readonly producerIds: ProducerIds
  /** How many partitions `__transaction_state` has, or will have. */
  readonly partitionCount: () => number
  /** The finalized transaction.version. */
  readonly transactionVersion: () => number
  readonly writeMarker: WriteMarker
  /** Whether a partition has not been deleted meanwhile. */
  readonly exists: (topic: string, partition: number) => boolean
}

/** InitProducerId's own fields, with who the client believes to be. */
export type InitProducerIdRequest = Omit<InitProducerIdInput, 'transactionalId'> & {
  readonly transactionalId: string | null
  readonly enableTwoPhaseCommit: boolean
  readonly keepPreparedTransaction: boolean
}

/** Errors are `KafkaError`s with the code that a client of the latest version gets. */
export class TransactionCoordinator {
  readonly #config: TransactionCoordinatorConfig
  readonly #clock: Environment['clock']
  readonly #logger: Logger
  readonly #producerIds: ProducerIds
  readonly #partitionCount: () => number
  readonly #deadlines: Deadlines
  readonly #deliveries: MarkerDeliveries
  readonly #runtime: CoordinatorRuntime<TransactionShard, TransactionWords>

  constructor(options: TransactionCoordinatorOptions) {
    const { config, log, environment, logger } = options
    this.#config = config
    this.#clock = environment.clock
    this.#logger = logger
    this.#producerIds = options.producerIds
    this.#partitionCount = options.partitionCount
    this.#deadlines = new Deadlines(environment.clock)
    this.#deliveries = new MarkerDeliveries({
      clock: environment.clock,
      logger,
      write: options.writeMarker,
      exists: options.exists,
      complete: (transactionalId, decision) =>
        this.#write(transactionalId, (context, id) => complete(context, transactionalId, decision, id)),
    })
    this.#runtime = new CoordinatorRuntime(transactionShardKind(config, options.transactionVersion), {
      log,
      clock: environment.clock,
      deadlines: this.#deadlines,
      logger,
      appendLingerMs: THIS_TURN,
      writeTimeoutMs: config.writeTimeoutMs,
      loadBufferBytes: config.loadBufferBytes,
      compressionTypeId: NO_COMPRESSION,
      perform: (task, shard) => this.#perform(task, shard),
    })
  }

  /** The partition of `__transaction_state` whose leader coordinates the transactional id. */
  partitionFor(transactionalId: string): number {
    return coordinatorPartition(transactionalId, this.#partitionCount())
  }

  onElection(partition: number, leaderEpoch: number): void {
    this.#runtime.onElection(partition, leaderEpoch)
  }

  onResignation(partition: number, leaderEpoch: number | null): void {
    this.#deliveries.cancel(partition)
    this.#runtime.onResignation(partition, leaderEpoch)
  }

  /** Answers whoever waits with NOT_COORDINATOR. What is not finished is when the partition is loaded again. */
  stop(): void {
    this.#deliveries.stop()
    this.#runtime.stop()
    this.#deadlines.stop()
  }

  /** Without a transactional id, every call gets a new producer id. */
  async initProducerId(request: InitProducerIdRequest): Promise<ProducerIdAndEpoch> {
    const { transactionalId, timeoutMs, expected, enableTwoPhaseCommit } = request
    if (transactionalId === null) return { producerId: await this.#producerIds.next(), producerEpoch: 0 }
    requireTransactionalId(transactionalId)
    if (enableTwoPhaseCommit && !this.#config.isTwoPhaseCommitEnabled) {
      throw new KafkaError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    }
    if (request.keepPreparedTransaction) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
    if (!enableTwoPhaseCommit && (timeoutMs <= 0 || timeoutMs > this.#config.maxTimeoutMs)) {
      throw new KafkaError(ErrorCode.INVALID_TRANSACTION_TIMEOUT)
    }
    const input = { transactionalId, timeoutMs: enableTwoPhaseCommit ? NO_TIMEOUT_MS : timeoutMs, expected }
    return this.#answer(transactionalId, (context, id) => initProducerId(context, input, id))
  }

  /** Resolves when the partitions are part of the transaction, beginning it if need be. */
  async addPartitions(input: PartitionsInput, clientTransactionVersion: number): Promise<void> {
    requireTransactionalId(input.transactionalId)
    await this.#answer(input.transactionalId, (context, id) =>
      addPartitions(context, input, clientTransactionVersion, id),
    )
  }

  /** Tells which partitions are part of the producer's transaction, as it is committed. */
  async verifyPartitions(input: PartitionsInput): Promise<(topic: string, partition: number) => boolean> {
    const { transactionalId } = input
    requireTransactionalId(transactionalId)
    const partition = this.partitionFor(transactionalId)
    const transaction = await this.#runtime.read(partition, ({ transactions }, epoch) =>
      verifiedTransaction(transactions.get(transactionalId, epoch), input),
    )
    return (topic, index) => hasPartition(transaction.partitions, topic, index)
  }

  /**
   * Resolves when the decision is committed, with the producer's id and epoch for its next transaction. The markers are
   * given a moment too: a client that begins its next transaction before they are written has to try again.
   */
  async endTransaction(input: EndTransactionInput): Promise<ProducerIdAndEpoch> {
    const { transactionalId } = input
    requireTransactionalId(transactionalId)
    const producer = await this.#answer<ProducerIdAndEpoch>(transactionalId, (context, id) =>
      endTransaction(context, input, id),
    )
    await this.#deliveries.finished(transactionalId, MARKER_GRACE_MS)
    return producer
  }

  async describeTransactions(transactionalIds: readonly string[]): Promise<DescribedTransaction[]> {
    const described = transactionalIds.map(async (transactionalId) => {
      try {
        requireTransactionalId(transactionalId)
        return await this.#runtime.read(this.partitionFor(transactionalId), ({ transactions }, epoch) =>
          describeTransaction(transactions, transactionalId, epoch),
        )
      } catch (error) {
        if (error instanceof KafkaError) return undescribed(transactionalId, error.code)
        throw error
      }
    })
    return Promise.all(described)
  }

  /** The transactions of all partitions here; one that is being loaded makes the whole answer an error. */
  async listTransactions(
    request: ListTransactionsRequest,
    matchesId: TransactionFilter['matchesId'],
  ): Promise<ListedTransaction[]> {
    const filter: TransactionFilter = {
      states: new Set(request.stateFilters),
      producerIds: new Set(request.producerIdFilters),
      longerThanMs: Number(request.durationFilter),
      matchesId,
    }
    const nowMs = this.#clock.nowMs()
    const listed = this.#runtime.partitions().map(async (partition) => {
      try {
        return await this.#runtime.read(partition, ({ transactions }, epoch) =>
          listTransactions(transactions, filter, nowMs, epoch),
        )
      } catch (error) {
        if (error instanceof KafkaError && error.code === ErrorCode.NOT_COORDINATOR) return []
        throw error
      }
    })
    return (await Promise.all(listed)).flat()
  }

  #perform(task: TransactionTask, shard: { partition: number; leaderEpoch: number }): void {
    const { transactionalId, transaction } = task
    if (task.type === 'write-markers') this.#deliveries.start(transactionalId, transaction, shard)
    else void this.#abortTimedOut(transactionalId, transaction)
  }

  async #abortTimedOut(transactionalId: string, seen: TransactionMetadata): Promise<void> {
    try {
      const { isAborted } = await this.#write<TimeoutAnswer>(transactionalId, (context, id) =>
        abortTimedOut(context, transactionalId, seen, id),
      )
      if (isAborted) this.#logger.info(`Aborted the transaction of ${transactionalId}, which was open for too long`)
    } catch (err) {
      // The next look finds it again.
      this.#logger.warn({ err }, `The transaction of ${transactionalId} is open for too long, and could not be aborted`)
    }
  }

  async #answer<Response extends object>(
    transactionalId: string,
    operation: (context: TransactionContext, request: OperationContext['request']) => void,
  ): Promise<Response> {
    try {
      return await this.#write<Response>(transactionalId, operation)
    } catch (error) {
      throw error instanceof KafkaError ? new KafkaError(clientErrorCode(error.code)) : error
    }
  }

  /** Runs an operation, and runs it again with a new producer id if it asks for one. */
  async #write<Response extends object>(
    transactionalId: string,
    operation: (context: TransactionContext, request: OperationContext['request']) => void,
  ): Promise<Response> {
    for (let producerId: bigint | null = null; ; producerId = await this.#producerIds.next()) {
      try {
        return await this.#runtime.write<Response>(this.partitionFor(transactionalId), (shard, { request, nowMs }) => {
          const context = shard.context(nowMs, producerId)
          operation(context, request)
          return context.effects
        })
      } catch (error) {
        if (!(error instanceof ProducerIdNeeded)) throw error
      }
    }
  }
}

function requireTransactionalId(transactionalId: string): void {
  if (transactionalId === '') throw new KafkaError(ErrorCode.INVALID_REQUEST)
}
