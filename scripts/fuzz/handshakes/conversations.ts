/**
 * Logins by every mechanism, in every version of their requests, as a client holds them that knows all but the secrets. A
 * conversation yields the frames of the client, without their sizes, and is given the broker's answers.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { codec } from '../../../protocol/compile.ts'
import { readResponseHeader, requestFrame } from '../../../protocol/frame.ts'
import { type Api, apisByKey } from '../../../protocol/registry.ts'

export type Conversation = Generator<Buffer, void, Buffer>
/** Answers of a frame; an empty one when the broker has said nothing that can be read. */
type Exchange = Generator<Buffer, void, Buffer>

const ApiVersions = apisByKey.get(18)!
const SaslHandshake = apisByKey.get(17)!
const SaslAuthenticate = apisByKey.get(36)!

/** The user that there is. Its password is not known here. */
export const USER = 'alice'
const WRONG_PASSWORD = 'wrong'

const SIZE_BYTES = 4
const NOTHING = Buffer.alloc(0)

function request(api: Api, version: number, body: object): Buffer {
  const header = { correlationId: 7, clientId: 'fuzz' }
  return Buffer.concat(requestFrame(api, version, header, body)).subarray(SIZE_BYTES)
}

function tokenIn(answer: Buffer, version: number): Buffer {
  try {
    const { reader } = readResponseHeader(SaslAuthenticate, version, answer)
    return (codec(SaslAuthenticate.response, version).decode(reader) as { authBytes: Buffer }).authBytes
  } catch {
    return NOTHING
  }
}

/** `exchange` yields tokens and is given challenges; here they get their frames. */
function* conversation(mechanism: string, version: number | 'bare', exchange: Exchange): Conversation {
  yield request(ApiVersions, 3, { clientSoftwareName: 'fuzz', clientSoftwareVersion: '1' })
  yield request(SaslHandshake, version === 'bare' ? 0 : 1, { mechanism })
  let next = exchange.next()
  while (next.done !== true) {
    const token = next.value
    const answer: Buffer = yield version === 'bare' ? token : request(SaslAuthenticate, version, { authBytes: token })
    next = exchange.next(version === 'bare' ? answer : tokenIn(answer, version))
  }
}

function* plain(): Exchange {
  yield Buffer.from(`\0${USER}\0${WRONG_PASSWORD}`)
}

function* scram(hash: 'sha256' | 'sha512', extensions: string): Exchange {
  const first = `n=${USER},r=fuzzfuzzfuzzfuzz${extensions}`
  const serverFirst = (yield Buffer.from(`n,,${first}`)).toString()
  const [, nonce = 'fuzz', salt = '', iterations = '4096'] = /^r=(.*),s=(.*),i=(\d+)$/.exec(serverFirst) ?? []
  const withoutProof = `c=biws,r=${nonce}`
  const authMessage = `${first},${serverFirst},${withoutProof}`
  const clientKey = createHmac(hash, saltedPassword(hash, salt, Number(iterations)))
    .update('Client Key')
    .digest()
  const storedKey = createHash(hash).update(clientKey).digest()
  const signature = createHmac(hash, storedKey).update(authMessage).digest()
  const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))
  yield Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)
}

const salted = new Map<string, Buffer>()

/** A broker gives one user the same salt each time: it is worth keeping. */
function saltedPassword(hash: 'sha256' | 'sha512', salt: string, iterations: number): Buffer {
  const key = `${hash} ${salt} ${iterations}`
  const known = salted.get(key)
  if (known !== undefined) return known
  const length = createHash(hash).digest().length
  const made = pbkdf2Sync(WRONG_PASSWORD, Buffer.from(salt, 'base64'), iterations, length, hash)
  if (salted.size < 100) salted.set(key, made)
  return made
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that nobody has signed, or somebody else has. */
const TOKENS = [{ alg: 'none' }, { alg: 'ES256', kid: 'key' }, { alg: 'HS256', kid: 'key' }, { alg: 'RS256' }].map(
  (header) => {
    const claims = { sub: USER, iss: 'issuer', aud: 'samsa', iat: 1_700_000_000, exp: 4_102_444_800, scope: 'all' }
    const isSigned = header.alg !== 'none'
    return `${base64(header)}.${base64(claims)}.${isSigned ? Buffer.alloc(64, 7).toString('base64url') : ''}`
  },
)

function* oauthBearer(token: string): Exchange {
  yield Buffer.from(`n,a=${USER},\x01auth=Bearer ${token}\x01traceparent=1\x01\x01`)
  yield Buffer.from('\x01')
}

const VERSIONS = ['bare', 0, 1, 2] as const

/** One of all, drawn by chance. */
export function anyConversation(random: (below: number) => number): Conversation {
  const version = VERSIONS[random(VERSIONS.length)] ?? 'bare'
  switch (random(4)) {
    case 0:
      return conversation('PLAIN', version, plain())
    case 1:
      return conversation('SCRAM-SHA-256', version, scram('sha256', random(3) === 0 ? ',tokenauth=true' : ''))
    case 2:
      return conversation('SCRAM-SHA-512', version, scram('sha512', ''))
    default:
      return conversation('OAUTHBEARER', version, oauthBearer(TOKENS[random(TOKENS.length)] ?? ''))
  }
}
