/**
 * SaslAuthenticate: one step of a SASL exchange (KIP-152).
 *
 * - v1: how long the session lasts before the client must authenticate again (KIP-368).
 */
import { bytes, type Decoded, int16, int64, request, response, string } from '../schema.ts'

export const SaslAuthenticateRequest = request({
  name: 'SaslAuthenticateRequest',
  apiKey: 36,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    authBytes: bytes(),
  }),
})
export type SaslAuthenticateRequest = Decoded<typeof SaslAuthenticateRequest>

export const SaslAuthenticateResponse = response({
  name: 'SaslAuthenticateResponse',
  apiKey: 36,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    errorMessage: string().nullable(),
    authBytes: bytes(),
    sessionLifetimeMs: int64('1+').ignorable(),
  }),
})
export type SaslAuthenticateResponse = Decoded<typeof SaslAuthenticateResponse>
