/** PLAIN (RFC 4616): one message with a user name and a password, judged by what is configured. */
import { equalTextsInConstantTime } from '../constant-time.ts'
import { type JaasEntry, jaasOption } from '../jaas.ts'
import { userPrincipal } from '../principal.ts'
import { NO_BYTES, SaslFailure, type SaslServer, type SaslStep } from './sasl-server.ts'

export const PLAIN_LOGIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule'

/** The password of a user; null when there is no such user. */
export type PasswordOf = (user: string) => string | null

/** The users of a JAAS text: `user_alice="secret"`. */
export const jaasPasswords =
  (entries: readonly JaasEntry[]): PasswordOf =>
  (user) =>
    jaasOption(entries, PLAIN_LOGIN_MODULE, `user_${user}`)

const failure = (message: string): SaslFailure => new SaslFailure(message, { isForClient: true })

export function plainServer(passwordOf: PasswordOf): SaslServer {
  return { mechanism: 'PLAIN', evaluate: (response) => evaluate(response, passwordOf) }
}

function evaluate(response: Buffer, passwordOf: PasswordOf): SaslStep {
  const tokens = response.toString('utf8').split('\0', 4)
  const [authorizationId, user, password] = tokens
  if (authorizationId === undefined || user === undefined || password === undefined || tokens.length !== 3) {
    throw failure(`Invalid SASL/PLAIN response: expected 3 tokens, got ${tokens.length}`)
  }
  if (user === '') throw failure('Authentication failed: username not specified')
  if (password === '') throw failure('Authentication failed: password not specified')
  const expected = passwordOf(user)
  // An unknown user takes as long as a wrong password.
  const isRight = equalTextsInConstantTime(password, expected ?? '\0')
  if (expected === null || !isRight) throw failure('Authentication failed: Invalid username or password')
  if (authorizationId !== '' && authorizationId !== user) {
    throw failure('Authentication failed: Client requested an authorization id that is different from username')
  }
  return { challenge: NO_BYTES, identity: { principal: userPrincipal(user), expiresAtMs: null } }
}
