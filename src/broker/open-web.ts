import { first } from '../../protocol/elements.ts'
import {
  brokerListeners,
  controllerListeners,
  DEFAULT_HTTP_LISTENER,
  HTTP_LISTENER_NAME,
  isControllerAlone,
} from '../config/index.ts'
import { Dispatcher } from '../dispatch/dispatcher.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import { NetworkError } from '../env/index.ts'
import type { Server } from '../server/server.ts'
import type { Web } from '../web/web.ts'
import type { Security } from './open-security.ts'
import type { BuildOptions } from './options.ts'
import type { Readiness } from './readiness.ts'

export interface WebParts {
  readonly security: Security
  readonly server: Server
  readonly dispatcher: Dispatcher
  readonly handlers: HandlerRegistry
  readonly readiness: Readiness
}

/**
 * Takes the ports of HTTP listeners and mounts what is served there. null: there are none, and nothing is loaded. A default
 * listener whose port is taken is done without; a configured one is an error.
 */
export async function openWeb(options: BuildOptions, parts: WebParts): Promise<Web | null> {
  const { config, environment, logger, hasDefaultHttp = false } = options
  const configured = config.get('samsa.http.listeners')
  const texts = configured ?? (hasDefaultHttp ? [DEFAULT_HTTP_LISTENER] : [])
  if (texts.length === 0 || environment.http === undefined) return null
  const web = await createWeb(options, parts)
  mountApps(web, options, parts)
  try {
    await web.open(texts)
  } catch (error) {
    await web.stop()
    if (configured !== null || !(error instanceof NetworkError)) throw error
    logger.warn(
      `HTTP is not served, for ${DEFAULT_HTTP_LISTENER} cannot be had (set samsa.http.listeners to another address, or to nothing): ${error.message}`,
    )
  }
  return web
}

async function createWeb(options: BuildOptions, parts: WebParts): Promise<Web> {
  const { config, environment, loggers, interceptor } = options
  const { security, server, dispatcher, handlers, readiness } = parts
  const { Web } = await import('../web/web.ts')
  const { clock, random } = environment
  const logger = loggers.named('samsa.web')
  // A controller alone has no listener for clients of a broker.
  const isBroker = !isControllerAlone(config)
  const {
    listenerName,
    securityProtocol,
    port: localPort,
  } = first(isBroker ? server.listeners : server.controllerListeners)
  const listeners = isBroker ? brokerListeners(config) : controllerListeners(config)
  const mechanisms = listeners.flatMap((each) => security.get(each.listenerName)?.mechanisms ?? [])
  const unlimited = new Dispatcher(handlers, loggers.named('samsa.requests'), null, null, interceptor ?? null)
  return new Web({
    config,
    environment,
    logger,
    broker: { dispatcher, handlers, clock },
    operator: { dispatcher: unlimited, handlers, clock },
    listener: { listenerName, listenerType: isBroker ? 'broker' : 'controller', securityProtocol, localPort },
    login:
      mechanisms.length === 0
        ? null
        : async () => {
            const { DirectLogin } = await import('../security/direct-login.ts')
            return new DirectLogin(mechanisms, () => random.bytes(NONCE_BYTES).toString('base64url'))
          },
    async openTls() {
      const { TlsListener } = await import('../security/tls/tls-listener.ts')
      // A certificate is asked for by the key of this listener alone, as where there is a SASL login.
      const of = { listenerName: HTTP_LISTENER_NAME, securityProtocol: 'SASL_SSL' }
      return TlsListener.open({ config, environment, logger, ...of })
    },
    whyNotReady: () => readiness.whyNot(),
  })
}

const NONCE_BYTES = 18

function mountApps(web: Web, { environment }: BuildOptions, { readiness }: WebParts): void {
  const apps = () => import('../web/own-apps.ts')
  web.mount('/live', async () => (await apps()).liveApp(), { access: 'open' })
  web.mount('/ready', async () => (await apps()).readyApp(() => readiness.whyNot()), { access: 'open' })
  web.mount('/', async () => (await apps()).indexApp(INDEX))
  const { process } = environment
  if (process === undefined) return
  web.mount('/profile', async () => (await apps()).profileApp(process), { access: 'operator' })
}

const INDEX = [
  ['/live', 'whether the process answers'],
  ['/ready', 'whether clients are served, and why not'],
  ['/session', 'who you are here'],
] as const
