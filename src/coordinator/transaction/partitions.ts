import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { RequestId } from '../runtime/effects.ts'
import { type TransactionContext, writeTransaction } from './transaction-context.ts'
import {
  containsAll,
  isEnding,
  type ProducerIdAndEpoch,
  type TransactionMetadata,
  type TransactionPartitions,
  withPartitions,
} from './transaction-metadata.ts'

export interface PartitionsInput extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly partitions: TransactionPartitions
}

/** AddPartitionsToTxn, and the partitions that producing adds: the first ones begin the transaction. */
export function addPartitions(
  context: TransactionContext,
  input: PartitionsInput,
  clientTransactionVersion: number,
  id: RequestId,
): void {
  const { transactions, effects, nowMs } = context
  const { transactionalId, partitions } = input
  const current = transactions.get(transactionalId)
  if (current === undefined) throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  // First of all: a producer whose id is replaced at the end of this transaction may be using the new one already.
  if (isEnding(current)) throw new KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
  checkProducer(current, input)
  if (current.state !== 'Ongoing' || !containsAll(current.partitions, partitions)) {
    writeTransaction(context, transactionalId, withPartitions(current, partitions, clientTransactionVersion, nowMs))
  }
  effects.reply(id, {})
}

/** The transaction in which partitions are looked for, without adding any (KIP-890). */
export function verifiedTransaction(
  current: TransactionMetadata | undefined,
  producer: ProducerIdAndEpoch,
): TransactionMetadata {
  if (current === undefined) throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  checkProducer(current, producer)
  if (isEnding(current)) throw new KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
  return current
}

function checkProducer(current: TransactionMetadata, { producerId, producerEpoch }: ProducerIdAndEpoch): void {
  if (current.producerId !== producerId) throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  if (current.producerEpoch !== producerEpoch) throw new KafkaError(ErrorCode.PRODUCER_FENCED)
}
