import { type TransactionContext, writeTransaction } from './transaction-context.ts'
import { hasTimedOut, isEnding, type TransactionMetadata } from './transaction-metadata.ts'

export function scheduleAging({ config, effects }: TransactionContext): void {
  scheduleAborts({ config, effects })
  scheduleRemoval({ config, effects })
}

type Scheduling = Pick<TransactionContext, 'config' | 'effects'>

function scheduleAborts({ config, effects }: Scheduling): void {
  effects.setTimer('abort-timed-out', config.abortTimedOutIntervalMs, 'abort-timed-out')
}

function scheduleRemoval({ config, effects }: Scheduling): void {
  effects.setTimer('remove-expired', config.removeExpiredIntervalMs, 'remove-expired')
}

/** Looks now and then for transactions that are open for longer than their producer wanted to be waited for. */
export function findTimedOut(context: TransactionContext): void {
  const { transactions, effects, nowMs } = context
  for (const [transactionalId, transaction] of transactions.entries()) {
    if (hasTimedOut(transaction, nowMs)) effects.perform({ type: 'abort', transactionalId, transaction })
  }
  scheduleAborts(context)
}

/** Forgets transactional ids that nobody has used for `transactional.id.expiration.ms`. */
export function removeExpired(context: TransactionContext): void {
  const { transactions, effects } = context
  for (const [transactionalId, transaction] of transactions.entries()) {
    if (isExpired(context, transaction)) writeTransaction(context, transactionalId, null)
  }
  effects.atomic = false
  scheduleRemoval(context)
}

function isExpired({ config, nowMs }: TransactionContext, transaction: TransactionMetadata): boolean {
  if (transaction.state === 'Ongoing' || isEnding(transaction)) return false
  return transaction.lastUpdateTimestampMs <= nowMs - config.idExpirationMs
}
