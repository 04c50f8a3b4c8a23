/** One set of listeners: who may come in, and which app answers. What is refused, and why, stands in `web.ts`. */
import { Hono } from 'hono'
import { KafkaError } from '../../protocol/errors.ts'
import { CallFailed } from '../dispatch/in-process-connection.ts'
import type { HttpPeer } from '../env/index.ts'
import { ANONYMOUS } from '../security/principal.ts'
import { bodyLimit } from './body-limit.ts'
import type { Caller, WebEnv } from './caller.ts'
import { hostProblem, originProblem } from './cross-site.ts'
import { Identification } from './identification.ts'
import { problem, reworded, secured } from './responses.ts'
import type { Mount, WebServices, WebTls } from './services.ts'

type App = Hono<WebEnv>

/** As proxies write it in their logs; it is sent to nobody. */
const CLIENT_IS_GONE = 499

/** The caller of an app that is open to all: one that nothing is done for. */
const nobody = (address: string): Caller => ({ principal: ANONYMOUS, isOperator: false, by: 'loopback', address })

export class Front {
  readonly #services: WebServices
  readonly #mountOfPath: (path: string) => Mount | null
  readonly #identification: Identification
  readonly #apps = new WeakMap<Mount, Promise<App>>()

  constructor(services: WebServices, mountOfPath: (path: string) => Mount | null, tls: () => Promise<WebTls>) {
    this.#services = services
    this.#mountOfPath = mountOfPath
    this.#identification = new Identification(services, tls)
  }

  async handle(request: Request, peer: HttpPeer): Promise<Response> {
    const mount = this.#mountOfPath(new URL(request.url).pathname)
    try {
      const response = await this.#answer(request, peer, mount)
      return secured(mount?.refusal === undefined ? response : reworded(response, mount.refusal))
    } catch (err) {
      // Nobody waits for the answer any more, and what was under way for it has been ended.
      if (request.signal.aborted) return new Response(null, { status: CLIENT_IS_GONE })
      this.#services.logger.error({ err }, `${request.method} ${new URL(request.url).pathname} failed unexpectedly`)
      return secured(
        problem(500, 'internal_error', 'The request failed unexpectedly; the log of the broker says more.'),
      )
    }
  }

  async #answer(request: Request, peer: HttpPeer, mount: Mount | null): Promise<Response> {
    const { pathname } = new URL(request.url)
    const foreign = originProblem(request)
    if (foreign !== null) return problem(403, 'cross_site', foreign)
    if (mount?.access === 'open') return this.#run(mount, request, nobody(peer.remoteAddress))
    if (mount?.access === 'local') {
      const hasToken = Boolean(this.#services.config.get('samsa.http.token'))
      const refused = this.#identification.problemOfLocal(request, peer)
      // A page cannot know the token, whatever name it was reached by.
      return (
        refused ?? (hasToken ? null : this.#misnamed(request)) ?? this.#run(mount, request, nobody(peer.remoteAddress))
      )
    }
    const logins = mount?.access === 'client' ? mount.logins(peer) : null
    // Credentials that nobody looks at vouch for nothing: a page can send any.
    const isVouchedFor = logins !== 'ignored' && request.headers.has('authorization')
    const misnamed = isVouchedFor ? null : this.#misnamed(request)
    if (misnamed !== null) return misnamed
    if (pathname === '/session') return this.#identification.session(request, peer)
    const caller = await this.#identification.callerOf(request, peer, logins)
    if (caller instanceof Response) return caller
    if (mount === null) return problem(404, 'not_found', `There is nothing at ${pathname}.`)
    if (mount.access === 'operator' && !caller.isOperator) {
      return problem(403, 'forbidden', 'This takes the token of samsa.http.token: send it as Authorization: Bearer.')
    }
    return this.#run(mount, request, caller)
  }

  #misnamed(request: Request): Response | null {
    const sentence = hostProblem(request, this.#services.config)
    return sentence === null ? null : problem(403, 'unknown_host', sentence)
  }

  async #run(mount: Mount, request: Request, caller: Caller): Promise<Response> {
    let app = this.#apps.get(mount)
    if (app === undefined) {
      app = this.#load(mount)
      this.#apps.set(mount, app)
      // An app that could not be loaded is tried again.
      app.catch(() => this.#apps.delete(mount))
    }
    return (await app).fetch(request, { caller })
  }

  async #load({ prefix, load, maxBodyBytes }: Mount): Promise<App> {
    return new Hono<WebEnv>()
      .use(bodyLimit(maxBodyBytes))
      .onError((error, c) => this.#failed(error, c.req.path))
      .notFound((c) => problem(404, 'not_found', `There is nothing at ${c.req.path}.`))
      .route(prefix, await load())
  }

  #failed(error: Error, path: string): Response {
    // Hono's own exceptions say how they are to be answered.
    if ('getResponse' in error) return (error as Error & { getResponse(): Response }).getResponse()
    if (error instanceof CallFailed) return problem(503, 'unavailable', error.message)
    if (error instanceof KafkaError) return problem(400, error.name, error.message)
    this.#services.logger.error({ err: error }, `${path} failed unexpectedly`)
    return problem(500, 'internal_error', 'The request failed unexpectedly; the log of the broker says more.')
  }
}
