/**
 * Tokens that nobody has signed, for development: whoever writes one is who it says (Kafka's
 * OAuthBearerUnsecuredValidatorCallbackHandler with its JAAS options).
 */
import { ConfigError } from '../../config/values.ts'
import { type JaasEntry, jaasOption } from '../jaas.ts'
import { TokenRefused, type TokenValidator } from './oauthbearer.ts'

export const OAUTHBEARER_LOGIN_MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'

interface UnsecuredOptions {
  readonly principalClaim: string
  readonly scopeClaim: string
  readonly requiredScope: readonly string[]
  readonly skewMs: number
}

/** Throws `ConfigError` for an option that cannot be. */
export function unsecuredTokens(entries: readonly JaasEntry[], nowMs: () => number): TokenValidator {
  const option = (name: string): string | null => {
    const value = jaasOption(entries, OAUTHBEARER_LOGIN_MODULE, `unsecuredValidator${name}`)
    return value === null || value.trim() === '' ? null : value.trim()
  }
  const options: UnsecuredOptions = {
    principalClaim: option('PrincipalClaimName') ?? 'sub',
    scopeClaim: option('ScopeClaimName') ?? 'scope',
    requiredScope: (option('RequiredScope') ?? '').split(/\s+/).filter((scope) => scope !== ''),
    skewMs: Number(option('AllowableClockSkewMs') ?? 0),
  }
  if (!Number.isInteger(options.skewMs) || options.skewMs < 0) {
    throw new ConfigError('unsecuredValidatorAllowableClockSkewMs in JAAS config must be a number that is not negative')
  }
  return (token) => judge(token, options, nowMs())
}

type Claims = Readonly<Record<string, unknown>>

function judge(token: string, options: UnsecuredOptions, nowMs: number) {
  const claims = readClaims(token)
  const principalName = claims[options.principalClaim]
  if (typeof principalName !== 'string' || principalName === '') {
    throw new TokenRefused(`Required claim missing: ${options.principalClaim}`)
  }
  const issuedAtMs = seconds(claims, 'iat')
  const expiresAtMs = seconds(claims, 'exp')
  if (expiresAtMs === null) throw new TokenRefused('Required claim missing: exp')
  if (issuedAtMs !== null && issuedAtMs > nowMs + options.skewMs) throw new TokenRefused('The token is of the future')
  if (nowMs - options.skewMs >= expiresAtMs) throw new TokenRefused('The token has expired')
  if (issuedAtMs !== null && expiresAtMs <= issuedAtMs) throw new TokenRefused('The token ends before it begins')
  checkScope(claims[options.scopeClaim], options.requiredScope)
  return { principalName, expiresAtMs: Math.floor(expiresAtMs) }
}

function readClaims(token: string): Claims {
  const [head, body, signature, ...others] = token.split('.')
  if (head === undefined || body === undefined || signature === undefined || others.length > 0) {
    throw new TokenRefused('A token has three parts')
  }
  if (signature !== '') throw new TokenRefused('An unsecured token has no signature')
  const header = readJson(head)
  if (header.alg !== 'none') throw new TokenRefused('An unsecured token has the algorithm none')
  return readJson(body)
}

function readJson(part: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims
  } catch {
    // Refused below, with what is no object.
  }
  throw new TokenRefused('A part of the token is no JSON object')
}

function seconds(claims: Claims, name: string): number | null {
  const value = claims[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number') throw new TokenRefused(`The ${name} claim had the incorrect type`)
  return value * 1000
}

function checkScope(claim: unknown, required: readonly string[]): void {
  if (required.length === 0) return
  const granted = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.trim().split(/\s+/) : []
  const missing = required.find((scope) => !granted.includes(scope))
  if (missing !== undefined) {
    throw new TokenRefused(`The scope ${missing} is missing`, required.join(' '))
  }
}
