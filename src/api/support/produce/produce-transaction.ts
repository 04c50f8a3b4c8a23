/** Produce in a transaction: the transaction's coordinator has to know of every partition that is written (KIP-890). */
import { ErrorCode, errorName, KafkaError } from '../../../../protocol/errors.ts'
import type { ProduceRequest } from '../../../../protocol/messages/produce.ts'
import * as batch from '../../../../protocol/records/batch.ts'
import type { TransactionSupport, TransactionVerifier } from '../../../coordinator/transaction-verifier.ts'
import type { Partition } from '../../../replication/partition.ts'

/** The transaction that a request writes to. */
export interface ProduceTransaction {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface ProduceAppend {
  readonly partition: Partition
  readonly records: Buffer
}

/** A guard to append with, or why nothing may be appended; undefined where there is no transaction. */
export type AppendVerdict = { readonly guard?: object | null } | { readonly error: KafkaError }

const FIRST_ABORTABLE_VERSION = 11
const FIRST_ADDING_VERSION = 12

/** The transaction of the records; null when none are transactional. An error that it throws refuses the whole request. */
export function transactionOf({ transactionalId, topicData }: ProduceRequest): ProduceTransaction | null {
  let transaction: ProduceTransaction | null = null
  for (const { partitionData } of topicData) {
    for (const { records } of partitionData) {
      if (records === null || !hasTransactionalFlag(records)) continue
      if (transactionalId === null) throw wordless(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
      if (!batch.hasProducerId(records, 0)) continue
      const producerId = BigInt(batch.producerId(records, 0))
      const producerEpoch = batch.producerEpoch(records, 0)
      if (transaction !== null && !isOf(transaction, producerId, producerEpoch)) {
        const message = 'Transactional records contained more than one producer ID'
        throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING, message)
      }
      transaction = { transactionalId, producerId, producerEpoch }
    }
  }
  return transaction
}

/** The id that a request has to be allowed to write with; transactional records without an id are refused anyway. */
export function transactionalIds({ transactionalId, topicData }: ProduceRequest): string[] {
  if (transactionalId === null) return []
  const isTransactional = topicData.some(({ partitionData }) =>
    partitionData.some(({ records }) => records !== null && hasTransactionalFlag(records)),
  )
  return isTransactional ? [transactionalId] : []
}

function hasTransactionalFlag(records: Buffer): boolean {
  // Throws for bytes that are no batch at all, which in Kafka fails the whole request.
  const isWhole = batch.nextBatch(records, 0) !== -1 && batch.magic(records, 0) >= batch.MAGIC_V2
  return isWhole && batch.isTransactional(records, 0)
}

function isOf(transaction: ProduceTransaction, producerId: bigint, producerEpoch: number): boolean {
  return transaction.producerId === producerId && transaction.producerEpoch === producerEpoch
}

/** One verdict an append, in their order. */
export async function verifyAppends(
  verifier: TransactionVerifier,
  transaction: ProduceTransaction,
  apiVersion: number,
  appends: readonly ProduceAppend[],
): Promise<AppendVerdict[]> {
  const support = supportOf(apiVersion)
  const transactional = appends
    .filter(({ records }) => hasTransactionalFlag(records) && batch.hasProducerId(records, 0))
    .map(({ partition, records }) => ({ partition, baseSequence: batch.baseSequence(records, 0) }))
  const results = await verifier.verifyPatiently({ ...transaction, support }, transactional)
  return appends.map(({ partition }) => {
    const result = results.get(partition)
    if (result === undefined) return {}
    return 'error' in result ? { error: producerError(result.error, support) } : { guard: result.guard }
  })
}

function supportOf(apiVersion: number): TransactionSupport {
  if (apiVersion >= FIRST_ADDING_VERSION) return 'adding'
  return apiVersion >= FIRST_ABORTABLE_VERSION ? 'abortable' : 'strict'
}

/**
 * A coordinator's error in the words for a producer. Older producers do not retry what a coordinator says of itself, but
 * they do retry NOT_ENOUGH_REPLICAS, and without asking for metadata.
 */
function producerError(error: KafkaError, support: TransactionSupport): KafkaError {
  switch (error.code) {
    case ErrorCode.INVALID_TXN_STATE:
      return new KafkaError(error.code, 'Partition was not added to the transaction')
    case ErrorCode.CONCURRENT_TRANSACTIONS:
      return support === 'adding' ? wordless(error.code) : unverified(error)
    case ErrorCode.NETWORK_EXCEPTION:
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.NOT_COORDINATOR:
      return unverified(error)
    default:
      return wordless(error.code)
  }
}

/** Kafka has words for some of these errors, and none for the others. */
const wordless = (code: number): KafkaError => new KafkaError(code, '')

function unverified({ code }: KafkaError): KafkaError {
  return new KafkaError(
    ErrorCode.NOT_ENOUGH_REPLICAS,
    `Unable to verify the partition has been added to the transaction. Underlying error: ${errorName(code)}`,
  )
}
