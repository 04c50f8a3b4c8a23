/**
 * The SASL login of a connection that this side opened (KIP-152), and when it has to be done anew (KIP-368): a broker
 * that ends sessions says how long this one is good for.
 */
import { ErrorCode, errorName } from '../../protocol/errors.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from '../../protocol/messages/sasl-handshake.ts'
import { type SaslLogin, SaslRefused } from '../security/sasl/sasl-client.ts'
import { ClientError } from './errors.ts'
import type { Requests } from './requests.ts'

/** The part of a session after which the next request begins a new login; Kafka's clients take 85 to 95 per cent. */
const RENEWAL_FACTOR = 0.85

/** Resolves to the milliseconds after which to log in anew, or Infinity. Rejects with a `ClientError`. */
export async function logIn(connection: Requests, { mechanism, newClient }: SaslLogin): Promise<number> {
  const handshake = await connection.request(SaslHandshakeRequest, SaslHandshakeResponse, { mechanism })
  if (handshake.errorCode !== ErrorCode.NONE) {
    const offered = handshake.mechanisms.join(', ')
    throw refused(connection, `it does not take ${mechanism}, but ${offered === '' ? 'nothing' : offered}`)
  }
  const client = newClient()
  try {
    let token: Buffer | null = await client.first()
    let sessionLifetimeMs = 0
    while (token !== null) {
      const answer: SaslAuthenticateResponse = await connection.request(
        SaslAuthenticateRequest,
        SaslAuthenticateResponse,
        { authBytes: token },
      )
      if (answer.errorCode !== ErrorCode.NONE) {
        throw refused(connection, answer.errorMessage ?? errorName(answer.errorCode))
      }
      sessionLifetimeMs = Number(answer.sessionLifetimeMs)
      token = client.respond(answer.authBytes)
    }
    return sessionLifetimeMs > 0 ? sessionLifetimeMs * RENEWAL_FACTOR : Number.POSITIVE_INFINITY
  } catch (error) {
    throw error instanceof SaslRefused ? refused(connection, error.message, error) : error
  }
}

const refused = ({ address }: Requests, why: string, cause?: Error): ClientError =>
  new ClientError('refused', `The login at ${address} failed: ${why}`, { cause })
