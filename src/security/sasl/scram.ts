/**
 * SCRAM (RFC 5802, RFC 7677), the server's side:
 *
 *     client first:  n,,n=user,r=clientNonce            server first:  r=clientNonce+serverNonce,s=salt,i=iterations
 *     client final:  c=biws,r=nonce,p=proof              server final:  v=signature
 *
 * A delegation token (KIP-48) logs in by its id and the HMAC in place of the password, and says so: `tokenauth=true`.
 * Channel binding is not offered, as in Kafka.
 */
import { equalInConstantTime } from '../constant-time.ts'
import { type Principal, userPrincipal } from '../principal.ts'
import { SaslFailure, type SaslIdentity, type SaslServer, type SaslStep } from './sasl-server.ts'
import { hmac, MIN_SCRAM_ITERATIONS, provenStoredKey, type ScramCredential, type ScramMechanism } from './scram-keys.ts'

export interface ScramServices {
  readonly mechanism: ScramMechanism
  /** null: no such user, or none with a credential of this mechanism. */
  credentialOf(user: string): ScramCredential | null
  /** null: no such token. */
  tokenOf(tokenId: string): ScramToken | null
  /** A nonce for each exchange, of printable characters but the comma. */
  newNonce(): string
}

export interface ScramToken {
  readonly credential: ScramCredential
  readonly owner: Principal
  readonly expiresAtMs: number
}

interface Exchange {
  readonly credential: ScramCredential
  readonly identity: SaslIdentity
  readonly firstMessages: string
  readonly nonce: string
  readonly gs2Header: string
}

const SASL_NAME = '(?:[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]|=2C|=3D)+'
const EXTENSIONS = '(?:,[A-Za-z]+=[\\x01-\\x2b\\x2d-\\x7f]+)*'
const PRINTABLE = '[\\x21-\\x2b\\x2d-\\x7e]+'
const BASE64 = '(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?'

const CLIENT_FIRST = new RegExp(
  `^(?<gs2Header>n,(?:a=(?<authorizationId>${SASL_NAME}))?,)(?<bare>(?:m=[\\x01-\\x2b\\x2d-\\x7f]+,)?n=(?<name>${SASL_NAME}),r=(?<nonce>${PRINTABLE})(?<extensions>${EXTENSIONS}))$`,
)
const CLIENT_FINAL = new RegExp(
  `^(?<withoutProof>c=(?<channel>${BASE64}),r=(?<nonce>${PRINTABLE})${EXTENSIONS}),p=(?<proof>${BASE64})$`,
)

export function scramServer(services: ScramServices): SaslServer {
  let exchange: Exchange | null = null
  return {
    mechanism: services.mechanism.name,
    evaluate(response) {
      const message = response.toString('utf8')
      if (exchange !== null) return finish(services.mechanism, exchange, message)
      const begun = begin(services, message)
      exchange = begun.exchange
      return { challenge: Buffer.from(begun.serverFirst), identity: null }
    },
  }
}

function begin(services: ScramServices, message: string): { exchange: Exchange; serverFirst: string } {
  const match = CLIENT_FIRST.exec(message)
  // The message may hold a user's name: it is not shown.
  if (match === null) throw new SaslFailure('Invalid SCRAM client first message format')
  const { gs2Header = '', authorizationId, bare, name = '', nonce: clientNonce, extensions = '' } = match.groups ?? {}
  const user = plainName(name)
  const { credential, identity } = isTokenLogin(extensions) ? ofToken(services, user) : ofUser(services, user)
  if (authorizationId !== undefined && plainName(authorizationId) !== user) {
    throw new SaslFailure(
      'Authentication failed: Client requested an authorization id that is different from username',
      { isForClient: true },
    )
  }
  if (credential.iterations < MIN_SCRAM_ITERATIONS) {
    throw new SaslFailure(`Iterations ${credential.iterations} is less than the minimum ${MIN_SCRAM_ITERATIONS}`)
  }
  const nonce = clientNonce + services.newNonce()
  const serverFirst = `r=${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`
  return { exchange: { credential, identity, firstMessages: `${bare},${serverFirst}`, nonce, gs2Header }, serverFirst }
}

const isTokenLogin = (extensions: string): boolean =>
  extensions.split(',').some((extension) => /^tokenauth=true$/i.test(extension))

const plainName = (saslName: string): string => saslName.replaceAll('=2C', ',').replaceAll('=3D', '=')

function ofUser({ credentialOf }: ScramServices, user: string) {
  const credential = credentialOf(user)
  if (credential === null) throw new SaslFailure('Authentication failed: Invalid user credentials')
  return { credential, identity: { principal: userPrincipal(user), expiresAtMs: null } }
}

function ofToken({ tokenOf }: ScramServices, tokenId: string) {
  const token = tokenOf(tokenId)
  if (token === null) throw new SaslFailure(`Token Authentication failed: Invalid tokenId : ${tokenId}`)
  const principal = { ...token.owner, tokenAuthenticated: true }
  return { credential: token.credential, identity: { principal, expiresAtMs: token.expiresAtMs } }
}

function finish({ hash }: ScramMechanism, exchange: Exchange, message: string): SaslStep {
  const match = CLIENT_FINAL.exec(message)
  if (match === null) throw new SaslFailure('Invalid SCRAM client final message format')
  const { withoutProof, channel = '', nonce, proof: proofText = '' } = match.groups ?? {}
  if (nonce !== exchange.nonce) throw new SaslFailure('Invalid client nonce in the final client message.')
  if (Buffer.from(channel, 'base64').toString('latin1') !== exchange.gs2Header) {
    throw new SaslFailure('The final client message repeats another header than the first one has.')
  }
  const { storedKey, serverKey } = exchange.credential
  const authMessage = `${exchange.firstMessages},${withoutProof}`
  const proof = Buffer.from(proofText, 'base64')
  const proven = provenStoredKey(hash, storedKey, authMessage, proof)
  if (proof.length !== storedKey.length || !equalInConstantTime(proven, storedKey)) {
    throw new SaslFailure('Invalid client credentials')
  }
  const signature = hmac(hash, serverKey, authMessage)
  return { challenge: Buffer.from(`v=${signature.toString('base64')}`), identity: exchange.identity }
}
