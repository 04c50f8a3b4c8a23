/**
 * The start of a node that is a controller and no broker: read key stores and users → take the ports → lock and open the
 * metadata directory → load the metadata and take the lead → serve. Brokers that knock earlier wait at the ports.
 */
import type { Listener } from '../../protocol/schema.ts'
import { controllerHandlers } from '../api/controller-apis.ts'
import { type BrokerConfig, parseAcls, parseTopicsToCreate } from '../config/index.ts'
import { auditedRequests } from '../controller/audited-requests.ts'
import { startController } from '../controller/index.ts'
import { createStartAcls } from '../controller/start-acls.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { HandlerRegistry } from '../dispatch/registry.ts'
import { followBrokerConfig } from '../metadata/dynamic-broker-config.ts'
import { Server } from '../server/server.ts'
import { createDispatcher } from './create-dispatcher.ts'
import { clientQuotas, followQuotas } from './follow-quotas.ts'
import { openAuthorizer } from './open-authorizer.ts'
import { openLogs } from './open-logs.ts'
import { checkSecurityChange, openSecurity } from './open-security.ts'
import { countsOf, openWeb } from './open-web.ts'
import type { BuildOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { Start } from './readiness.ts'

/** Resolves when other nodes are answered. The arguments are those of `startBroker`. */
export async function startControllerAlone(
  options: BuildOptions,
  parts: Parts,
  { goOn, readiness }: Start,
): Promise<void> {
  const { config, environment, logger, loggers } = options
  const handlers = new HandlerRegistry()
  parts.handlers = handlers
  const security = await openSecurity(options, () => parts.controller?.metadata.image ?? null)
  parts.security = security
  const authorization = await openAuthorizer(options, () => parts.controller?.metadata.image ?? null)
  const quotas = clientQuotas(config, environment)
  const judge = authorization?.judge ?? null
  const counts = countsOf(options)
  const dispatcher = createDispatcher(options, { handlers, judge, quotas, counts })
  const server = new Server({ config, environment, logger: loggers.named('samsa.server'), dispatcher, security })
  parts.server = server
  await server.bind()
  goOn()
  const web = await openWeb(options, { parts, security, judge, server, dispatcher, handlers, readiness, counts })
  if (web !== null) parts.web = web

  const logs = await openLogs(options, () => undefined)
  parts.logs = logs
  goOn()

  const begin = options.startController ?? startController
  const controllerLogger = loggers.named('samsa.controller')
  const { controllerListeners } = server
  const controller = await begin({ config, environment, logger: controllerLogger, logs, controllerListeners })
  parts.controller = controller
  const { metadata, cluster } = controller
  if (cluster === null) throw new Error('This controller has no listener for other nodes.')
  const requests = auditedRequests(controller.requests, loggers.named('samsa.security'))
  if (authorization !== null) {
    authorization.load(metadata.image)
    metadata.subscribe(authorization.follow)
  }
  if (counts !== null) metadata.subscribe(counts.changes.follow)
  metadata.subscribe(followBrokerConfig(config, config.get('node.id'), metadata.image, logger))
  followQuotas({ metadata, network: environment.network, logger, quotas, server })
  goOn()

  const services = {
    config,
    environment,
    loggers,
    logger: loggers.named('samsa.security'),
    registered: (listener: Listener) => handlers.all(listener),
    controller: requests,
    metadata,
    clusterId: logs.clusterId,
    checkListeners: (next: BrokerConfig) => checkSecurityChange(security, next),
    cluster,
    dispatch: (...of: Parameters<Dispatcher['answerOf']>) => dispatcher.answerOf(...of),
  }
  for (const handler of controllerHandlers(services)) handlers.add(handler)
  const { clock } = environment
  await createStartAcls(parseAcls(config.get('samsa.acls')), { requests, clock })
  const topics = parseTopicsToCreate(config.get('samsa.create.topics'))
  if (topics.length > 0) {
    logger.warn('A controller alone creates no topics at its start: no broker could hold them yet.')
  }
  goOn()
  server.start()
  readiness.isReady()
}
