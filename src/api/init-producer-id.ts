/**
 * InitProducerId (key 22): a producer id and epoch for an idempotent or transactional producer.
 *
 * Without a transactional id every call gets a new producer id with epoch 0, whatever id the client had (KIP-360). With
 * one it gets the next epoch of the id's producer, which fences those before it; while a transaction that they left
 * behind is aborted the answer is CONCURRENT_TRANSACTIONS, and the client asks again.
 *
 * v2   flexible
 * v3   the producer's current id and epoch (KIP-360)
 * v4   PRODUCER_FENCED may be answered (KIP-588)
 * v5   TRANSACTION_ABORTABLE may be answered (KIP-890)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import {
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type ProducerIdAndEpoch,
} from '../coordinator/transaction/transaction-metadata.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { FIRST_FENCED_VERSION, knownToClient } from './support/producer-fenced.ts'

export function initProducerIdHandler({
  transactions,
}: {
  transactions: TransactionCoordinator
}): ApiHandler<typeof InitProducerIdRequest, typeof InitProducerIdResponse> {
  return {
    apiKey: 22,
    name: 'InitProducerId',
    request: InitProducerIdRequest,
    response: InitProducerIdResponse,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [
        {
          operation: 'WRITE',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalId }) => (transactionalId === null ? [] : [transactionalId]),
          refused: 'request',
        },
        {
          operation: 'TWO_PHASE_COMMIT',
          resource: 'TRANSACTIONAL_ID',
          names: ({ transactionalId, enable2Pc }) => (transactionalId === null || !enable2Pc ? [] : [transactionalId]),
          refused: 'request',
        },
        {
          operation: 'IDEMPOTENT_WRITE',
          resource: 'CLUSTER',
          when: ({ transactionalId }) => transactionalId === null,
          unless: [{ operation: 'WRITE', resource: 'TOPIC', onAny: true }],
          refused: 'request',
        },
      ],
    },

    async handle({ apiVersion }, request) {
      try {
        return await transactions.initProducerId({
          transactionalId: request.transactionalId,
          timeoutMs: request.transactionTimeoutMs,
          expected: expectedProducer(request),
          enableTwoPhaseCommit: request.enable2Pc,
          keepPreparedTransaction: request.keepPreparedTxn,
        })
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        throw new KafkaError(knownToClient(error.code, apiVersion >= FIRST_FENCED_VERSION.INIT_PRODUCER_ID))
      }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }
    },
  }
}

/** The producer id and epoch that the client believes to have; null for a client that has none. */
function expectedProducer({ producerId, producerEpoch }: InitProducerIdRequest): ProducerIdAndEpoch | null {
  const hasId = producerId !== NO_PRODUCER_ID
  if (hasId !== (producerEpoch !== NO_PRODUCER_EPOCH)) throw new KafkaError(ErrorCode.INVALID_REQUEST)
  return hasId ? { producerId, producerEpoch } : null
}
