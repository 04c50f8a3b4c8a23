/**
 * SaslHandshake: choose the SASL mechanism (KIP-43).
 *
 * - v1: authentication follows as SaslAuthenticate requests, not as bare tokens (KIP-152). Never flexible: old clients
 *   negotiate it wrongly (KAFKA-9577).
 */
import { array, type Decoded, int16, request, response, string } from '../schema.ts'

export const SaslHandshakeRequest = request({
  name: 'SaslHandshakeRequest',
  apiKey: 17,
  versions: '0-1',
  flexible: 'none',
  listeners: ['broker', 'controller'],
  fields: () => ({
    mechanism: string(),
  }),
})
export type SaslHandshakeRequest = Decoded<typeof SaslHandshakeRequest>

export const SaslHandshakeResponse = response({
  name: 'SaslHandshakeResponse',
  apiKey: 17,
  versions: '0-1',
  flexible: 'none',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    mechanisms: array(string()),
  }),
})
export type SaslHandshakeResponse = Decoded<typeof SaslHandshakeResponse>
