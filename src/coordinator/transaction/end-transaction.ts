import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { RequestId } from '../runtime/effects.ts'
import { abortedByCoordinator } from './init-producer-id.ts'
import { type TransactionContext, writeDecision, writeTransaction } from './transaction-context.ts'
import {
  bumpsEpoch,
  completed,
  hasTimedOut,
  isEnding,
  isEpochExhausted,
  LAST_CLIENT_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type ProducerIdAndEpoch,
  prepared,
  type TransactionMetadata,
} from './transaction-metadata.ts'

export interface EndTransactionInput extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly committed: boolean
  /** How the client ends transactions: with the epoch that it has (below 2) or with the next one. */
  readonly transactionVersion: number
}

const NO_PRODUCER: ProducerIdAndEpoch = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }

/**
 * EndTxn: writes the decision. The client is answered as soon as that is committed; the markers follow. With transaction
 * version 2 it learns the id and epoch to go on with.
 */
export function endTransaction(context: TransactionContext, input: EndTransactionInput, id: RequestId): void {
  const current = context.transactions.get(input.transactionalId)
  if (current === undefined) throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  if (bumpsEpoch(input.transactionVersion)) endWithBump(context, current, input, id)
  else endWithoutBump(context, current, input, id)
}

/** The classic protocol: a repeated request is known by the state that it has led to. */
function endWithoutBump(
  context: TransactionContext,
  current: TransactionMetadata,
  { transactionalId, producerId, producerEpoch, committed }: EndTransactionInput,
  id: RequestId,
): void {
  if (current.producerId !== producerId) throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  if (current.producerEpoch !== producerEpoch) throw new KafkaError(ErrorCode.PRODUCER_FENCED)
  if (isEnding(current)) throw new KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
  if (current.state === 'Ongoing') {
    writeDecision(context, transactionalId, prepared(current, committed, 0, NO_PRODUCER_ID, context.nowMs))
  } else if (current.state !== endState(committed)) {
    throw new KafkaError(ErrorCode.INVALID_TXN_STATE)
  }
  context.effects.reply(id, NO_PRODUCER)
}

/**
 * Transaction version 2 (KIP-890): a repeated request is known by its epoch, which is the one before.
 *
 *                  abort                    commit
 *                  repeated    current      repeated    current
 *     Empty        fenced      bump         fenced      invalid
 *     Aborted      none        bump         invalid     invalid
 *     Committed    invalid     bump         none        invalid
 */
function endWithBump(
  context: TransactionContext,
  current: TransactionMetadata,
  input: EndTransactionInput,
  id: RequestId,
): void {
  const { committed, transactionalId } = input
  // First of all: a producer whose id is replaced at the end of this transaction may be using the new one already.
  if (isEnding(current)) throw new KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
  const isRetryOfRotation =
    current.previousProducerId === input.producerId &&
    input.producerEpoch === LAST_CLIENT_EPOCH &&
    current.producerEpoch === 0
  const isRetry = isRetryOfRotation || current.producerEpoch === input.producerEpoch + 1
  if (current.producerId !== input.producerId && !isRetryOfRotation) {
    throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  }
  const hasEnded = current.state === 'CompleteCommit' || current.state === 'CompleteAbort'
  if (input.producerEpoch !== current.producerEpoch && !(hasEnded && isRetry)) {
    throw new KafkaError(ErrorCode.PRODUCER_FENCED)
  }
  if (hasEnded && isRetry) {
    if (current.state !== endState(committed)) throw new KafkaError(ErrorCode.INVALID_TXN_STATE)
    const { producerId, producerEpoch } = current
    context.effects.reply(id, { producerId, producerEpoch })
    return
  }
  // The client may not know whether anything has begun, so an abort of nothing is one; a commit of nothing is not.
  if (current.state !== 'Ongoing' && committed) throw new KafkaError(ErrorCode.INVALID_TXN_STATE)
  const nextProducerId = isEpochExhausted(current.producerEpoch) ? context.newProducerId() : NO_PRODUCER_ID
  const decision = prepared(current, committed, input.transactionVersion, nextProducerId, context.nowMs)
  writeDecision(context, transactionalId, decision)
  const { producerId, producerEpoch } = completed(decision, context.nowMs)
  context.effects.reply(id, { producerId, producerEpoch })
}

const endState = (committed: boolean) => (committed ? 'CompleteCommit' : 'CompleteAbort')

export interface TimeoutAnswer {
  readonly isAborted: boolean
}

/** Aborts what has been open for longer than its timeout, unless something has happened to it since that was seen. */
export function abortTimedOut(
  context: TransactionContext,
  transactionalId: string,
  seen: TransactionMetadata,
  id: RequestId,
): void {
  const current = context.transactions.get(transactionalId)
  const isAborted = current === seen && hasTimedOut(seen, context.nowMs)
  if (isAborted) writeDecision(context, transactionalId, abortedByCoordinator(context, seen))
  const answer: TimeoutAnswer = { isAborted }
  context.effects.reply(id, answer)
}

/** Every marker of the decision is written: the transaction is over. */
export function complete(
  context: TransactionContext,
  transactionalId: string,
  decision: TransactionMetadata,
  id: RequestId,
): void {
  // The very value that was replayed: a transaction of the same producer that is decided later is another one.
  if (context.transactions.get(transactionalId) === decision) {
    writeTransaction(context, transactionalId, completed(decision, context.nowMs))
  }
  context.effects.reply(id, {})
}
