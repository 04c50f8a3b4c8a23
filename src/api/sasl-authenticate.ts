/**
 * SaslAuthenticate (key 36): a token of a SASL exchange, and what the mechanism answers (KIP-152). A failed login is
 * answered after `connection.failed.authentication.delay.ms`, and then the connection ends.
 *
 * v1  after which time the client must log in anew (KIP-368)
 * v2  flexible
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../protocol/messages/sasl-authenticate.ts'
import type { ApiHandler, ConnectionContext } from '../dispatch/handler.ts'
import { type Answer, Outcome } from '../dispatch/outcome.ts'
import type { Clock } from '../env/index.ts'
import { failedLogin, type LoginWitnesses, loggedIn } from '../security/login-log.ts'
import { SaslFailure } from '../security/sasl/sasl-server.ts'
import type { SaslProgress, SaslSession } from '../security/sasl/sasl-session.ts'

type Response = Answer<typeof SaslAuthenticateResponse>

export interface SaslAuthenticateServices extends LoginWitnesses {
  readonly clock: Clock
  readonly failureDelayMs: () => number
}

export function saslAuthenticateHandler(
  services: SaslAuthenticateServices,
): ApiHandler<typeof SaslAuthenticateRequest, typeof SaslAuthenticateResponse> {
  return {
    apiKey: 36,
    name: 'SaslAuthenticate',
    request: SaslAuthenticateRequest,
    response: SaslAuthenticateResponse,
    minVersion: 0,
    maxVersion: 2,
    // Clients that wait out the delay of a failure must not take the places of others.
    waitsByDesign: true,
    access: { needs: [] },

    handle({ quota, connection }, { authBytes }) {
      quota?.exempt()
      const { sasl } = connection
      if (sasl === null || !sasl.isExchanging) {
        return {
          errorCode: ErrorCode.ILLEGAL_SASL_STATE,
          errorMessage: 'SaslAuthenticate request received after successful authentication',
        }
      }
      // Tokens are small, and what a mechanism keeps of them must not keep the frame.
      return authenticate(services, connection, sasl, Buffer.from(authBytes))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}

function authenticate(
  services: SaslAuthenticateServices,
  connection: ConnectionContext,
  sasl: SaslSession,
  token: Buffer,
): Response | Promise<Response> {
  const advance = ({ challenge: authBytes, principal, sessionLifetimeMs }: SaslProgress): Response => {
    const response = { errorCode: ErrorCode.NONE, authBytes, sessionLifetimeMs: BigInt(sessionLifetimeMs) }
    if (principal === null) return response
    loggedIn(services, connection, principal)
    return new Outcome(response, { peer: { ...connection.peer, principal } })
  }
  const fail = (error: unknown): Promise<Response> => {
    failedLogin(services, connection, error)
    return new Promise((resolve) => {
      services.clock.schedule(services.failureDelayMs(), () => resolve(failure(error)))
    })
  }
  try {
    const progress = sasl.authenticate(token)
    return progress instanceof Promise ? progress.then(advance).catch(fail) : advance(progress)
  } catch (error) {
    return fail(error)
  }
}

function failure(error: unknown): Response {
  const errorMessage = error instanceof SaslFailure ? error.message : 'The login could not be judged'
  const response = { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage }
  return new Outcome(response, { closeReason: 'its login has failed' })
}
