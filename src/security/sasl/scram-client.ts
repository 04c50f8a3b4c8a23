/**
 * SCRAM (RFC 5802, RFC 7677), the client's side; `scram.ts` is the server's and shows the messages. The server has to
 * prove that it knows the user too: one that cannot is somebody else.
 */
import { createHash } from 'node:crypto'
import { equalInConstantTime } from '../constant-time.ts'
import { type SaslClient, SaslRefused } from './sasl-client.ts'
import { hmac, MIN_SCRAM_ITERATIONS, type ScramMechanism, saltedPassword } from './scram-keys.ts'

export interface ScramLogin {
  readonly mechanism: ScramMechanism
  readonly username: string
  readonly password: string
  /** The name is a delegation token's id and the password its HMAC (KIP-48). */
  readonly isToken: boolean
  /** A fresh one for each exchange, of printable characters but the comma. */
  newNonce(): string
}

/** A server that asks for more wants this process to stand still: Kafka gives users up to 16384. */
const MAX_ITERATIONS = 100_000
/** The Base64 of `n,,`: no channel is bound. */
const HEADER = 'biws'
const SERVER_FIRST =
  /^r=(?<nonce>[\x21-\x2b\x2d-\x7e]+),s=(?<salt>[a-zA-Z0-9/+=]+),i=(?<iterations>[1-9]\d{0,8})(?:,.*)?$/
const SERVER_FINAL = /^v=(?<signature>[a-zA-Z0-9/+=]+)(?:,.*)?$/

export function scramClient(login: ScramLogin): SaslClient {
  const clientNonce = login.newNonce()
  const bare = `n=${saslName(login.username)},r=${clientNonce}${login.isToken ? ',tokenauth=true' : ''}`
  let expectedSignature: Buffer | null = null
  return {
    first: () => Buffer.from(`n,,${bare}`),
    respond(challenge) {
      const message = challenge.toString('utf8')
      if (expectedSignature !== null) {
        checkSignature(message, expectedSignature)
        return null
      }
      const { token, signature } = prove(login, clientNonce, bare, message)
      expectedSignature = signature
      return token
    },
  }
}

const saslName = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C')

function prove(
  { mechanism, password }: ScramLogin,
  clientNonce: string,
  bare: string,
  serverFirst: string,
): { token: Buffer; signature: Buffer } {
  const { nonce = '', salt = '', iterations: digits = '' } = SERVER_FIRST.exec(serverFirst)?.groups ?? {}
  if (nonce === '') throw new SaslRefused('the server sent no valid first message of SCRAM')
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new SaslRefused('the server answered with a nonce that does not go on from this one')
  }
  const iterations = Number(digits)
  if (iterations < MIN_SCRAM_ITERATIONS || iterations > MAX_ITERATIONS) {
    throw new SaslRefused(
      `the server asks for ${digits} iterations: between ${MIN_SCRAM_ITERATIONS} and ${MAX_ITERATIONS} are possible`,
    )
  }
  const { hash } = mechanism
  const salted = saltedPassword(mechanism, password, Buffer.from(salt, 'base64'), iterations)
  const clientKey = hmac(hash, salted, 'Client Key')
  const withoutProof = `c=${HEADER},r=${nonce}`
  const authMessage = `${bare},${serverFirst},${withoutProof}`
  const clientSignature = hmac(hash, createHash(hash).update(clientKey).digest(), authMessage)
  const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0))
  return {
    token: Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`),
    signature: hmac(hash, hmac(hash, salted, 'Server Key'), authMessage),
  }
}

function checkSignature(serverFinal: string, expected: Buffer): void {
  const { signature } = SERVER_FINAL.exec(serverFinal)?.groups ?? {}
  if (signature !== undefined && equalInConstantTime(Buffer.from(signature, 'base64'), expected)) return
  throw new SaslRefused('the server could not prove that it knows the user')
}
