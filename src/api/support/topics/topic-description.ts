/** A topic as Metadata describes it to a client of one listener. */
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { MetadataResponse } from '../../../../protocol/messages/metadata.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import { NO_LEADER, type PartitionRegistration, type TopicImage } from '../../../metadata/image/topics-image.ts'
import { isInternalTopic } from '../../../metadata/internal-topics.ts'
import { PartitionAvailability } from './partition-availability.ts'

export type TopicAnswer = NonNullable<Encodable<typeof MetadataResponse>['topics']>[number]
type PartitionAnswer = NonNullable<TopicAnswer['partitions']>[number]

const FIRST_VERSION_LISTENER_NOT_FOUND = 6

/** Describes topics of one image, looking up each broker once. */
export function topicDescriber(
  image: MetadataImage,
  { apiVersion, connection }: RequestContext,
): (topic: TopicImage) => TopicAnswer {
  const availability = new PartitionAvailability(image, connection.listenerName)
  return ({ name, id, partitions }) => ({
    errorCode: ErrorCode.NONE,
    name,
    topicId: id,
    isInternal: isInternalTopic(name),
    partitions: partitions.map((partition, index) => describePartition(availability, apiVersion, partition, index)),
  })
}

function describePartition(
  availability: PartitionAvailability,
  apiVersion: number,
  partition: PartitionRegistration,
  partitionIndex: number,
): PartitionAnswer {
  const onlyReachable = (brokerIds: readonly number[]): readonly number[] =>
    apiVersion === 0 ? brokerIds.filter((id) => availability.hasListener(id)) : brokerIds
  const leaderId = availability.leaderOf(partition)
  const replicaNodes = onlyReachable(partition.replicas)
  const isrNodes = onlyReachable(partition.isr)
  let errorCode: number = ErrorCode.NONE
  if (leaderId === NO_LEADER) {
    const isListenerMissing = availability.isKnown(partition.leader) && apiVersion >= FIRST_VERSION_LISTENER_NOT_FOUND
    errorCode = isListenerMissing ? ErrorCode.LISTENER_NOT_FOUND : ErrorCode.LEADER_NOT_AVAILABLE
  } else if (replicaNodes.length < partition.replicas.length || isrNodes.length < partition.isr.length) {
    errorCode = ErrorCode.REPLICA_NOT_AVAILABLE
  }
  return {
    errorCode,
    partitionIndex,
    leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: availability.offlineReplicas(partition),
  }
}
