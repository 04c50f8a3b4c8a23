/** Tokens that are signed, right and wrong ones, and the JWKS document by which a broker knows. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const AUDIENCE = 'kafka'
const ISSUER = 'https://tokens.example'
const HANDLER = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler'

const KINDS = ['right', 'of another key', 'over', 'for others', 'of another issuer'] as const
export type TokenKind = (typeof KINDS)[number]

export interface SignedTokens {
  readonly jwksUrl: string
  readonly tokens: Readonly<Record<TokenKind, { readonly token: string; readonly tokenFile: string }>>
  /** The keys of a listener that takes these tokens. */
  properties(prefix: string): Record<string, string>
  remove(): Promise<void>
}

export async function makeSignedTokens(): Promise<SignedTokens> {
  const folder = await mkdtemp(join(tmpdir(), 'samsa-tokens-'))
  const [own, other] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')]
  const jwks = join(folder, 'jwks.json')
  const key = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  await writeFile(jwks, JSON.stringify({ keys: [key] }))
  const nowSeconds = Math.floor(Date.now() / 1000)
  const make = async (kind: TokenKind) => {
    const token = await new SignJWT({ scope: 'produce' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setSubject('alice')
      .setIssuer(kind === 'of another issuer' ? 'https://elsewhere.example' : ISSUER)
      .setAudience(kind === 'for others' ? 'others' : AUDIENCE)
      .setIssuedAt(nowSeconds - 7200)
      .setExpirationTime(kind === 'over' ? nowSeconds - 3600 : nowSeconds + 36_000)
      .sign(kind === 'of another key' ? other.privateKey : own.privateKey)
    const tokenFile = join(folder, `${kind.replaceAll(' ', '-')}.jwt`)
    await writeFile(tokenFile, token)
    return [kind, { token, tokenFile }] as const
  }
  return {
    jwksUrl: `file://${jwks}`,
    tokens: Object.fromEntries(await Promise.all(KINDS.map(make))) as SignedTokens['tokens'],
    properties: (prefix) => ({
      [`${prefix}.sasl.server.callback.handler.class`]: HANDLER,
      [`${prefix}.sasl.oauthbearer.jwks.endpoint.url`]: `file://${jwks}`,
      [`${prefix}.sasl.oauthbearer.expected.audience`]: AUDIENCE,
      [`${prefix}.sasl.oauthbearer.expected.issuer`]: ISSUER,
    }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A token that nobody has signed. */
export function unsecuredToken(subject: string, lifetimeSeconds = 3600): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat, exp: iat + lifetimeSeconds })}.`
}
