/**
 * OAUTHBEARER (RFC 7628, KIP-255): the client shows a token, which a validator judges. A token that is refused is answered
 * with the reason as JSON; the client acknowledges with a single byte and only then the exchange has failed.
 */
import { userPrincipal } from '../principal.ts'
import { NO_BYTES, SaslFailure, type SaslServer, type SaslStep } from './sasl-server.ts'

export interface BearerToken {
  readonly principalName: string
  readonly expiresAtMs: number
}

/** Throws, or rejects with, a `TokenRefused` when the token is none, is not valid, or says too little. */
export type TokenValidator = (token: string) => BearerToken | Promise<BearerToken>

export class TokenRefused extends Error {
  readonly status: 'invalid_token' | 'insufficient_scope'
  readonly scope: string | null

  constructor(reason: string, scope: string | null = null) {
    super(reason)
    this.name = 'TokenRefused'
    this.status = scope === null ? 'invalid_token' : 'insufficient_scope'
    this.scope = scope
  }
}

const CONTROL_A = 1
const SASL_NAME = '(?:[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]|=2C|=3D)+'
const CLIENT_FIRST = new RegExp(
  `^n,(?:a=(?<authorizationId>${SASL_NAME}))?,\\x01(?<pairs>(?:[A-Za-z]+=[\\x21-\\x7e \\t\\r\\n]+\\x01)*)\\x01$`,
)
const AUTH = /^(?<scheme>\w+) +(?<token>[-_~+/.a-zA-Z0-9]+=*)$/

export function oauthBearerServer(validate: TokenValidator): SaslServer {
  let refusal: string | null = null
  const refuse = (error: unknown): SaslStep => {
    if (!(error instanceof TokenRefused)) throw error
    refusal = errorResponse(error)
    return { challenge: Buffer.from(refusal), identity: null }
  }
  return {
    mechanism: 'OAUTHBEARER',
    evaluate(response) {
      if (refusal !== null && response.length === 1 && response[0] === CONTROL_A) {
        throw new SaslFailure(refusal, { isForClient: true })
      }
      refusal = null
      const { token, authorizationId } = parseFirst(response.toString('utf8'))
      const accept = (judged: BearerToken): SaslStep => accepted(judged, authorizationId)
      try {
        const judged = validate(token)
        return judged instanceof Promise ? judged.then(accept, refuse) : accept(judged)
      } catch (error) {
        return refuse(error)
      }
    },
  }
}

function parseFirst(message: string): { token: string; authorizationId: string } {
  const match = CLIENT_FIRST.exec(message)
  if (match === null) throw new SaslFailure('Invalid OAUTHBEARER client first message')
  const { authorizationId = '', pairs = '' } = match.groups ?? {}
  const auth = pairs.split('\x01').find((pair) => pair.startsWith('auth='))
  if (auth === undefined) throw new SaslFailure("Invalid OAUTHBEARER client first message: 'auth' not specified")
  const { scheme = '', token } = AUTH.exec(auth.slice('auth='.length))?.groups ?? {}
  if (token === undefined) throw new SaslFailure("Invalid OAUTHBEARER client first message: invalid 'auth' format")
  if (scheme.toLowerCase() !== 'bearer') {
    throw new SaslFailure(`Invalid scheme in OAUTHBEARER client first message: ${scheme}`)
  }
  return { token, authorizationId }
}

function accepted({ principalName, expiresAtMs }: BearerToken, authorizationId: string): SaslStep {
  if (authorizationId !== '' && authorizationId !== principalName) {
    throw new SaslFailure(
      `Authentication failed: Client requested an authorization id (${authorizationId}) that is different from the token's principal name (${principalName})`,
      { isForClient: true },
    )
  }
  return { challenge: NO_BYTES, identity: { principal: userPrincipal(principalName), expiresAtMs } }
}

const errorResponse = ({ status, scope }: TokenRefused): string =>
  scope === null ? `{"status":"${status}"}` : `{"status":"${status}", "scope":"${scope}"}`
