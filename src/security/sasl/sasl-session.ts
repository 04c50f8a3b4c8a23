/**
 * The login of one connection, and its logins anew (KIP-368): which request may come now, and who the client is.
 *
 *     begun ──SaslHandshake──▶ exchanging ──last token──▶ open ──SaslHandshake──▶ exchanging (again) …
 *       └──ApiVersions, a few times                         └──session over: nothing but SaslHandshake
 *
 * After SaslHandshake v0 tokens come bare, without a request around them (before KIP-152); after v1 in SaslAuthenticate. A
 * failure ends the connection. While a client logs in anew it is not let do anything else, and it stays who it was.
 */
import { isSamePrincipal, type Principal, principalText } from '../principal.ts'
import type { SaslMechanism } from './sasl-mechanisms.ts'
import { SaslFailure, type SaslServer, type SaslStep } from './sasl-server.ts'

export const API_VERSIONS = 18
export const SASL_HANDSHAKE = 17
export const SASL_AUTHENTICATE = 36

/** Kafka lets a client log in anew once a second. */
const MIN_REAUTH_INTERVAL_MS = 1000
/** A client asks once, and once more when its version of the request is not spoken. */
const MAX_API_VERSIONS = 4

export interface SaslClock {
  nowMs(): number
  monotonicMs(): number
}

export interface SaslProgress {
  readonly challenge: Buffer
  /** Given when the login is complete. */
  readonly principal: Principal | null
  /** After which time the client must log in anew; 0: never, or not yet known. */
  readonly sessionLifetimeMs: number
}

type Stage = 'begun' | 'exchanging' | 'open' | 'failed'

export class SaslSession {
  readonly #mechanisms: readonly SaslMechanism[]
  readonly #clock: SaslClock
  #stage: Stage = 'begun'
  #apiVersions = 0
  #mechanism: SaslMechanism | null = null
  #server: SaslServer | null = null
  #bareTokens = false
  #principal: Principal | null = null
  /** On the monotonic clock; null: the session does not end. */
  #endsMs: number | null = null
  #openedMs = Number.NEGATIVE_INFINITY
  /** Set when the client asks for another mechanism than it has logged in by: its next token is refused. */
  #problem: string | null = null

  constructor(mechanisms: readonly SaslMechanism[], clock: SaslClock) {
    this.#mechanisms = mechanisms
    this.#clock = clock
  }

  get mechanismNames(): string[] {
    return this.#mechanisms.map(({ name }) => name)
  }

  /** The client has proven who it is: from then on it may be sent large frames and send them. */
  get isAuthenticated(): boolean {
    return this.#principal !== null
  }

  /** The next frame is a token without a request around it. */
  get expectsBareToken(): boolean {
    return this.#stage === 'exchanging' && this.#bareTokens
  }

  /** The client is within its session and may do what its principal may. */
  get isOpen(): boolean {
    return this.#stage === 'open' && (this.#endsMs === null || this.#clock.monotonicMs() <= this.#endsMs)
  }

  /** A handshake has begun a login that is not complete. */
  get isExchanging(): boolean {
    return this.#stage === 'exchanging'
  }

