/**
 * InitProducerId (key 22): a producer id and epoch for an idempotent producer.
 *
 * Without a transactional id every call gets a new producer id with epoch 0, whatever id the client had (KIP-360).
 * With one it is refused until there is a transaction coordinator.
 *
 * v2   flexible
 * v3   the producer's current id and epoch (KIP-360)
 * v4   PRODUCER_FENCED may be answered (KIP-588)
 * v5   the client knows transaction verification (KIP-890)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import type { ProducerIds } from '../coordinator/transaction/producer-ids.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function initProducerIdHandler({
  producerIds,
}: {
  producerIds: ProducerIds
}): ApiHandler<typeof InitProducerIdRequest, typeof InitProducerIdResponse> {
  return {
    apiKey: 22,
    name: 'InitProducerId',
    request: InitProducerIdRequest,
    response: InitProducerIdResponse,
    minVersion: 0,
    maxVersion: 5,

    async handle(_context, request) {
      if (request.transactionalId !== null) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
      return { producerId: await producerIds.next(), producerEpoch: 0 }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code, producerId: -1n, producerEpoch: -1 }
    },
  }
}
