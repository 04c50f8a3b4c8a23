/**
 * Makes sure that the coordinator of a transaction knows of a partition before records of the transaction are appended
 * to it (KIP-890): asks whether it is part of the transaction or, for clients of transaction version 2, adds it.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../env/index.ts'
import type { Partition } from '../replication/partition.ts'
import type { TransactionMembership } from './cluster-transactions.ts'
import type { ProducerIdAndEpoch, TransactionPartitions } from './transaction/transaction-metadata.ts'

/**
 * The version of a request tells what its client can: `strict` knows INVALID_TXN_STATE only, `abortable` knows
 * TRANSACTION_ABORTABLE too, `adding` leaves it to the broker to add partitions.
 */
export type TransactionSupport = 'strict' | 'abortable' | 'adding'

/** Whether a partition may be appended to: with a guard (undefined: without any verification), or not. */
export type Verification = { readonly guard: object | null | undefined } | { readonly error: KafkaError }

export interface VerifiedAppend {
  readonly partition: Partition
  /** The sequence of the first batch; -1 for records without sequences. */
  readonly baseSequence: number
}

export interface VerificationInput extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly support: TransactionSupport
}

const UNVERIFIED: Verification = { guard: undefined }
/** The transaction.version of clients that leave it to the broker to add partitions. */
const ADDING_VERSION = 2

export interface VerifierOptions {
  /** The coordinators of the whole cluster. */
  readonly transactions: TransactionMembership
  readonly clock: Clock
  /** transaction.partition.verification.enable */
  readonly isEnabled: () => boolean
  /** add.partitions.to.txn.retry.backoff.ms, and how long to go on with it */
  readonly retryBackoffMs: number
  readonly retryMaxMs: number
}

export class TransactionVerifier {
  readonly #options: VerifierOptions

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /** At once when the transaction is under way in all partitions. */
  verify(
    input: VerificationInput,
    appends: readonly VerifiedAppend[],
  ): Map<Partition, Verification> | Promise<Map<Partition, Verification>> {
    const results = new Map<Partition, Verification>()
    if (input.support !== 'adding' && !this.#options.isEnabled()) {
      for (const { partition } of appends) results.set(partition, UNVERIFIED)
      return results
    }
    const unknown: Partition[] = []
    for (const append of appends) {
      const result = startVerification(input, append)
      results.set(append.partition, result)
      if ('guard' in result && result.guard !== null) unknown.push(append.partition)
    }
    return unknown.length === 0 ? results : this.#askCoordinator(input, unknown, results)
  }

  async #askCoordinator(
    input: VerificationInput,
    partitions: readonly Partition[],
    results: Map<Partition, Verification>,
  ): Promise<Map<Partition, Verification>> {
    try {
      const contains = await this.#contains(input, partitionsByTopic(partitions))
      for (const partition of partitions) {
        if (contains(partition.topic, partition.partition)) continue
        const code = input.support === 'strict' ? ErrorCode.INVALID_TXN_STATE : ErrorCode.TRANSACTION_ABORTABLE
        results.set(partition, { error: new KafkaError(code) })
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      // Producers know this code from appends; what they do then is the same.
      const isFenced = error.code === ErrorCode.PRODUCER_FENCED
      const refusal = isFenced ? new KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH) : error
      for (const partition of partitions) results.set(partition, { error: refusal })
    }
    return results
  }

  async #contains(
    { support, ...producer }: VerificationInput,
    partitions: TransactionPartitions,
  ): Promise<(topic: string, partition: number) => boolean> {
    const { transactions } = this.#options
    if (support !== 'adding') return transactions.verifyPartitions({ ...producer, partitions })
    await transactions.addPartitions({ ...producer, partitions }, ADDING_VERSION)
    return () => true
  }

  /**
   * As `verify`; a client that begins its next transaction while the markers of the last one are written is held for a
   * moment, because sending the same records again costs more.
   */
  async verifyPatiently(
    input: VerificationInput,
    appends: readonly VerifiedAppend[],
  ): Promise<Map<Partition, Verification>> {
    const { clock, retryBackoffMs, retryMaxMs } = this.#options
    const startedMs = clock.monotonicMs()
    for (;;) {
      const results = await this.verify(input, appends)
      if (input.support !== 'adding' || !isConcurrent(results)) return results
      if (clock.monotonicMs() - startedMs >= retryMaxMs) return results
      await new Promise<void>((resolve) => clock.schedule(retryBackoffMs, resolve))
    }
  }
}

function startVerification(
  { producerId, producerEpoch, support }: VerificationInput,
  { partition, baseSequence }: VerifiedAppend,
): Verification {
  try {
    partition.leader()
    const guard = partition.log.startVerification({
      producerId: Number(producerId),
      epoch: producerEpoch,
      baseSequence,
      bumpsEpoch: support === 'adding',
    })
    return { guard }
  } catch (error) {
    if (error instanceof KafkaError) return { error }
    throw error
  }
}

function isConcurrent(results: ReadonlyMap<Partition, Verification>): boolean {
  for (const result of results.values()) {
    if ('error' in result && result.error.code === ErrorCode.CONCURRENT_TRANSACTIONS) return true
  }
  return false
}

function partitionsByTopic(partitions: readonly Partition[]): TransactionPartitions {
  const byTopic = new Map<string, Set<number>>()
  for (const { topic, partition } of partitions) {
    const indexes = byTopic.get(topic)
    if (indexes === undefined) byTopic.set(topic, new Set([partition]))
    else indexes.add(partition)
  }
  return byTopic
}
