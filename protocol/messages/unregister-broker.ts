/**
 * UnregisterBroker: forget a broker that will not come back (KIP-631).
 */
import { type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const UnregisterBrokerRequest = request({
  name: 'UnregisterBrokerRequest',
  apiKey: 64,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    brokerId: int32(),
  }),
})
export type UnregisterBrokerRequest = Decoded<typeof UnregisterBrokerRequest>

export const UnregisterBrokerResponse = response({
  name: 'UnregisterBrokerResponse',
  apiKey: 64,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
  }),
})
export type UnregisterBrokerResponse = Decoded<typeof UnregisterBrokerResponse>
