import { createHash } from 'node:crypto'
import type { Environment } from '../env/index.ts'
import type { LoginIdentity } from '../security/direct-login.ts'
import type { Principal } from '../security/principal.ts'

const KEY_BYTES = 32
const MAX_SESSIONS = 1000
const IDLE_MS = 60 * 60_000
const LONGEST_MS = 12 * 60 * 60_000

interface Session {
  readonly principal: Principal
  /** On the monotonic clock. */
  readonly endsMs: number
  usedMs: number
}

/**
 * Sessions of people who have logged in, in memory: a restart ends them. One ends an hour after it was used last, after
 * half a day, and when the login itself is over.
 */
export class Sessions {
  readonly #environment: Pick<Environment, 'clock' | 'random'>
  /** By the hash of their keys, so that the time of a look-up says nothing about a key; the one used last comes last. */
  readonly #sessions = new Map<string, Session>()

  constructor(environment: Pick<Environment, 'clock' | 'random'>) {
    this.#environment = environment
  }

  /** The key of a new session. With too many of them the one that was used least recently ends. */
  begin({ principal, expiresAtMs, maxReauthMs }: LoginIdentity): string {
    const { clock, random } = this.#environment
    const nowMs = clock.monotonicMs()
    const ofCredential = expiresAtMs === null ? LONGEST_MS : expiresAtMs - clock.nowMs()
    const lifetimeMs = Math.min(LONGEST_MS, ofCredential, maxReauthMs > 0 ? maxReauthMs : LONGEST_MS)
    const key = random.bytes(KEY_BYTES).toString('base64url')
    if (this.#sessions.size >= MAX_SESSIONS) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest)
        break
      }
    }
    this.#sessions.set(hashOf(key), { principal, endsMs: nowMs + lifetimeMs, usedMs: nowMs })
    return key
  }

  /** null: there is no such session, or it is over. */
  principalOf(key: string | null): Principal | null {
    if (key === null) return null
    const hash = hashOf(key)
    const session = this.#sessions.get(hash)
    if (session === undefined) return null
    const nowMs = this.#environment.clock.monotonicMs()
    this.#sessions.delete(hash)
    if (nowMs > session.endsMs || nowMs - session.usedMs > IDLE_MS) return null
    session.usedMs = nowMs
    this.#sessions.set(hash, session)
    return session.principal
  }

  end(key: string | null): void {
    if (key !== null) this.#sessions.delete(hashOf(key))
  }
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64')
