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
