/**
 * Tokens that are signed by a key of a JWKS document (KIP-768), with Kafka's `sasl.oauthbearer.*` keys. The document
 * comes from a file or an HTTP endpoint; it is read when first needed, again after
 * `sasl.oauthbearer.jwks.endpoint.refresh.ms`, and when a token names a key that it does not have, though never sooner
 * than a token of an unknown key may ask for it.
 */

import type { JSONWebKeySet, JWTPayload } from 'jose'
import { firstRepeated } from '../../../protocol/collections/repeated.ts'
import { type BearerToken, TokenRefused, type TokenValidator } from './oauthbearer.ts'

export interface SignedTokenOptions {
  /** Empty: any. */
  readonly audiences: readonly string[]
  readonly issuer: string | null
  readonly clockSkewSeconds: number
  readonly principalClaim: string
  readonly scopeClaim: string
  readonly refreshMs: number
  /** After an attempt that failed; twice as long after each one more, up to the maximum. */
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

export interface SignedTokenServices {
  /** The text of the JWKS document. */
  readonly load: () => Promise<string>
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  /** The document could not be had: an earlier one, if there is any, goes on being used. */
  readonly onProblem: (problem: unknown) => void
}

/** Tokens with made-up key ids must not become requests to somebody else's endpoint. */
const UNKNOWN_KEY_PATIENCE_MS = 10_000

export function signedTokens(options: SignedTokenOptions, services: SignedTokenServices): TokenValidator {
  const keys = new KeyDocument(options, services)
  return async (token) => {
    const jose = await import('jose')
    const verify = async (document: JSONWebKeySet): Promise<JWTPayload> => {
      const { payload } = await jose.jwtVerify(token, jose.createLocalJWKSet(document), {
        clockTolerance: options.clockSkewSeconds,
        currentDate: new Date(services.nowMs()),
        requiredClaims: ['exp', 'iat'],
        ...(options.audiences.length > 0 && { audience: [...options.audiences] }),
        ...(options.issuer !== null && { issuer: options.issuer }),
      })
      return payload
    }
    try {
      return bearerToken(await verify(await keys.current()), options)
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw refusal(error)
    }
    const newer = await keys.refreshed()
    if (newer === null) throw new TokenRefused('The token is signed by a key that is not in the JWKS document')
    try {
      return bearerToken(await verify(newer), options)
    } catch (error) {
      throw refusal(error)
    }
  }
}

/** Reasons of the library name claims and what is wrong with them, never their values. */
const refusal = (error: unknown): TokenRefused =>
  error instanceof TokenRefused ? error : new TokenRefused(error instanceof Error ? error.message : String(error))

function bearerToken(payload: JWTPayload, { principalClaim, scopeClaim }: SignedTokenOptions): BearerToken {
  const subject = payload[principalClaim]
  if (typeof subject !== 'string' || subject.trim() === '') {
    throw new TokenRefused(`The claim ${principalClaim} must be a text that is not empty`)
  }
  checkScopes(payload[scopeClaim], scopeClaim)
  const { iat = 0, nbf = 0, exp = 0 } = payload
  if (iat < 0 || Math.trunc(exp) < Math.trunc(Math.max(iat, nbf))) {
    throw new TokenRefused('The token ends before it begins')
  }
  return { principalName: subject.trim(), expiresAtMs: Math.trunc(exp) * 1000 }
}

/** A claim that is neither a text nor a list says of no scope. */
function checkScopes(claim: unknown, name: string): void {
  const scopes = Array.isArray(claim) ? claim : typeof claim === 'string' ? [claim] : []
  const texts = scopes.map((each) => (typeof each === 'string' ? each.trim() : ''))
  if (texts.includes('')) throw new TokenRefused(`The claim ${name} must hold texts that are not empty`)
  if (firstRepeated(texts) !== undefined) throw new TokenRefused(`The claim ${name} must not hold a text twice`)
}

class KeyDocument {
  readonly #options: SignedTokenOptions
  readonly #services: SignedTokenServices
  #document: JSONWebKeySet | null = null
  #loadedMs = 0
  #triedMs = Number.NEGATIVE_INFINITY
  /** Since the document was last read. */
  #failures = 0
  #loading: Promise<JSONWebKeySet> | null = null

  constructor(options: SignedTokenOptions, services: SignedTokenServices) {
    this.#options = options
    this.#services = services
  }

  async current(): Promise<JSONWebKeySet> {
    const isOld = this.#services.monotonicMs() - this.#loadedMs >= this.#options.refreshMs
    if (this.#document !== null && !isOld) return this.#document
    if (this.#document !== null && !this.#mayTry()) return this.#document
    if (this.#failures > 0 && this.#loading === null && !this.#mayTry()) {
      throw new TokenRefused('The JWKS document could not be read a moment ago')
    }
    try {
      return await this.#load()
    } catch (error) {
      this.#services.onProblem(error)
      if (this.#document !== null) return this.#document
      throw new TokenRefused('The JWKS document could not be read')
    }
  }

  /** A newer document; null when it was asked for just now, or cannot be had. */
  async refreshed(): Promise<JSONWebKeySet | null> {
    if (!this.#mayTry()) return null
    try {
      return await this.#load()
    } catch (error) {
      this.#services.onProblem(error)
      return null
    }
  }

  #mayTry(): boolean {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#options
    const backoffMs = Math.min(retryBackoffMs * 2 ** (this.#failures - 1), retryBackoffMaxMs)
    const patienceMs = this.#failures > 0 ? backoffMs : UNKNOWN_KEY_PATIENCE_MS
    return this.#services.monotonicMs() - this.#triedMs >= patienceMs
  }

  /** Callers that ask while it is being read share the answer. */
  #load(): Promise<JSONWebKeySet> {
    this.#triedMs = this.#services.monotonicMs()
    this.#loading ??= this.#read()
      .then(
        (document) => {
          this.#failures = 0
          return document
        },
        (error) => {
          this.#failures++
          throw error
        },
      )
      .finally(() => {
        this.#loading = null
      })
    return this.#loading
  }

  async #read(): Promise<JSONWebKeySet> {
    const document: unknown = JSON.parse(await this.#services.load())
    if (typeof document !== 'object' || document === null || !Array.isArray((document as JSONWebKeySet).keys)) {
      throw new Error('The JWKS document has no list of keys')
    }
    this.#document = document as JSONWebKeySet
    this.#loadedMs = this.#services.monotonicMs()
    return this.#document
  }
}
