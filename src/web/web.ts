/**
 * The HTTP room: it listens, knows who calls, and carries the apps of other rooms (metrics, the page, the control API, the
 * schema registry). A room uses three things:
 *
 *     web.mount('/api', () => import('./api-app.ts').then(({ app }) => app(web)))
 *     const app = new Hono<WebEnv>().get('/topics', async (c) => {
 *       const answer = await web.callApi('Metadata', { topics: null }, c.env.caller, { signal: c.req.raw.signal })
 *       return c.json(…)
 *     })
 *
 * - **mount(prefix, load, options)**: a Hono app below a path; its own paths are written without the prefix. It is loaded
 *   with the first request for it, and so is Hono itself: a listener that nobody uses costs a socket. `c.env.caller` is
 *   who calls (`caller.ts`). `access: 'open'` is for what needs no login (static files: never call the broker there),
 *   `'operator'` for the holder of `samsa.http.token` alone, `'client'` for those whom `logins` lets in: where it does not say
 *   otherwise and there are no users, that is anybody, from other machines too. `'local'` is for the holder of the token, or where there is none for
 *   the programs of this machine, whoever they are. A prefix that is taken is replaced; the longest one wins, and `/` has
 *   that path alone.
 *   The returned function takes the app away again.
 * - **callApi(name, fields, caller, options)**: one request to the broker in the caller's name, through the dispatcher:
 *   permissions, the audit and quotas hold. It resolves to the decoded response, in which errors are codes, and rejects
 *   with `CallFailed` where the broker cannot be asked (it starts, or stops, or does not serve the API): unless an app
 *   catches it, that is answered with 503. `connect(caller)` gives a connection for several requests.
 * - **listen(key, texts, load)**: listeners of a room's own (the schema registry's port), where one app has all paths.
 *
 * Before an app sees a request:
 *
 *     refused 403   an Origin, or a Sec-Fetch-Site, of another site; without a login also a Host that is neither an
 *                   address nor a name of this broker (a name that somebody else's DNS sends here)
 *     refused 401   a login that is wrong, or none where the broker has SASL listeners. Whoever is refused waits as on a
 *                   Kafka listener, and the next request from the same address waits behind it
 *     refused 403   nobody in particular from another machine; not the operator where only that one may
 *     refused 413   a body beyond `maxBodyBytes` (1 MiB unless the room says otherwise)
 *
 * and every response has a content security policy that allows this origin alone (an app may set its own), `nosniff`, no
 * referrer and no framing. Errors are `{"error": …, "message": …}`, unless the room gives refusals another form.
 *
 * Logging in: `Authorization: Basic` with a SASL user of any broker listener, `Authorization: Bearer` with
 * `samsa.http.token` or a token of OAUTHBEARER, a certificate (`listener.name.http.ssl.client.auth`), or the cookie of a
 * session: `POST /session` with `{"username", "password"}` makes one, `GET /session` says who it is, `DELETE` ends it.
 */
import type { ApiName, DecodedResponseOf, RequestFieldsOf } from '../../protocol/api-types.ts'
import { type HttpEndpoint, httpUrl, parseHttpListeners } from '../config/index.ts'
import { EVERYTHING, type Permissions } from '../dispatch/access.ts'
import type { ConnectionContext } from '../dispatch/handler.ts'
import { type CallOptions, InProcessConnection } from '../dispatch/in-process-connection.ts'
import type { HttpPeer, Listener } from '../env/index.ts'
import type { Caller } from './caller.ts'
import type { Front } from './front.ts'
import type { Mount, WebServices, WebTls } from './services.ts'

export type { Caller, WebEnv } from './caller.ts'

export type MountOptions = Partial<Pick<Mount, 'access' | 'logins' | 'maxBodyBytes' | 'refusal'>>

const MAX_BODY_BYTES = 1024 * 1024
const MAX_CONNECTIONS = 512

export class Web {
  readonly #services: WebServices
  readonly #mounts = new Map<string, Mount>()
  readonly #listeners: Listener[] = []
  readonly #endpoints: HttpEndpoint[] = []
  #tls: Promise<WebTls> | null = null
  #connectionId = 0

  /** The answers of the control API on faults, which it lends to the page; null: it is off. */
  faults: ((request: Request) => Promise<Response>) | null = null

  constructor(services: WebServices) {
    this.#services = services
  }

  /** Addresses of `samsa.http.listeners` as they are bound, for people. */
  get urls(): readonly string[] {
    return this.#endpoints.map(httpUrl)
  }

  /** The endpoints of `samsa.http.listeners` as they are bound. */
  get endpoints(): readonly HttpEndpoint[] {
    return this.#endpoints
  }

