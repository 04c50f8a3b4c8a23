/**
 * Where the control API is served: below `/control`, on a listener of its own, or on one of `samsa.http.listeners` that has
 * the same address. The web page has its faults as well. The API itself is loaded with the first request for it.
 */
import type { Hono } from 'hono'
import { unchecked } from '../../protocol/unchecked.ts'
import { type HttpEndpoint, httpUrl, isServedBy } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import type { RunningBroker } from '../testing/running-broker.ts'
import type { Web, WebEnv } from '../web/web.ts'
import type { Control } from './app.ts'

export interface ServedControl {
  /** `http://127.0.0.1:9644/control` */
  readonly url: string
  /** Stops the forks that were made by requests. The listener ends with the broker. */
  stop(): Promise<void>
}

export interface ControlToServe {
  readonly broker: RunningBroker
  readonly web: Web
  /** Port 0 is any free one. */
  readonly endpoint: HttpEndpoint
  /** The machine's: waits take real time. */
  readonly clock: Clock
  /** null: clients are served; otherwise a sentence that says why not. */
  readonly whyNotReady: () => string | null
}

const PREFIX = '/control'
/** As many records as a test writes at once. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** Rejects with a `NetworkError` when the address is taken. */
export async function serveControl({ web, endpoint, ...of }: ControlToServe): Promise<ServedControl> {
  let loaded: Promise<Control> | null = null
  const load = (): Promise<Control> => {
    loaded ??= import('./app.ts').then(({ control }) => control(of))
    // Loaded again by the next request.
    loaded.catch(() => (loaded = null))
    return loaded
  }
  const stop = async () => (await loaded)?.stop()
  web.faults = async (request) => (await load()).app.fetch(request)
  const options = { access: 'local', maxBodyBytes: MAX_BODY_BYTES } as const
  const shared = web.endpoints.find((each) => isServedBy(endpoint, each))
  if (shared !== undefined) {
    web.mount(PREFIX, async () => appOf(await load()), options)
    return { url: urlOf(endpoint), stop }
  }
  const [own = endpoint] = await web.listen(
    'samsa.control.listener',
    [httpUrlAsConfigured(endpoint)],
    async () => {
      const { Hono } = await import('hono')
      const app = appOf(await load())
      // Probes look for these two where they are on every listener.
      return new Hono<WebEnv>().route(PREFIX, app).get('/live', toApp(app)).get('/ready', toApp(app))
    },
    options,
  )
  return { url: urlOf(own), stop }
}

const toApp = (app: Hono<WebEnv>) => (context: { req: { raw: Request } }) => app.fetch(context.req.raw)

// Nothing of the control asks who calls.
const appOf = ({ app }: Control): Hono<WebEnv> => unchecked<Hono<WebEnv>>(app)

const urlOf = (endpoint: HttpEndpoint): string => httpUrl(endpoint) + PREFIX

const httpUrlAsConfigured = ({ scheme, host, port }: HttpEndpoint): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
