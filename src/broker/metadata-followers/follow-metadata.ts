import { isObserver } from '../../config/index.ts'
import type { Controller } from '../../controller/index.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import { logProgress } from '../../log/manager/log-progress.ts'
import { followBrokerConfig } from '../../metadata/dynamic-broker-config.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import { ClusterReplication } from '../../replication/cluster-replication.ts'
import { MetadataFollower } from '../../replication/metadata-follower.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { type Coordinators, leadershipOf } from '../coordinators.ts'
import type { BuildOptions } from '../options.ts'
import type { Parts } from '../parts.ts'
import { tellLeaderChanges } from './leader-changes.ts'
import { warnOfKeysWithoutEffect } from './warn-without-effect.ts'

interface Followers {
  readonly controller: Controller
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly coordinators: Coordinators
  /** Where what has to be stopped is entered. */
  readonly parts: Parts
}

/**
 * Opens the logs that the image names, and puts the parts that follow the metadata behind it. The order of their
 * subscriptions is the order in which they apply a change: values of the configuration come first, because the logs that
 * the same change opens are configured by them; coordinators come last, when their partitions are there. A change that
 * comes while logs are being opened waits until they are: none is missed, and none is applied to half of them.
 */
export async function followMetadata(options: BuildOptions, followers: Followers): Promise<void> {
  const { config, environment, logger, loggers } = options
  const { controller, logs, replicas, coordinators } = followers
  const { metadata, life } = controller
  const { image } = metadata
  const nodeId = config.get('node.id')
  const replication = new ClusterReplication(
    {
      nodeId,
      config,
      environment,
      logger: loggers.named('samsa.replication'),
      replicas,
      alterPartition: (topics) => life.alterPartition(topics),
    },
    image,
  )
  followers.parts.replication = replication
  const brokerConfig = followBrokerConfig(config, nodeId, image, logger)
  const placed = (places: readonly ReplicaPlace[]) => {
    life.assignReplicas(places).catch((err) => {
      logger.error({ err }, 'The log directories of new partitions could not be made known')
    })
  }
  const leadership = leadershipOf(coordinators, loggers.named('samsa.groups'))
  const follower = new MetadataFollower(
    { nodeId, config, logger: loggers.named('samsa.replication'), logs, replicas, replication, leadership, placed },
    image,
  )
  let opened: (areOpen: boolean) => void = () => {}
  const whenOpened = new Promise<boolean>((resolve) => {
    opened = resolve
  })
  metadata.subscribe(brokerConfig)
  metadata.subscribe(warnOfKeysWithoutEffect(logger, isObserver(config)))
  metadata.subscribe(async (change) => {
    if (await whenOpened) await follower.follow(change)
  })
  metadata.subscribe((change) => coordinators.groups.onMetadataUpdate(change))
  metadata.subscribe(tellLeaderChanges(loggers.named('samsa.replication'), nodeId))
  const onProgress = options.onProgress ?? logProgress(environment.clock, logger)
  try {
    await logs.loadLogs({
      configOf: (topic) => follower.logConfig(topic),
      isKnown: (topic, partition, topicId) => {
        const known = image.topics.get(topic)
        const isHere = known?.partitions[partition]?.replicas.includes(nodeId) === true
        return isHere && (topicId === null || topicId === known?.id)
      },
      topicIdOf: (topic) => image.topics.get(topic)?.id,
      recoveryThreads: config.get('num.recovery.threads.per.data.dir'),
      onProgress: (done, total) => onProgress({ work: 'opening', done, total }),
    })
    await follower.start()
    opened(true)
  } finally {
    // A start that has failed follows nothing any more; whoever publishes is not kept waiting.
    opened(false)
  }
}
