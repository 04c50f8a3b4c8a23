/**
 * The tokens that this node shows to others, as Kafka's clients get theirs: from the file or the endpoint of
 * `sasl.oauthbearer.token.endpoint.url` (OAuth's grant of client credentials, KIP-768), or, for development, made of the
 * claims of a JAAS text and signed by nobody. A token is used until most of its time is over.
 */
import { ConfigError } from '../../config/values.ts'
import type { FileSystem } from '../../env/file-system.ts'
import type { Network } from '../../env/network.ts'
import type { JaasEntry } from '../jaas.ts'
import { SaslRefused } from './sasl-client.ts'

export interface TokenOptions {
  /** `sasl.oauthbearer.token.endpoint.url`; null: unsecured tokens. */
  readonly url: string | null
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly scope: string | null
  /** `sasl.login.refresh.window.factor`: the part of its life after which a token is replaced. */
  readonly refreshFactor: number
  /** The entry of the login module; null: there is none. */
  readonly jaas: JaasEntry | null
}

export interface TokenServices {
  readonly files: Pick<FileSystem, 'readFile'>
  readonly network: Pick<Network, 'download'>
  readonly nowMs: () => number
}

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 1024 * 1024

/** Throws `ConfigError` when the options say of no token. The function rejects with `SaslRefused`. */
export function ownTokens(options: TokenOptions, services: TokenServices): () => Promise<string> {
  const fetchToken = tokenSource(options, services)
  let token: { text: string; untilMs: number } | null = null
  return async () => {
    const nowMs = services.nowMs()
    if (token !== null && nowMs < token.untilMs) return token.text
    const text = await fetchToken()
    const expiresAtMs = expiryOf(text)
    token = { text, untilMs: expiresAtMs === null ? nowMs : nowMs + (expiresAtMs - nowMs) * options.refreshFactor }
    return text
  }
}

function tokenSource(options: TokenOptions, services: TokenServices): () => Promise<string> {
  const { url } = options
  if (url === null) return unsecuredToken(options.jaas, services.nowMs)
  if (url.startsWith('file:')) {
    const path = decodeURIComponent(new URL(url).pathname)
    return () => explained(url, async () => (await services.files.readFile(path)).toString('utf8').trim())
  }
  const request = credentialsRequest(options)
  return () =>
    explained(url, async () => {
      const answer = await services.network.download(url, {
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
        post: request,
      })
      return accessToken(answer)
    })
}

async function explained(url: string, get: () => Promise<string>): Promise<string> {
  try {
    return await get()
  } catch (error) {
    throw new SaslRefused(`no token could be had from ${url}: ${(error as Error).message}`)
  }
}

function credentialsRequest({ clientId, clientSecret, scope, jaas }: TokenOptions) {
  const option = (name: string): string | null => jaas?.options.get(name) ?? null
  const [id, secret] = [clientId ?? option('clientId'), clientSecret ?? option('clientSecret')]
  if (id === null || secret === null) {
    throw new ConfigError(
      'sasl.oauthbearer.token.endpoint.url needs sasl.oauthbearer.client.credentials.client.id and .client.secret',
    )
  }
  const wanted = scope ?? option('scope')
  const body = `grant_type=client_credentials${wanted === null ? '' : `&scope=${encodeURIComponent(wanted)}`}`
  const headers = {
    Accept: 'application/json',
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  }
  return { headers, body }
}

/** The text of an answer is not shown, whatever it is: it may hold a secret. */
function accessToken(answer: Buffer): string {
  let token: unknown
  try {
    token = JSON.parse(answer.toString('utf8')).access_token
  } catch {
    throw new Error('its answer is no JSON object')
  }
  if (typeof token !== 'string' || token === '') throw new Error('its answer has no access_token')
  return token
}

/** When a token ends, by its claim; null for a token that is no JWT. */
function expiryOf(token: string): number | null {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof exp === 'number' ? exp * 1000 : null
  } catch {
    return null
  }
}

const CLAIM = /^unsecuredLogin(String|Number|List)Claim_(.+)$/
const DEFAULT_LIFETIME_SECONDS = 3600

/** Kafka's OAuthBearerUnsecuredLoginCallbackHandler: `unsecuredLoginStringClaim_sub="alice"`. */
function unsecuredToken(jaas: JaasEntry | null, nowMs: () => number): () => Promise<string> {
  const claims: Record<string, unknown> = {}
  for (const [name, text] of jaas?.options ?? []) {
    const [, type, claim] = CLAIM.exec(name) ?? []
    if (claim !== undefined) claims[claim] = claimValue(type, text)
  }
  const lifetimeSeconds = Number(jaas?.options.get('unsecuredLoginLifetimeSeconds') ?? DEFAULT_LIFETIME_SECONDS)
  const principalClaim = jaas?.options.get('unsecuredLoginPrincipalClaimName') ?? 'sub'
  if (typeof claims[principalClaim] !== 'string' || !Number.isFinite(lifetimeSeconds)) {
    throw new ConfigError(
      `A login by OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, or unsecuredLoginStringClaim_${principalClaim} in its JAAS config`,
    )
  }
  return async () => {
    const iat = nowMs() / 1000
    return `${jsonPart({ alg: 'none' })}.${jsonPart({ ...claims, iat, exp: iat + lifetimeSeconds })}.`
  }
}

function claimValue(type: string | undefined, text: string): unknown {
  if (type === 'Number') return Number(text)
  // The first character of a list says what separates its items.
  return type === 'List' ? text.slice(1).split(text.charAt(0)) : text
}

const jsonPart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