  /** null: the request may be handled; a sentence: it ends the connection. */
  refusal(apiKey: number): string | null {
    switch (this.#stage) {
      case 'begun':
        if (apiKey === SASL_HANDSHAKE) return null
        if (apiKey === API_VERSIONS && ++this.#apiVersions <= MAX_API_VERSIONS) return null
        return `Unexpected Kafka request of type ${apiKey} during SASL handshake.`
      case 'exchanging':
        return apiKey === SASL_AUTHENTICATE
          ? null
          : `Unexpected Kafka request of type ${apiKey} during SASL authentication.`
      case 'open':
        return this.isOpen || apiKey === SASL_HANDSHAKE ? null : 'its SASL session is over, and it did not log in anew'
      case 'failed':
        return 'its login has failed'
    }
  }

  /** SaslHandshake: false when the mechanism is not to be had, which ends the connection. Throws when it comes too soon. */
  handshake(name: string, version: number): boolean {
    if (this.#stage === 'open' && this.#clock.monotonicMs() - this.#openedMs < MIN_REAUTH_INTERVAL_MS) {
      throw new TooSoon()
    }
    this.#bareTokens = version === 0
    const mechanism = this.#mechanisms.find((each) => each.name === name)
    if (mechanism === undefined) {
      this.#stage = 'failed'
      return false
    }
    if (this.#principal !== null && mechanism !== this.#mechanism) {
      this.#problem = `SASL mechanism '${name}' requested by client is not supported for re-authentication of mechanism '${this.#mechanism?.name}'`
    } else this.#mechanism = mechanism
    this.#server = mechanism.newServer()
    this.#stage = 'exchanging'
    return true
  }

  /** A token of the client. Throws, or rejects with, a `SaslFailure` whose message the client may see. */
  authenticate(token: Buffer): SaslProgress | Promise<SaslProgress> {
    try {
      if (this.#problem !== null) throw new SaslFailure(this.#problem, { isForClient: true })
      if (this.#stage !== 'exchanging' || this.#server === null) throw new SaslFailure('There was no SASL handshake')
      const step = this.#server.evaluate(token)
      if (!(step instanceof Promise)) return this.#advance(step)
      return step.then((value) => this.#advance(value)).catch((error: unknown) => this.#fail(error))
    } catch (error) {
      return this.#fail(error)
    }
  }

  #advance({ challenge, identity }: SaslStep): SaslProgress {
    if (identity === null) return { challenge, principal: null, sessionLifetimeMs: 0 }
    const { principal, expiresAtMs } = identity
    if (this.#principal !== null && !isSamePrincipal(this.#principal, principal)) {
      throw new SaslFailure(
        `Cannot change principals during re-authentication from ${dotted(this.#principal)}: ${dotted(principal)}`,
        { isForClient: true },
      )
    }
    const lifetimeMs = this.#lifetimeMs(expiresAtMs)
    this.#openedMs = this.#clock.monotonicMs()
    this.#endsMs = lifetimeMs === null ? null : this.#openedMs + lifetimeMs
    this.#principal = principal
    this.#server = null
    this.#stage = 'open'
    return { challenge, principal, sessionLifetimeMs: lifetimeMs ?? 0 }
  }

  /** The earlier of the credential's end and `connections.max.reauth.ms`; null: neither is set. */
  #lifetimeMs(expiresAtMs: number | null): number | null {
    const maxReauthMs = Number(this.#mechanism?.maxReauthMs() ?? 0)
    const ofCredential = expiresAtMs === null ? Number.POSITIVE_INFINITY : expiresAtMs - this.#clock.nowMs()
    const lifetimeMs = Math.min(ofCredential, maxReauthMs > 0 ? maxReauthMs : Number.POSITIVE_INFINITY)
    return lifetimeMs === Number.POSITIVE_INFINITY ? null : Math.max(0, Math.floor(lifetimeMs))
  }

  /** The reason is for the log; the client hears it only where it gives away nothing of users. */
  #fail(error: unknown): never {
    this.#stage = 'failed'
    this.#server = null
    if (!(error instanceof SaslFailure)) throw error
    if (error.isForClient) throw error
    const what = this.#principal !== null ? 're-authentication' : 'authentication'
    throw new SaslFailure(
      `Authentication failed during ${what} due to invalid credentials with SASL mechanism ${this.#mechanism?.name}`,
      { isForClient: true, cause: error },
    )
  }
}

/** A client that logs in anew within a second of its last login is told that this is not the time for it. */
export class TooSoon extends Error {
  override readonly name = 'TooSoon'
}

const dotted = (principal: Principal): string => principalText(principal).replace(':', '.')
