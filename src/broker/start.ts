/**
 * The orderly start: read key stores and users → take the ports → lock and open the data directories → load the metadata →
 * register → open the logs that the image names → be unfenced → serve. Nothing is written before the ports are taken, and
 * no client is answered before everything is there.
 */
import type { Listener } from '../../protocol/schema.ts'
import { apiHandlers } from '../api/index.ts'
import {
  type BrokerConfig,
  checkBrokerConfig,
  isControllerAlone,
  type KafkaRelease,
  parseAcls,
  parseTopicsToCreate,
} from '../config/index.ts'
import { brokerToRegister } from '../controller/broker-to-register.ts'
import type { Controller } from '../controller/index.ts'
import { createStartAcls } from '../controller/start-acls.ts'
import { createStartTopics } from '../controller/start-topics.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { HandlerRegistry } from '../dispatch/registry.ts'
import type { Release } from '../dispatch/releases/release.ts'
import { ReplicaManager } from '../replication/replica-manager.ts'
import { createCoordinators } from './coordinators.ts'
import { followCordonedLogDirs } from './metadata-followers/follow-cordoned-log-dirs.ts'
import { followMetadata } from './metadata-followers/follow-metadata.ts'
import { followQuotas } from './metadata-followers/follow-quotas.ts'
import { openController, openFront } from './open-front.ts'
import { openLogs } from './open-logs.ts'
import { checkSecurityChange } from './open-security.ts'
import type { BuildOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { Start } from './readiness.ts'
import { schemaRegistryOf } from './schemas/registry-of-broker.ts'
import { TopicSchemaValidation } from './schemas/schema-validation.ts'
import { LazyTelemetry } from './telemetry.ts'

/**
 * Resolves when clients are answered. Each part is entered into `parts` as soon as it has to be stopped, whatever becomes
 * of the start.
 */
export async function startBroker(options: BuildOptions, parts: Parts, { goOn, readiness }: Start): Promise<void> {
  const { config, environment, logger, loggers } = options
  const { clock, random } = environment
  checkBrokerConfig(config)
  // A node that is no broker loads nothing of one, and a broker nothing of such a node.
  if (isControllerAlone(config))
    return (await import('./start-controller.ts')).startControllerAlone(options, parts, { goOn, readiness })

  const like = await likeRelease(config)
  const handlers = new HandlerRegistry([], { legacyProtocol: config.get('samsa.legacy.protocol'), like })
  const front = await openFront(options, parts, handlers, { goOn, readiness })
  const { security, quotas, audit, dispatcher, server } = front
  readiness.isAt('it is starting, and opens its data directories')

  const logs = await openLogs(options, (directoryId) => parts.controller?.life.directoryFailed(directoryId))
  parts.logs = logs
  goOn()

  readiness.isAt('it is starting, and loads the metadata')
  const { controller, requests } = await openController(options, parts, front, logs)
  const { metadata, life } = controller
  readiness.isAt('it is starting, and registers with the controller')
  const more = parts.schemaRegistry?.registered(server.listeners) ?? []
  await life.register(brokerToRegister({ config, random, logs, listeners: server.listeners, more }))
  goOn()

  const replicas = new ReplicaManager({
    clock,
    unexpected: (err, where) => logger.error({ err }, `The ${where} failed unexpectedly`),
  })
  parts.replicas = replicas
  const coordinators = createCoordinators(options, controller, replicas)
  parts.coordinators = coordinators
  const telemetry = new LazyTelemetry(options, metadata)
  parts.telemetry = telemetry
  readiness.isAt('it is starting, and opens its logs')
  await followMetadata(options, { controller, logs, replicas, coordinators, parts })
  followQuotas({ metadata, network: environment.network, logger, quotas, server })
  followCordonedLogDirs({ config, controller, logs, logger })
  goOn()

  const { clusterId } = logs
  const registered = (listener: Listener) => handlers.served.all(listener)
  const checkListeners = (next: BrokerConfig) => checkSecurityChange(security, next)
  const validation = new TopicSchemaValidation(metadata, async () =>
    (await schemaRegistryOf(options, parts, readiness)).open(),
  )
  const below = {
    validation,
    checkListeners,
    audit: audit.trail,
    config,
    environment,
    loggers,
    clusterId,
    logs,
    replicas,
    telemetry,
    like,
    ...coordinators,
  }
  for (const handler of apiHandlers({ ...below, registered, controller: requests, metadata })) handlers.add(handler)
  await addClusterHandlers(handlers, options, controller, dispatcher)
  await life.unfence()
  goOn()
  await createStartAcls(parseAcls(config.get('samsa.acls')), { requests, clock })
  await createStartTopics(parseTopicsToCreate(config.get('samsa.create.topics')), { requests, metadata, clock, logger })
  goOn()

  server.start()
  readiness.isReady()
}

/** The release that clients are to find here; null: samsa as it is. */
async function likeRelease(config: BrokerConfig): Promise<Release | null> {
  const name = config.get('samsa.like')
  if (name === null) return null
  const { releaseNamed } = await import('../dispatch/releases/release.ts')
  // The value was held against the list of releases.
  return releaseNamed(name as KafkaRelease)
}

/** The APIs for other nodes, where the controller of this process has a listener for them. */
async function addClusterHandlers(
  handlers: HandlerRegistry,
  { config }: BuildOptions,
  { cluster }: Controller,
  dispatcher: Dispatcher,
): Promise<void> {
  if (cluster === null) return
  const { clusterHandlers } = await import('../api/wiring/cluster-handlers.ts')
  const dispatch = (...of: Parameters<Dispatcher['answerOf']>) => dispatcher.answerOf(...of)
  for (const handler of clusterHandlers({ config, cluster, dispatch })) handlers.add(handler)
}
