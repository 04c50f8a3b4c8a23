/**
 * SaslHandshake (key 17): a client that logs in, or logs in anew (KIP-368), chooses the mechanism (KIP-43).
 *
 * v0  tokens follow as bare frames
 * v1  tokens follow in SaslAuthenticate (KIP-152)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from '../../protocol/messages/sasl-handshake.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import { TooSoon } from '../security/sasl/sasl-session.ts'

export function saslHandshakeHandler(): ApiHandler<typeof SaslHandshakeRequest, typeof SaslHandshakeResponse> {
  return {
    apiKey: 17,
    name: 'SaslHandshake',
    request: SaslHandshakeRequest,
    response: SaslHandshakeResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [] },

    handle({ apiVersion, quota, connection: { sasl } }, { mechanism }) {
      quota?.exempt()
      if (sasl === null) return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] }
      const { mechanismNames: mechanisms } = sasl
      try {
        if (sasl.handshake(mechanism, apiVersion)) return { errorCode: ErrorCode.NONE, mechanisms }
      } catch (error) {
        if (error instanceof TooSoon) return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] }
        throw error
      }
      return new Outcome(
        { errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms },
        { closeReason: 'it asked for a SASL mechanism that is not enabled' },
      )
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode, mechanisms: [] }
    },
  }
}
