/**
 * InitProducerId: give a producer its id and epoch; with a transactional id also end what an earlier producer of that
 * id left open (KIP-98).
 *
 * - v1: the response is sent before the client is throttled (KIP-219).
 * - v3: id and epoch that the producer has, to go on after an INVALID_PRODUCER_EPOCH (KIP-360).
 * - v4: the client knows PRODUCER_FENCED. v5: and TRANSACTION_ABORTABLE (KIP-890).
 * - v6: two-phase commit (KIP-939); still being designed, not advertised.
 */
import { bool, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const InitProducerIdRequest = request({
  name: 'InitProducerIdRequest',
  apiKey: 22,
  versions: '0-6',
  flexible: '2+',
  latestVersionUnstable: true,
  fields: () => ({
    transactionalId: string().nullable(),
    transactionTimeoutMs: int32(),
    producerId: int64('3+').default(-1n),
    producerEpoch: int16('3+').default(-1),
    enable2Pc: bool('6+'),
    keepPreparedTxn: bool('6+'),
  }),
})
export type InitProducerIdRequest = Decoded<typeof InitProducerIdRequest>

export const InitProducerIdResponse = response({
  name: 'InitProducerIdResponse',
  apiKey: 22,
  versions: '0-6',
  flexible: '2+',
  latestVersionUnstable: true,
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64().default(-1n),
    producerEpoch: int16(),
    ongoingTxnProducerId: int64('6+').default(-1n),
    ongoingTxnProducerEpoch: int16('6+').default(-1),
  }),
})
export type InitProducerIdResponse = Decoded<typeof InitProducerIdResponse>
