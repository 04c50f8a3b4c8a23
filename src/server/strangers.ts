import type { Clock } from '../env/index.ts'
import type { Login } from './login.ts'

/** A handshake that is under way takes about 60 KB. */
const MAX_STRANGERS = 1000
/** A client that does nothing wrong needs some round trips; in a burst of clients nobody has had its turn yet. */
const TURN_MS = 1000

/**
 * Clients of TLS and SASL listeners that have not yet said who they are. When there are many, whoever comes takes the place
 * of the one that has been at it for longest: thousands that never finish cost little, and keep nobody out.
 */
export class Strangers {
  readonly #clock: Clock
  /** In the order in which they came. */
  readonly #logins = new Set<Login>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  began(login: Login): void {
    this.#logins.add(login)
    if (this.#logins.size <= MAX_STRANGERS) return
    const [oldest] = this.#logins
    if (oldest && this.#clock.monotonicMs() - oldest.beganMs >= TURN_MS) oldest.expire()
  }

  settled(login: Login): void {
    this.#logins.delete(login)
  }
}
