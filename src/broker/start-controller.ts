/**
 * The start of a node that is a controller and no broker: read key stores and users → take the ports → lock and open the
 * metadata directory → load the metadata and take the lead → serve. Brokers that knock earlier wait at the ports.
 */
import type { Listener } from '../../protocol/schema.ts'
import { controllerHandlers } from '../api/controller-apis.ts'
import { type BrokerConfig, parseAcls, parseTopicsToCreate } from '../config/index.ts'
import { createStartAcls } from '../controller/start-acls.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { HandlerRegistry } from '../dispatch/registry.ts'
import { followBrokerConfig } from '../metadata/dynamic-broker-config.ts'
import { followQuotas } from './metadata-followers/follow-quotas.ts'
import { openController, openFront } from './open-front.ts'
import { openLogs } from './open-logs.ts'
import { checkSecurityChange } from './open-security.ts'
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
  const front = await openFront(options, parts, handlers, { goOn, readiness })
  const { security, quotas, dispatcher, server } = front

  const logs = await openLogs(options, () => undefined)
  parts.logs = logs
  goOn()

  const { controller, requests } = await openController(options, parts, front, logs)
  const { metadata, cluster } = controller
  if (cluster === null) throw new Error('This controller has no listener for other nodes.')
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
