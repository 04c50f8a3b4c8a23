/**
 * Envelope: a broker forwards a client's request to the controller, with the principal it has authenticated (KIP-590).
 */
import { bytes, type Decoded, int16, request, response } from '../schema.ts'

export const EnvelopeRequest = request({
  name: 'EnvelopeRequest',
  apiKey: 58,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    requestData: bytes(),
    requestPrincipal: bytes().nullable(),
    clientHostAddress: bytes(),
  }),
})
export type EnvelopeRequest = Decoded<typeof EnvelopeRequest>

export const EnvelopeResponse = response({
  name: 'EnvelopeResponse',
  apiKey: 58,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    responseData: bytes().nullable().default(null),
    errorCode: int16(),
  }),
})
export type EnvelopeResponse = Decoded<typeof EnvelopeResponse>