  /** See above. `prefix` is `/`, or begins with a slash and ends without one. */
  mount(prefix: string, load: Mount['load'], options: MountOptions = {}): () => void {
    const mount = mountOf(prefix, load, options)
    this.#mounts.set(prefix, mount)
    return () => {
      if (this.#mounts.get(prefix) === mount) this.#mounts.delete(prefix)
    }
  }

  /** Takes the ports of `samsa.http.listeners`. Rejects with a `NetworkError` or a `ConfigError`, holding none of them. */
  async open(texts: readonly string[]): Promise<void> {
    const bound = await this.#listenOn('samsa.http.listeners', texts, (path) => mountFor(this.#mounts, path))
    this.#endpoints.push(...bound)
  }

  /** Listeners on which one app has all paths; `key` is the configuration that names them. Rejects as `open` does. */
  async listen(
    key: string,
    texts: readonly string[],
    load: Mount['load'],
    options: MountOptions = {},
  ): Promise<readonly HttpEndpoint[]> {
    const all = mountOf('/', load, options)
    return this.#listenOn(key, texts, () => all)
  }

  /** Ends what is under way for a request when `signal` is aborted, or the client of `caller` is gone. */
  callApi<Name extends ApiName>(
    name: Name,
    fields: RequestFieldsOf<Name>,
    caller: Caller,
    options: CallOptions = {},
  ): Promise<DecodedResponseOf<Name>> {
    const connection = this.connect(caller)
    return connection.call(name, fields, options).finally(() => connection.close())
  }

  /** The caller's permissions; `what` they are asked for stands in the audit. */
  permissions(caller: Caller, what: string): Permissions {
    const { judge } = this.#services
    if (caller.isOperator || judge === null) return EVERYTHING
    return judge.permissions({ ...this.#surroundings(caller), sasl: null, onClose: () => () => {} }, what)
  }

  /** A connection to the broker in the caller's name; `close` it when it is not needed any more. */
  connect(caller: Caller): InProcessConnection {
    const { broker, operator } = this.#services
    return new InProcessConnection(caller.isOperator ? operator : broker, this.#surroundings(caller))
  }

  #surroundings({ principal, address }: Caller): Omit<ConnectionContext, 'onClose' | 'sasl'> {
    const { listener } = this.#services
    return {
      id: `http-${address}-${this.#connectionId++}`,
      ...listener,
      localAddress: '127.0.0.1',
      remoteAddress: address,
      remotePort: 0,
      peer: { principal, softwareName: 'samsa-web', softwareVersion: '' },
    }
  }

  async stop(): Promise<void> {
    const listeners = this.#listeners.splice(0)
    await Promise.all(listeners.map((listener) => listener.close()))
    const tls = await this.#tls?.catch(() => null)
    tls?.stop()
  }

  async #listenOn(
    key: string,
    texts: readonly string[],
    mountOfPath: (path: string) => Mount | null,
  ): Promise<readonly HttpEndpoint[]> {
    const { http } = this.#services.environment
    if (http === undefined) throw new Error(`${key} cannot be served: this environment has no HTTP.`)
    let front: Promise<Front> | null = null
    const handle = async (request: Request, peer: HttpPeer): Promise<Response> => {
      front ??= import('./front.ts').then(({ Front }) => new Front(this.#services, mountOfPath, () => this.#openTls()))
      return (await front).handle(request, peer)
    }
    const bound: HttpEndpoint[] = []
    const opened: Listener[] = []
    try {
      for (const { scheme, host, port } of parseHttpListeners(key, texts)) {
        const tls = scheme === 'https' ? { tls: (await this.#openTls()).settings } : {}
        const listener = await http.listen({ host, port, maxConnections: MAX_CONNECTIONS, ...tls }, handle)
        opened.push(listener)
        bound.push({ scheme, host, port: listener.port })
      }
    } catch (error) {
      await Promise.all(opened.map((listener) => listener.close()))
      throw error
    }
    this.#listeners.push(...opened)
    return bound
  }

  #openTls(): Promise<WebTls> {
    this.#tls ??= this.#services.openTls()
    return this.#tls
  }
}

function mountOf(prefix: string, load: Mount['load'], options: MountOptions): Mount {
  if (!/^\/$|^(?:\/[\w.-]+)+$/.test(prefix)) throw new Error(`${prefix} is no prefix of paths`)
  return {
    prefix,
    load,
    access: 'caller',
    logins: () => 'required where there are users',
    maxBodyBytes: MAX_BODY_BYTES,
    ...options,
  }
}

/** The mount with the longest prefix; a prefix ends where a name of the path does, and `/` is no prefix but that path. */
function mountFor(mounts: ReadonlyMap<string, Mount>, path: string): Mount | null {
  for (let prefix = path; prefix !== ''; prefix = prefix.slice(0, prefix.lastIndexOf('/'))) {
    const mount = mounts.get(prefix)
    if (mount !== undefined) return mount
  }
  return null
}
