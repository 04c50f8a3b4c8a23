/**
 * How a client of a TLS or SASL listener becomes somebody. Until it is, it takes little: one frame of
 * `sasl.server.max.receive.size`, the requests that a login is made of, and `samsa.authentication.timeout.ms`.
 */

import { ErrorCode } from '../../protocol/errors.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { ConnectionContext } from '../dispatch/handler.ts'
import { CLOSE, Pending, Reply } from '../dispatch/reply.ts'
import type { Clock, Connection, Timer } from '../env/index.ts'
import { Later } from '../env/later.ts'
import type { ListenerSecurity } from '../security/listener-security.ts'
import { failedLogin, type LoginWitnesses, loggedIn } from '../security/login-log.ts'
import type { Principal } from '../security/principal.ts'
import type { SaslProgress, SaslSession } from '../security/sasl/sasl-session.ts'

const SIZE_BYTES = 4
const API_KEY_BYTES = 2
const NO_RULE = 'no rule of ssl.principal.mapping.rules applies to its certificate'

export interface LoginLimits {
  readonly maxFrameBytes: () => number
  readonly timeoutMs: () => number
  /** `connection.failed.authentication.delay.ms`. */
  readonly failureDelayMs: () => number
  readonly began: (login: Login) => void
  /** The client is somebody now, or gone. */
  readonly settled: (login: Login) => void
}

export interface LoginServices extends LoginWitnesses {
  readonly clock: Clock
  readonly loginLimits: LoginLimits
}

export class Login {
  /** null: the certificate says who the client is. */
  readonly session: SaslSession | null
  /** On the monotonic clock. */
  beganMs = 0
  readonly #security: ListenerSecurity
  readonly #connection: Connection
  readonly #services: LoginServices
  readonly #became: (principal: Principal) => void
  readonly #tooSlow: () => void
  #timer: Timer | null = null
  #isIdentified = false

  /** `became`: the certificate says who the client is. `tooSlow`: the connection is to be closed. */
  constructor(
    security: ListenerSecurity,
    connection: Connection,
    services: LoginServices,
    { became, tooSlow }: { became: (principal: Principal) => void; tooSlow: () => void },
  ) {
    this.#security = security
    this.#connection = connection
    this.#services = services
    this.#became = became
    this.#tooSlow = tooSlow
    this.session = security.newSession()
  }

  /** The connection is served from now on, and its time runs. */
  begin(): void {
    const { clock, loginLimits } = this.#services
    this.beganMs = clock.monotonicMs()
    this.#timer = clock.schedule(loginLimits.timeoutMs(), () => {
      // Sockets first: a login may have arrived while the process was paused.
      clock.defer(() => this.#expire())
    })
    loginLimits.began(this)
  }

  /** undefined: that of every client. */
  get maxFrameBytes(): number | undefined {
    const isStranger = this.session !== null && !this.session.isAuthenticated
    return isStranger ? this.#services.loginLimits.maxFrameBytes() : undefined
  }

  /** Handles what is the login's own; null: the request is for the dispatcher. */
  dispatch(
    connection: ConnectionContext,
    frame: Buffer,
    dispatcher: Pick<Dispatcher, 'refuse'>,
  ): Reply | Pending | null {
    if (!this.#isIdentified) {
      const refused = this.#identify(connection)
      if (refused !== null) return refused
    }
    const { session } = this
    if (session === null) return null
    if (session.expectsBareToken) return this.#bareToken(connection, session, frame)
    const why = frame.length < API_KEY_BYTES ? 'the request has no header' : session.refusal(frame.readInt16BE(0))
    if (why === null) return null
    this.#services.logger.warn({ connection: connection.id }, `Closing ${connection.id} because ${why}`)
    if (!session.isExchanging) return CLOSE
    // As in Kafka: between the handshake and the last token even a request that has no place there hears why.
    return later(this.#afterDelay(dispatcher.refuse(connection, frame, ErrorCode.ILLEGAL_SASL_STATE)))
  }

  /** Failures come slowly, so that guessing takes time. */
  #afterDelay(reply: Reply): Promise<Reply> {
    const { clock, loginLimits } = this.#services
    return new Promise((resolve) => clock.schedule(loginLimits.failureDelayMs(), () => resolve(reply)))
  }

  /** Ends the time limit of a login that is complete. */
  settle(): void {
    const isDone = this.session === null ? this.#isIdentified : this.session.isAuthenticated
    if (isDone) this.stop()
  }

  stop(): void {
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#timer = null
    this.#services.loginLimits.settled(this)
  }

  /** The connection gives way to others, or has taken too long. */
  expire(): void {
    this.#tooSlow()
  }

  #expire(): void {
    if (this.#timer !== null) this.#tooSlow()
  }

  /** The principal of the client's certificate. */
  #identify(connection: ConnectionContext): Reply | null {
    this.#isIdentified = true
    const { tls } = this.#connection
    if (this.session !== null || !tls) return null
    let principal: Principal | null
    try {
      principal = this.#security.principalOf(tls)
    } catch (error) {
      // OpenSSL trusts certificates whose names Java would not read. One of them must end its connection alone.
      return this.#stranger(connection, `the name in its certificate cannot be read: ${(error as Error).message}`)
    }
    if (principal === null) return this.#stranger(connection, NO_RULE)
    loggedIn(this.#services, connection, principal)
    this.#became(principal)
    return null
  }

  #stranger({ id }: ConnectionContext, why: string): Reply {
    this.#services.logger.warn({ connection: id }, `Closing ${id} because ${why}`)
    return CLOSE
  }

  #bareToken(connection: ConnectionContext, session: SaslSession, frame: Buffer): Reply | Pending {
    // A frame may be in memory that is used again, and what a mechanism makes of it need not be.
    const token = Buffer.from(frame)
    const advance = ({ challenge, principal }: SaslProgress): Reply => {
      const size = Buffer.alloc(SIZE_BYTES)
      size.writeInt32BE(challenge.length)
      if (principal === null) return new Reply([size, challenge])
      loggedIn(this.#services, connection, principal)
      return new Reply([size, challenge], [], 0, false, { ...connection.peer, principal })
    }
    const fail = (error: unknown): Promise<Reply> => {
      failedLogin(this.#services, connection, error)
      return this.#afterDelay(CLOSE)
    }
    try {
      const progress = session.authenticate(token)
      return progress instanceof Promise ? later(progress.then(advance).catch(fail)) : advance(progress)
    } catch (error) {
      return later(fail(error))
    }
  }
}

/** A login in progress takes no place of a request, and a broker that stops does not wait for it. */
const later = (reply: Promise<Reply>): Pending => new Pending(Later.of(reply), undefined, true)
