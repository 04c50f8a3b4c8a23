import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { RequestId } from '../runtime/effects.ts'
import { type TransactionContext, writeDecision, writeTransaction } from './transaction-context.ts'
import {
  fenced,
  isEnding,
  isEpochExhausted,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  newTransaction,
  type ProducerIdAndEpoch,
  reinitialized,
  type TransactionMetadata,
} from './transaction-metadata.ts'

export interface InitProducerIdInput {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** The id and epoch that the producer believes to have (KIP-360); null for one that starts anew. */
  readonly expected: ProducerIdAndEpoch | null
}

/**
 * InitProducerId with a transactional id: a new epoch, which fences every producer of this id before it. What such a
 * producer has left open is aborted first; the client is told to ask again until that is done.
 */
export function initProducerId(context: TransactionContext, input: InitProducerIdInput, id: RequestId): void {
  const { transactions, effects, nowMs } = context
  const { transactionalId, timeoutMs, expected } = input
  const current = transactions.get(transactionalId) ?? newTransaction(context.newProducerId(), timeoutMs, nowMs)
  if (isEnding(current)) throw new KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
  if (expected !== null && !isKnownProducer(current, expected)) throw new KafkaError(ErrorCode.PRODUCER_FENCED)
  if (current.state === 'Ongoing') {
    writeDecision(context, transactionalId, abortedByCoordinator(context, current))
    effects.fail(id, ErrorCode.CONCURRENT_TRANSACTIONS)
    return
  }
  const producer = nextIncarnation(context, current, expected)
  writeTransaction(context, transactionalId, reinitialized(current, producer, timeoutMs, nowMs))
  const { producerId, producerEpoch } = producer
  effects.reply(id, { producerId, producerEpoch })
}

/**
 * The epoch is judged when it is bumped. An id that is not the current one may be the one before it, if its epochs were
 * used up: then this repeats a request whose answer was lost.
 */
function isKnownProducer(current: TransactionMetadata, { producerId, producerEpoch }: ProducerIdAndEpoch): boolean {
  return (
    current.producerEpoch === NO_PRODUCER_EPOCH ||
    producerId === current.producerId ||
    (producerId === current.previousProducerId && isEpochExhausted(producerEpoch))
  )
}

function nextIncarnation(
  context: TransactionContext,
  current: TransactionMetadata,
  expected: ProducerIdAndEpoch | null,
): ProducerIdAndEpoch & { lastProducerEpoch: number } {
  const { producerId, producerEpoch, lastProducerEpoch } = current
  if (isEpochExhausted(producerEpoch) && (expected === null || expected.producerEpoch === producerEpoch)) {
    return {
      producerId: context.newProducerId(),
      producerEpoch: 0,
      lastProducerEpoch: expected === null ? NO_PRODUCER_EPOCH : producerEpoch,
    }
  }
  // There is no epoch after this one, and the producer that asks does not have it.
  if (isEpochExhausted(producerEpoch)) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  const bumped = producerEpoch + 1
  if (expected === null) return { producerId, producerEpoch: bumped, lastProducerEpoch: NO_PRODUCER_EPOCH }
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerEpoch === producerEpoch) {
    return { producerId, producerEpoch: bumped, lastProducerEpoch: producerEpoch }
  }
  // A repeated request: nobody has come in between, or the last epoch would be unknown.
  if (expected.producerEpoch === lastProducerEpoch) return { producerId, producerEpoch, lastProducerEpoch }
  throw new KafkaError(ErrorCode.PRODUCER_FENCED)
}

/** The decision to abort what a producer that is fenced, or too slow, has left open. */
export function abortedByCoordinator(context: TransactionContext, current: TransactionMetadata): TransactionMetadata {
  const { transactionVersion, nowMs } = context
  const needsNewId = transactionVersion >= 2 && isEpochExhausted(current.producerEpoch)
  return fenced(current, transactionVersion, needsNewId ? context.newProducerId() : NO_PRODUCER_ID, nowMs)
}
