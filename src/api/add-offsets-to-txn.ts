/**
 * AddOffsetsToTxn (key 25): makes a group's offsets part of a producer's transaction, before it commits any there. Since
 * transaction version 2 TxnOffsetCommit does it by itself.
 *
 * v2   PRODUCER_FENCED may be answered (KIP-588)
 * v3   flexible
 * v4   TRANSACTION_ABORTABLE may be answered (KIP-890)
 */
import { KafkaError } from '../../protocol/errors.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/messages/add-offsets-to-txn.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import { FIRST_FENCED_VERSION, knownToClient } from './support/producer-fenced.ts'

/** Clients of transaction version 2 do not send this. */
const CLIENT_TRANSACTION_VERSION = 0

export function addOffsetsToTxnHandler({
  transactions,
  groups,
}: {
  transactions: TransactionCoordinator
  groups: GroupCoordinator
}): ApiHandler<typeof AddOffsetsToTxnRequest, typeof AddOffsetsToTxnResponse> {
  return {
    apiKey: 25,
    name: 'AddOffsetsToTxn',
    request: AddOffsetsToTxnRequest,
    response: AddOffsetsToTxnResponse,
    minVersion: 0,
    maxVersion: 4,
    access: {
      needs: [
        {
          operation: 'WRITE',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalId }) => [transactionalId],
          refused: 'request',
        },
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
      ],
    },

    async handle({ apiVersion }, { groupId, ...producer }) {
      const partitions = new Map([[CONSUMER_OFFSETS_TOPIC, new Set([groups.partitionFor(groupId)])]])
      try {
        await transactions.addPartitions({ ...producer, partitions }, CLIENT_TRANSACTION_VERSION)
        return {}
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { errorCode: knownToClient(error.code, apiVersion >= FIRST_FENCED_VERSION.ADD_OFFSETS_TO_TXN) }
      }
    },

    errorResponse: (_context, _request, code) => ({ errorCode: code }),
  }
}
