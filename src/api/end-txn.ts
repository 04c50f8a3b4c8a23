/**
 * EndTxn (key 26): commits or aborts a producer's transaction. Answered once the decision cannot be lost any more; the
 * markers that carry it out follow.
 *
 * v2   PRODUCER_FENCED may be answered (KIP-588)
 * v3   flexible
 * v4   TRANSACTION_ABORTABLE may be answered (KIP-890)
 * v5   transaction version 2: the epoch is bumped, and answered with the producer id (KIP-890)
 */
import { KafkaError } from '../../protocol/errors.ts'
import { EndTxnRequest, EndTxnResponse } from '../../protocol/messages/end-txn.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { FIRST_FENCED_VERSION, knownToClient } from './support/producer-fenced.ts'

const FIRST_EPOCH_BUMP_VERSION = 5

export function endTxnHandler({
  transactions,
}: {
  transactions: TransactionCoordinator
}): ApiHandler<typeof EndTxnRequest, typeof EndTxnResponse> {
  return {
    apiKey: 26,
    name: 'EndTxn',
    request: EndTxnRequest,
    response: EndTxnResponse,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [
        {
          operation: 'WRITE',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalId }) => [transactionalId],
          refused: 'request',
        },
      ],
    },

    async handle({ apiVersion }, request) {
      const transactionVersion = apiVersion >= FIRST_EPOCH_BUMP_VERSION ? 2 : 0
      try {
        const { producerId, producerEpoch } = await transactions.endTransaction({ ...request, transactionVersion })
        return { producerId, producerEpoch }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { errorCode: knownToClient(error.code, apiVersion >= FIRST_FENCED_VERSION.END_TXN) }
      }
    },

    errorResponse: (_context, _request, code) => ({ errorCode: code }),
  }
}
