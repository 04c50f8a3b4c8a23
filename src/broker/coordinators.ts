import { InternalTopicCreation } from '../api/support/topics/internal-topic-creation.ts'
import { BrokerPool } from '../client/broker-pool.ts'
import { interBrokerListenerName, mayHavePeers, withinGroupBounds } from '../config/index.ts'
import type { Controller } from '../controller/index.ts'
import { clusterMarkerWriter } from '../coordinator/cluster-markers.ts'
import { clusterTransactions, type TransactionMembership } from '../coordinator/cluster-transactions.ts'
import { groupCoordinatorConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { ReplicatedLog } from '../coordinator/runtime/replicated-log.ts'
import { ProducerIds } from '../coordinator/transaction/producer-ids.ts'
import { transactionCoordinatorConfig } from '../coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import { markerWriter } from '../coordinator/transaction-markers.ts'
import type { Logger } from '../env/logger.ts'
import { transactionVersion } from '../metadata/features.ts'
import { brokerOf } from '../metadata/image/cluster-image.ts'
import { NO_LEADER } from '../metadata/image/topics-image.ts'
import {
  CONSUMER_OFFSETS_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import type { LeadershipListener } from '../replication/metadata-follower.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { BuildOptions } from './options.ts'
import { Shares } from './shares/shares.ts'

const PRODUCER_IDS_TIMEOUT_MS = 30_000
const PEER_TIMEOUT_MS = 10_000
const MAX_PEER_RESPONSE_BYTES = 16 * 1024 * 1024

export interface Coordinators {
  /** The transactions of the whole cluster, for those who append to them. */
  readonly membership: TransactionMembership
  /** Connections to other brokers. */
  readonly peers: readonly BrokerPool[]
  readonly internalTopics: InternalTopicCreation
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shares: Shares
}

export function createCoordinators(
  options: BuildOptions,
  controller: Controller,
  replicas: ReplicaManager,
): Coordinators {
  const { config, environment, loggers } = options
  const { clock } = environment
  const { requests, metadata, life } = controller
  const internalTopics = new InternalTopicCreation({ controller: requests, metadata, config, clock })
  const nodeId = config.get('node.id')
  const peers = mayHavePeers(config) ? peersOf(options, metadata) : null
  const leaderOf = (topic: string, partition: number) =>
    metadata.image.topics.partition(topic, partition)?.leader ?? null
  const common = { log: new ReplicatedLog(replicas), environment }
  const groupProperties = withinGroupBounds(config, (groupId) => metadata.image.configs.group(groupId))
  const shares = new Shares(options, {
    groupProperties,
    log: common.log,
    replicas,
    metadata,
    internalTopics,
    controller: requests,
    brokers: peers?.shares ?? null,
  })
  const groups = new GroupCoordinator({
    ...common,
    logger: loggers.named('samsa.groups'),
    config: groupCoordinatorConfig(config, groupProperties),
    image: () => metadata.image,
    partitionCount: () => internalTopics.partitionCount(CONSUMER_OFFSETS_TOPIC),
    persister: shares.persister,
  })
  const writeHere = markerWriter({ replicas, groups, clock })
  const transactions = new TransactionCoordinator({
    ...common,
    logger: loggers.named('samsa.transactions'),
    config: transactionCoordinatorConfig(config),
    producerIds: new ProducerIds(() => life.allocateProducerIds(clock.monotonicMs() + PRODUCER_IDS_TIMEOUT_MS)),
    partitionCount: () => internalTopics.partitionCount(TRANSACTION_STATE_TOPIC),
    transactionVersion: () => transactionVersion(metadata.image),
    writeMarker:
      peers === null ? writeHere : clusterMarkerWriter({ nodeId, clock, brokers: peers.markers, leaderOf, writeHere }),
    exists: (topic, partition) => metadata.image.topics.partition(topic, partition) !== undefined,
  })
  const membership =
    peers === null
      ? transactions
      : clusterTransactions({
          nodeId,
          here: transactions,
          brokers: peers.transactions,
          leaderOf: (partition) => leaderOf(TRANSACTION_STATE_TOPIC, partition) ?? NO_LEADER,
        })
  return { internalTopics, groups, transactions, membership, peers: Object.values(peers ?? {}), shares }
}

/**
 * A broker answers the requests of a connection one after another: what waits for other replicas there has connections of
 * its own, so that a produce that has its transaction verified does not wait behind it.
 */
const peersOf = (options: BuildOptions, metadata: PublishedMetadata) => ({
  transactions: brokerPool(options, metadata, 'transactions'),
  markers: brokerPool(options, metadata, 'markers'),
  shares: brokerPool(options, metadata, 'shares'),
})

/** Connections to the brokers of the image, at the listeners that they have for each other. */
function brokerPool(
  { config, environment, loggers }: BuildOptions,
  metadata: PublishedMetadata,
  purpose: string,
): BrokerPool {
  const listener = interBrokerListenerName(config)
  return new BrokerPool({
    config,
    environment,
    logger: loggers.named('samsa.security'),
    clientId: `broker-${config.get('node.id')}-${purpose}`,
    connectTimeoutMs: PEER_TIMEOUT_MS,
    requestTimeoutMs: PEER_TIMEOUT_MS,
    maxResponseBytes: MAX_PEER_RESPONSE_BYTES,
    addressOf: (brokerId) =>
      brokerOf(metadata.image.cluster, brokerId)?.endPoints.find(({ name }) => name === listener) ?? null,
  })
}

/** Coordinators serve the partitions of their internal topics that this broker leads. */
export function leadershipOf({ groups, transactions, shares }: Coordinators, logger: Logger): LeadershipListener {
  const coordinators = new Map<string, GroupCoordinator | TransactionCoordinator | Shares>([
    [CONSUMER_OFFSETS_TOPIC, groups],
    [TRANSACTION_STATE_TOPIC, transactions],
    [SHARE_GROUP_STATE_TOPIC, shares],
  ])
  return {
    elected: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onElection(partition, leaderEpoch),
    resigned: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onResignation(partition, leaderEpoch),
    topicsDeleted: (topics) => {
      // Nobody waits for it: the topics are gone, whatever becomes of the offsets in them.
      Promise.all([groups.onTopicsDeleted(topics), shares.onTopicsDeleted(topics)]).catch((err) => {
        logger.error({ err }, 'The offsets of deleted topics could not be deleted')
      })
    },
  }
}
