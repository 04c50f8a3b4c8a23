import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { first } from '../../protocol/collections/elements.ts'
import {
  brokerListeners,
  controllerListeners,
  DEFAULT_HTTP_LISTENERS,
  HTTP_LISTENER_NAME,
  isControllerAlone,
} from '../config/index.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Judge } from '../dispatch/judgment.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import { NetworkError } from '../env/index.ts'
import type { ClientQuotas } from '../security/quotas/client-quotas.ts'
import type { Server } from '../server/server.ts'
import { OWN } from '../web/caller.ts'
import type { Web } from '../web/web.ts'
import { createDispatcher } from './create-dispatcher.ts'
import { httpListeners } from './http-listeners.ts'
import { type Counts, newCounts } from './metrics/counts.ts'
import type { Audit } from './open-audit.ts'
import { mountPage } from './open-page.ts'
import type { Security } from './open-security.ts'
import type { BuildOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { Readiness } from './readiness.ts'
import { schemaRegistryOf } from './schemas/registry-of-broker.ts'

export interface WebParts {
  readonly parts: Parts
  readonly security: Security
  readonly judge: Judge | null
  readonly quotas: ClientQuotas | null
  readonly server: Server
  /** For clients of the listeners. */
  readonly dispatcher: Dispatcher
  readonly handlers: HandlerRegistry
  readonly readiness: Readiness
  readonly audit: Audit
  /** null: nobody would read it. */
  readonly counts: Counts | null
}

/** null: nobody would read it, and nothing is counted. */
export function countsOf(options: BuildOptions): Counts | null {
  const { environment, config } = options
  if (httpListeners(options).length === 0 && config.get('samsa.otlp.endpoint') === null) return null
  return newCounts(environment.clock, config.get('node.id'))
}

/**
 * Takes the ports of HTTP listeners and of the schema registry, and mounts what is served there. Where there are none,
 * nothing is loaded. Where nobody configured a listener it is at the first default port that is free, as a second broker on one
 * machine needs it; a configured one whose port is taken is an error.
 */
export async function openWeb(options: BuildOptions, webParts: WebParts): Promise<void> {
  const { config } = options
  const { parts, readiness } = webParts
  const texts = httpListeners(options)
  const ofRegistry = config.get('samsa.schema.registry.listeners') ?? []
  const isPushed = config.get('samsa.otlp.endpoint') !== null
  if (texts.length === 0 && ofRegistry.length === 0 && options.needsWeb !== true && !isPushed) return
  const web = await createWeb(options, webParts)
  parts.web = web
  mountApps(web, options, webParts)
  if (!isControllerAlone(config)) mountPage(web, options, webParts)
  await openListeners(web, texts, options)
  const { counts } = webParts
  if (isPushed && counts !== null) {
    const { openOtlp } = await import('./otlp/open-otlp.ts')
    parts.otlp = openOtlp(options, parts, { counts, connect: () => web.connect(OWN) })
  }
  if (ofRegistry.length === 0) return
  await (await schemaRegistryOf(options, parts, readiness)).listen(web, ofRegistry)
}

async function openListeners(web: Web, texts: readonly string[], { config, logger }: BuildOptions): Promise<void> {
  if (texts.length === 0 || config.get('samsa.http.listeners') !== null) {
    try {
      return await web.open(texts)
    } catch (error) {
      await web.stop()
      throw error
    }
  }
  const problem = await openFirstFree(web)
  const [wanted] = DEFAULT_HTTP_LISTENERS
  if (problem !== null) {
    const how = 'set samsa.http.listeners to another address, or to nothing'
    return logger.warn(
      `HTTP is not served, for neither ${wanted} nor the ports behind it can be had (${how}): ${problem}`,
    )
  }
  const [url] = web.urls
  if (url !== wanted) {
    logger.info(`${wanted} is taken, by another broker perhaps: the page and the metrics of this one are at ${url}.`)
  }
}

/** null: one of the default listeners is open. Otherwise the reason for which the last one could not be had. */
async function openFirstFree(web: Web): Promise<string | null> {
  let problem: string | null = null
  for (const text of DEFAULT_HTTP_LISTENERS) {
    try {
      await web.open([text])
      return null
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      problem = error.message
      if (error.code !== 'EADDRINUSE') break
    }
  }
  return problem
}

async function createWeb(options: BuildOptions, parts: WebParts): Promise<Web> {
  const { config, environment, loggers } = options
  const { security, judge, server, handlers, readiness, audit } = parts
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
  // The holder of the token is not counted among clients either.
  const { interceptor: _, ...calm } = options
  const unlimited = createDispatcher(calm, { handlers, judge: null, quotas: null, counts: null })
  return new Web({
    config,
    environment,
    logger,
    broker: { dispatcher: dispatcherOfWeb(options, parts), handlers, clock },
    judge,
    audit: audit.trail,
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

/**
 * Faults and another release are for clients: the page shows what is there meanwhile, and takes no turn of a rule that a
 * test has made.
 */
function dispatcherOfWeb(options: BuildOptions, { dispatcher, handlers, judge, quotas, counts }: WebParts): Dispatcher {
  const { interceptor, ...calm } = options
  if (interceptor === undefined && handlers.served === handlers) return dispatcher
  return createDispatcher(calm, { handlers, judge, quotas, counts })
}

const NONCE_BYTES = 18

function mountApps(web: Web, options: BuildOptions, { readiness, counts, parts }: WebParts): void {
  const { config, environment, loggers } = options
  const apps = () => import('../web/own-apps.ts')
  web.mount('/live', async () => (await apps()).liveApp(), { access: 'open' })
  web.mount('/ready', async () => (await apps()).readyApp(() => readiness.whyNot()), { access: 'open' })
  web.mount('/', async () => (await apps()).indexApp(INDEX))
  if (counts !== null) {
    web.mount('/metrics', async () => {
      const { Metrics, metricsApp } = await import('./metrics/metrics-page.ts')
      const nodeId = config.get('node.id')
      const isController = config.get('process.roles').includes('controller')
      const connect = () => web.connect(OWN)
      const sources = { environment, nodeId, isController, logger: loggers.named('samsa.web'), parts, counts, connect }
      return metricsApp(new Metrics(sources), (caller) =>
        web.permissions(caller, 'metrics').allows('DESCRIBE', 'CLUSTER', CLUSTER_NAME),
      )
    })
  }
  const { process } = environment
  if (process === undefined) return
  web.mount('/profile', async () => (await apps()).profileApp(process), { access: 'operator' })
}

const INDEX = [
  ['/metrics', 'everything that is counted, as Prometheus reads it'],
  ['/live', 'whether the process answers'],
  ['/ready', 'whether clients are served, and why not'],
  ['/session', 'who you are here'],
] as const
