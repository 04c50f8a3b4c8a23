/** Finds out who calls: a login, a session, a token, a certificate, or somebody on this machine where nobody is asked. */
import { createHash } from 'node:crypto'
import type { Clock, HttpPeer } from '../env/index.ts'
import { equalInConstantTime } from '../security/constant-time.ts'
import type { DirectLogin, LoginIdentity } from '../security/direct-login.ts'
import { failedLogin, loggedIn } from '../security/login-log.ts'
import { ANONYMOUS, principalText, userPrincipal } from '../security/principal.ts'
import { SaslFailure } from '../security/sasl/sasl-server.ts'
import { type Caller, OPERATOR_NAME } from './caller.ts'
import { problem } from './responses.ts'
import type { Logins, WebServices, WebTls } from './services.ts'
import { Sessions } from './sessions.ts'

const COOKIE = 'samsa-session'
const MAX_LOGIN_BYTES = 4096
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/

export class Identification {
  readonly #services: WebServices
  readonly #tls: () => Promise<WebTls>
  readonly #sessions: Sessions
  #login: Promise<DirectLogin> | null = null
  /** The last attempt from each address that has one under way. */
  readonly #attempts = new Map<string, Promise<unknown>>()

  constructor(services: WebServices, tls: () => Promise<WebTls>) {
    this.#services = services
    this.#tls = tls
    this.#sessions = new Sessions(services.environment)
  }

