import { ErrorCode } from '../../../protocol/errors.ts'
import type { DescribeTransactionsResponse } from '../../../protocol/messages/describe-transactions.ts'
import type { ListTransactionsRequest, ListTransactionsResponse } from '../../../protocol/messages/list-transactions.ts'
import type { TimelineMap } from '../runtime/timeline.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { TRANSACTION_STATES } from './transaction-state.ts'

export type DescribedTransaction = DescribeTransactionsResponse['transactionStates'][number]
export type ListedTransaction = ListTransactionsResponse['transactionStates'][number]

type Transactions = TimelineMap<string, TransactionMetadata>

/** DescribeTransactions of one id. */
export function describeTransaction(
  transactions: Transactions,
  transactionalId: string,
  epoch: number,
): DescribedTransaction {
  const transaction = transactions.get(transactionalId, epoch)
  if (transaction === undefined) return undescribed(transactionalId, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
  return {
    errorCode: ErrorCode.NONE,
    transactionalId,
    transactionState: transaction.state,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: BigInt(transaction.startTimestampMs),
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: [...transaction.partitions].map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}

export function undescribed(transactionalId: string, errorCode: number): DescribedTransaction {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0n,
    producerId: 0n,
    producerEpoch: 0,
    topics: [],
  }
}

/** ListTransactions: those that pass every filter that is given. */
export interface TransactionFilter {
  readonly states: ReadonlySet<string>
  readonly producerIds: ReadonlySet<bigint>
  /** Negative: any duration. */
  readonly longerThanMs: number
  /** Matches the whole id; null: any. */
  readonly matchesId: ((transactionalId: string) => boolean) | null
}

export const unknownStates = ({ stateFilters }: ListTransactionsRequest): string[] =>
  stateFilters.filter((name) => !TRANSACTION_STATES.some((state) => state === name))

export function listTransactions(
  transactions: Transactions,
  filter: TransactionFilter,
  nowMs: number,
  epoch: number,
): ListedTransaction[] {
  const listed: ListedTransaction[] = []
  for (const [transactionalId, transaction] of transactions.entries(epoch)) {
    const { state, producerId, startTimestampMs } = transaction
    if (filter.producerIds.size > 0 && !filter.producerIds.has(producerId)) continue
    if (filter.states.size > 0 && !filter.states.has(state)) continue
    if (filter.longerThanMs >= 0 && nowMs - startTimestampMs <= filter.longerThanMs) continue
    if (filter.matchesId !== null && !filter.matchesId(transactionalId)) continue
    listed.push({ transactionalId, producerId, transactionState: state })
  }
  return listed
}
