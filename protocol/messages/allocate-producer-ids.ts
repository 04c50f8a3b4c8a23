/**
 * AllocateProducerIds: a broker takes a block of producer ids from the controller (KIP-730).
 */
import { type Decoded, int16, int32, int64, request, response } from '../schema.ts'

export const AllocateProducerIdsRequest = request({
  name: 'AllocateProducerIdsRequest',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64().default(-1n),
  }),
})
export type AllocateProducerIdsRequest = Decoded<typeof AllocateProducerIdsRequest>

export const AllocateProducerIdsResponse = response({
  name: 'AllocateProducerIdsResponse',
  apiKey: 67,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  }),
})
export type AllocateProducerIdsResponse = Decoded<typeof AllocateProducerIdsResponse>
