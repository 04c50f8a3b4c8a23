/**
 * DescribeTransactions (key 65): state, producer and partitions of transactional ids that this broker coordinates
 * (KIP-664). Each id has its own error.
 */
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/describe-transactions.ts'
import { undescribed } from '../coordinator/transaction/transaction-admin.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function describeTransactionsHandler({
  transactions,
}: {
  transactions: TransactionCoordinator
}): ApiHandler<typeof DescribeTransactionsRequest, typeof DescribeTransactionsResponse> {
  return {
    apiKey: 65,
    name: 'DescribeTransactions',
    request: DescribeTransactionsRequest,
    response: DescribeTransactionsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalIds }) => transactionalIds,
          refused: 'item',
        },
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'hidden' },
      ],
      items: { request: 'transactionalIds', response: 'transactionStates' },
    },

    async handle({ permissions }, { transactionalIds }) {
      const described = await transactions.describeTransactions(transactionalIds)
      const transactionStates = described.map(({ topics, ...state }) => ({
        ...state,
        topics: topics?.filter(({ topic }) => permissions.allows('DESCRIBE', 'TOPIC', topic, QUIETLY)),
      }))
      return { transactionStates }
    },

    errorResponse(_context, { transactionalIds }, code) {
      return { transactionStates: transactionalIds.map((transactionalId) => undescribed(transactionalId, code)) }
    },
  }
}
