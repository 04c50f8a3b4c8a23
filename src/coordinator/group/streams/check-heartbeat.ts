import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { StreamsGroupHeartbeatRequest } from '../../../../protocol/messages/streams-group-heartbeat.ts'
import { isInternalTopic } from '../../../metadata/internal-topics.ts'
import { isValidTopicName } from '../../../metadata/topic-name.ts'
import { LEAVE_GROUP_STATIC_EPOCH } from './streams-member.ts'
import { internalTopicsOf, UNDECIDED } from './topology/topology.ts'

type SentTopology = NonNullable<StreamsGroupHeartbeatRequest['topology']>

/** Throws INVALID_REQUEST, STREAMS_INVALID_TOPOLOGY or UNKNOWN_SERVER_ERROR for what no group has to look at. */
export function checkHeartbeat(request: StreamsGroupHeartbeatRequest): void {
  const { memberId, groupId, instanceId, rackId, memberEpoch, topology } = request
  const { activeTasks, standbyTasks, warmupTasks } = request
  // Apache Kafka refuses them too: its protocol has room for what its coordinator does not do.
  if (topology?.subtopologies.some(({ sourceTopicRegex }) => sourceTopicRegex.length > 0)) {
    refuse('Regular expressions for source topics are not supported yet.')
  }
  if (isBlank(memberId)) refuse("MemberId can't be empty.")
  if (isBlank(groupId)) refuse("GroupId can't be empty.")
  if (isBlank(instanceId)) refuse("InstanceId can't be empty.")
  if (isBlank(rackId)) refuse("RackId can't be empty.")
  if (memberEpoch === 0) checkJoin(request)
  else if (memberEpoch === LEAVE_GROUP_STATIC_EPOCH) {
    if (instanceId === null) refuse("InstanceId can't be null.")
  } else if (memberEpoch < LEAVE_GROUP_STATIC_EPOCH) {
    refuse(`MemberEpoch is ${memberEpoch}, but must be greater than or equal to -2.`)
  }
  const owned = [activeTasks, standbyTasks, warmupTasks]
  if (owned.some((tasks) => tasks !== null) && owned.some((tasks) => tasks === null)) {
    refuse('If one task-type is non-null, all must be non-null.')
  }
  if (memberEpoch !== 0 && topology !== null) refuse('Topology can only be provided when (re-)joining.')
}

function checkJoin(request: StreamsGroupHeartbeatRequest): void {
  const { rebalanceTimeoutMs, activeTasks, standbyTasks, warmupTasks, topology } = request
  if (rebalanceTimeoutMs === -1) refuse('RebalanceTimeoutMs must be provided in first request.')
  if (activeTasks === null || activeTasks.length > 0) refuse('ActiveTasks must be empty when (re-)joining.')
  if (standbyTasks === null || standbyTasks.length > 0) refuse('StandbyTasks must be empty when (re-)joining.')
  if (warmupTasks === null || warmupTasks.length > 0) refuse('WarmupTasks must be empty when (re-)joining.')
  if (topology === null) return refuse('Topology must be non-null when (re-)joining.')
  if (topology.epoch < 0) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, 'Topology epoch must be non-negative.')
  for (const { name, partitions } of topology.subtopologies.flatMap((one) => one.stateChangelogTopics)) {
    if (partitions === UNDECIDED) continue
    throw invalid(`Changelog topic ${name} must have an undefined partition count, but it is set to ${partitions}.`)
  }
}

/** Every topic that a topology speaks of, each once. */
export function namedTopics({ subtopologies }: SentTopology): string[] {
  return [
    ...new Set(
      subtopologies.flatMap((one) => [
        ...one.sourceTopics,
        ...one.repartitionSinkTopics,
        ...internalTopicsOf(one).map(({ name }) => name),
      ]),
    ),
  ]
}

/** Throws STREAMS_INVALID_TOPOLOGY: an application may neither read the broker's own topics nor create them. */
export function checkTopicNames(topology: SentTopology): void {
  const names = namedTopics(topology)
  const prohibited = names.filter(isInternalTopic)
  if (prohibited.length > 0) {
    throw invalid(`Use of Kafka internal topics ${prohibited.join(',')} in a Kafka Streams topology is prohibited.`)
  }
  const unnameable = names.filter((name) => !isValidTopicName(name))
  if (unnameable.length > 0) throw invalid(`Topic names ${unnameable.join(',')} are not valid topic names.`)
}

const isBlank = (text: string | null): boolean => text !== null && text.trim() === ''

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.STREAMS_INVALID_TOPOLOGY, message)

function refuse(message: string): never {
  throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
}
