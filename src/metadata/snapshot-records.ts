/** An image as the records that make it, in Apache's order: `metadata.version` first, because it says what follows. */
import { isElrEnabled, metadataLevel } from './features.ts'
import type { ClientQuotaImage, MetadataImage } from './image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from './image/topics-image.ts'
import type { MetadataRecord } from './metadata-record.ts'
import {
  METADATA_VERSION,
  partitionRecordVersion,
  registerBrokerRecordVersion,
  supportsControllerRegistration,
  supportsDelegationTokens,
} from './metadata-version.ts'

/** Lazily, so that a large image is written in pieces. */
export function* snapshotRecords(image: MetadataImage): Iterable<MetadataRecord> {
  yield* featureRecords(image)
  yield* clusterRecords(image)
  for (const topic of image.topics) {
    yield { type: 'TopicRecord', version: 0, value: { name: topic.name, topicId: topic.id } }
    yield* topic.partitions.map((partition, index) => partitionRecord(image, topic, index, partition))
  }
  for (const [{ type, name: resourceName }, values] of image.configs) {
    for (const [name, value] of values) {
      yield { type: 'ConfigRecord', version: 0, value: { resourceType: type, resourceName, name, value } }
    }
  }
  for (const quota of image.clientQuotas.values()) yield* quotaRecords(quota)
  if (image.nextProducerId !== null) {
    const { nextProducerId } = image
    yield { type: 'ProducerIdsRecord', version: 0, value: { brokerId: -1, brokerEpoch: -1n, nextProducerId } }
  }
  for (const value of image.acls.values()) yield { type: 'AccessControlEntryRecord', version: 0, value }
  for (const value of image.scram.values()) yield { type: 'UserScramCredentialRecord', version: 0, value }
  if (supportsDelegationTokens(metadataLevel(image))) {
    for (const value of image.delegationTokens.values()) yield { type: 'DelegationTokenRecord', version: 0, value }
  }
  yield* image.unknown
}

export function partitionRecord(
  image: MetadataImage,
  topic: Pick<TopicImage, 'id'>,
  partitionId: number,
  partition: PartitionRegistration,
): MetadataRecord {
  const version = partitionRecordVersion(metadataLevel(image))
  const withElr = version >= 2 && isElrEnabled(image)
  return {
    type: 'PartitionRecord',
    version,
    value: {
      partitionId,
      topicId: topic.id,
      replicas: [...partition.replicas],
      isr: [...partition.isr],
      removingReplicas: [...partition.removingReplicas],
      addingReplicas: [...partition.addingReplicas],
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: version >= 1 ? [...partition.directories] : [],
      eligibleLeaderReplicas: withElr && partition.elr.length > 0 ? [...partition.elr] : null,
      lastKnownElr: withElr && partition.lastKnownElr.length > 0 ? [...partition.lastKnownElr] : null,
    },
  }
}

function* featureRecords({ features }: MetadataImage): Iterable<MetadataRecord> {
  const rank = (name: string): string => (name === METADATA_VERSION ? '' : name)
  const sorted = [...features].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
  for (const [name, featureLevel] of sorted) {
    yield { type: 'FeatureLevelRecord', version: 0, value: { name, featureLevel } }
  }
}

function* clusterRecords(image: MetadataImage): Iterable<MetadataRecord> {
  const level = metadataLevel(image)
  const version = registerBrokerRecordVersion(level)
  for (const broker of image.cluster.brokers.values()) {
    yield {
      type: 'RegisterBrokerRecord',
      version,
      value: {
        ...broker,
        endPoints: [...broker.endPoints],
        features: [...broker.features],
        isMigratingZkBroker: version >= 2 && broker.isMigratingZkBroker,
        logDirs: version >= 3 ? [...broker.logDirs] : [],
        cordonedLogDirs: version >= 4 && broker.cordonedLogDirs !== null ? [...broker.cordonedLogDirs] : null,
      },
    }
  }
  if (!supportsControllerRegistration(level)) return
  for (const controller of image.cluster.controllers.values()) {
    const value = { ...controller, endPoints: [...controller.endPoints], features: [...controller.features] }
    yield { type: 'RegisterControllerRecord', version: 0, value }
  }
}

function* quotaRecords({ entity, quotas }: ClientQuotaImage): Iterable<MetadataRecord> {
  for (const [key, value] of quotas) {
    yield { type: 'ClientQuotaRecord', version: 0, value: { entity, key, value, remove: false } }
  }
}