  /**
   * The caller, or the answer to one who is refused. `logins`: whether clients log in, from other machines too; null: it is
   * for those who have logged in, and where there are no users for this machine.
   */
  async callerOf(
    request: Request,
    peer: HttpPeer,
    logins: ReturnType<Logins> | null = null,
  ): Promise<Caller | Response> {
    const authorization = request.headers.get('authorization')
    if (logins === 'ignored')
      return { principal: ANONYMOUS, isOperator: false, by: 'anybody', address: peer.remoteAddress }
    if (authorization !== null) return this.#byAuthorization(authorization, request, peer)
    const address = peer.remoteAddress
    const principal = this.#sessions.principalOf(cookieOf(request))
    if (principal !== null) return { principal, isOperator: false, by: 'session', address }
    if (peer.tls !== null && peer.tls.peerCertificate !== null) {
      const shown = (await this.#tls()).principalOf(peer.tls)
      if (shown !== null) return { principal: shown, isOperator: false, by: 'certificate', address }
    }
    const isAsked = logins === 'required' || (this.#services.login !== null && logins !== 'optional')
    if (isAsked) return unauthorized(request, 'Log in: this broker has users.')
    if (LOOPBACK.test(address)) return { principal: ANONYMOUS, isOperator: false, by: 'loopback', address }
    if (logins !== null) return { principal: ANONYMOUS, isOperator: false, by: 'anybody', address }
    return problem(
      403,
      'forbidden',
      'Without users a broker answers programs of its own machine alone: send samsa.http.token as Authorization: Bearer.',
    )
  }

  /** The refusal of an app's `local` access; null: the token was shown or, where there is none, a program of this machine asks. */
  problemOfLocal({ headers }: Request, { remoteAddress }: HttpPeer): Response | null {
    if (this.#services.config.get('samsa.http.token')) {
      const [, shown = ''] = /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? []
      return this.#isToken(shown)
        ? null
        : problem(401, 'unauthorized', 'This takes the token of samsa.http.token: send it as Authorization: Bearer.')
    }
    return LOOPBACK.test(remoteAddress)
      ? null
      : problem(403, 'forbidden', 'Without samsa.http.token this is for programs of the machine of the broker alone.')
  }

  /** `/session`: POST logs in, GET says who one is, DELETE logs out. */
  async session(request: Request, peer: HttpPeer): Promise<Response> {
    const secure = peer.scheme === 'https' ? '; Secure' : ''
    const cookie = (value: string, more = '') => `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`
    if (request.method === 'DELETE') {
      this.#sessions.end(cookieOf(request))
      return new Response(null, { status: 204, headers: { 'set-cookie': cookie('', '; Max-Age=0') } })
    }
    if (request.method === 'GET') {
      const caller = await this.callerOf(request, peer)
      return caller instanceof Response ? caller : Response.json(told(caller))
    }
    if (request.method !== 'POST') return problem(405, 'method_not_allowed', 'A session takes GET, POST and DELETE.')
    const identity = await this.#loggedIn(request, peer)
    if (identity instanceof Response) return identity
    const { principal } = identity
    // The session that the browser had before is nobody's any more.
    this.#sessions.end(cookieOf(request))
    const key = this.#sessions.begin(identity)
    const caller: Caller = { principal, isOperator: false, by: 'session', address: peer.remoteAddress }
    return Response.json(told(caller), { headers: { 'set-cookie': cookie(key) } })
  }

  async #loggedIn(request: Request, peer: HttpPeer): Promise<LoginIdentity | Response> {
    if (this.#services.login === null) return problem(404, 'not_found', 'This broker has no users: no login is needed.')
    const length = Number(request.headers.get('content-length') ?? Number.NaN)
    const given = length <= MAX_LOGIN_BYTES ? await request.json().catch(() => null) : null
    const { username, password } = (given ?? {}) as { username?: unknown; password?: unknown }
    if (typeof username !== 'string' || typeof password !== 'string') {
      return problem(400, 'bad_request', 'A login is {"username": "…", "password": "…"} as JSON.')
    }
    const identity = await this.#attempt(peer, (login) => login.withPassword(username, password))
    return identity ?? problem(401, 'unauthorized', 'The user name or the password is wrong.')
  }

  async #byAuthorization(authorization: string, request: Request, peer: HttpPeer): Promise<Caller | Response> {
    const [, scheme = '', credentials = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? []
    const address = peer.remoteAddress
    switch (scheme.toLowerCase()) {
      case 'bearer': {
        if (this.#isToken(credentials)) {
          return { principal: userPrincipal(OPERATOR_NAME), isOperator: true, by: 'token', address }
        }
        const identity = await this.#attempt(peer, (login) => login.withToken(credentials))
        if (identity === null) return unauthorized(request, 'The token is not valid.')
        return { principal: identity.principal, isOperator: false, by: 'token', address }
      }
      case 'basic': {
        const text = Buffer.from(credentials, 'base64').toString('utf8')
        const colon = text.indexOf(':')
        if (colon < 0) return unauthorized(request, 'The credentials are no user name and password.')
        const [username, password] = [text.slice(0, colon), text.slice(colon + 1)]
        const identity = await this.#attempt(peer, (login) => login.withPassword(username, password))
        if (identity === null) return unauthorized(request, 'The user name or the password is wrong.')
        return { principal: identity.principal, isOperator: false, by: 'password', address }
      }
      default:
        return unauthorized(request, 'Basic and Bearer are the schemes of Authorization that are known here.')
    }
  }

  #isToken(shown: string): boolean {
    const token = this.#services.config.get('samsa.http.token')
    if (token === null || token === '') return false
    const digest = (text: string) => createHash('sha256').update(text).digest()
    return equalInConstantTime(digest(shown), digest(token))
  }

  /** null: refused, after the time that a failed login takes. One address makes one attempt at a time. */
  async #attempt(peer: HttpPeer, prove: (login: DirectLogin) => Promise<LoginIdentity>): Promise<LoginIdentity | null> {
    const { remoteAddress } = peer
    const before = this.#attempts.get(remoteAddress)
    const attempt = (before ?? Promise.resolve()).then(() => this.#prove(peer, prove))
    this.#attempts.set(remoteAddress, attempt)
    try {
      return await attempt
    } finally {
      if (this.#attempts.get(remoteAddress) === attempt) this.#attempts.delete(remoteAddress)
    }
  }

  /** Never rejects. */
  async #prove(
    { remoteAddress }: HttpPeer,
    prove: (login: DirectLogin) => Promise<LoginIdentity>,
  ): Promise<LoginIdentity | null> {
    const { config, environment, login } = this.#services
    const connection = { id: `http-${remoteAddress}`, remoteAddress, listenerName: 'HTTP' }
    try {
      if (login === null) throw new SaslFailure('this broker has no users')
      this.#login ??= login()
      const identity = await prove(await this.#login)
      loggedIn(this.#services, connection, identity.principal)
      return identity
    } catch (error) {
      failedLogin(this.#services, connection, error)
      await pause(environment.clock, config.get('connection.failed.authentication.delay.ms'))
      return null
    }
  }
}

const told = ({ principal, by }: Caller) => ({ principal: principalText(principal), by })

const pause = (clock: Clock, ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve))

/** A script of the page asks for a password itself; everybody else is told how to show one. */
function unauthorized(request: Request, message: string): Response {
  const isScript = request.headers.get('sec-fetch-dest') === 'empty'
  return problem(401, 'unauthorized', message, isScript ? {} : { 'www-authenticate': 'Basic realm="samsa"' })
}

function cookieOf({ headers }: Request): string | null {
  const cookies = (headers.get('cookie') ?? '').split(/; */)
  return cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? null
}
