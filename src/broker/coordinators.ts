import { InternalTopicCreation } from '../api/support/topics/internal-topic-creation.ts'
import type { Controller } from '../controller/index.ts'
import { groupCoordinatorConfig } from '../coordinator/group/group-config.ts'
import { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { ReplicatedLog } from '../coordinator/runtime/replicated-log.ts'
import { ProducerIds } from '../coordinator/transaction/producer-ids.ts'
import { transactionCoordinatorConfig } from '../coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import { markerWriter } from '../coordinator/transaction-markers.ts'
import type { Logger } from '../env/logger.ts'
import { transactionVersion } from '../metadata/features.ts'
import { CONSUMER_OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from '../metadata/internal-topics.ts'
import type { LeadershipListener } from '../replication/metadata-follower.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { BuildOptions } from './options.ts'

const PRODUCER_IDS_TIMEOUT_MS = 30_000

export interface Coordinators {
  readonly internalTopics: InternalTopicCreation
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
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
  const common = { log: new ReplicatedLog(replicas), environment }
  const groups = new GroupCoordinator({
    ...common,
    logger: loggers.named('samsa.groups'),
    config: groupCoordinatorConfig(config, (groupId) => metadata.image.configs.group(groupId)),
    image: () => metadata.image,
    partitionCount: () => internalTopics.partitionCount(CONSUMER_OFFSETS_TOPIC),
  })
  const transactions = new TransactionCoordinator({
    ...common,
    logger: loggers.named('samsa.transactions'),
    config: transactionCoordinatorConfig(config),
    producerIds: new ProducerIds(() => life.allocateProducerIds(clock.monotonicMs() + PRODUCER_IDS_TIMEOUT_MS)),
    partitionCount: () => internalTopics.partitionCount(TRANSACTION_STATE_TOPIC),
    transactionVersion: () => transactionVersion(metadata.image),
    writeMarker: markerWriter({ replicas, groups, clock }),
    exists: (topic, partition) => metadata.image.topics.partition(topic, partition) !== undefined,
  })
  return { internalTopics, groups, transactions }
}

/** Coordinators serve the partitions of their internal topics that this broker leads. */
export function leadershipOf({ groups, transactions }: Coordinators, logger: Logger): LeadershipListener {
  const coordinators = new Map<string, GroupCoordinator | TransactionCoordinator>([
    [CONSUMER_OFFSETS_TOPIC, groups],
    [TRANSACTION_STATE_TOPIC, transactions],
  ])
  return {
    elected: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onElection(partition, leaderEpoch),
    resigned: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onResignation(partition, leaderEpoch),
    topicsDeleted: (topics) => {
      // Nobody waits for it: the topics are gone, whatever becomes of the offsets in them.
      groups.onTopicsDeleted(topics).catch((err) => {
        logger.error({ err }, 'The offsets of deleted topics could not be deleted')
      })
    },
  }
}
