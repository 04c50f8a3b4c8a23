/**
 * AlterPartition: the leader of a partition asks for other in-sync replicas (KIP-497). The leader's view may be old, and
 * so may its view of the replicas that it takes for in sync (KIP-841, KIP-903): the controller's view decides.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../../../protocol/messages/alter-partition.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import { brokerOf, isActive } from '../../../metadata/image/cluster-image.ts'
import { changedPartition, NO_LEADER_CHANGE } from '../../../metadata/image/partition-registration.ts'
import {
  LeaderRecoveryState,
  type PartitionRegistration,
  type TopicImage,
} from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { partitionChange } from '../rules/partition-change.ts'

type PartitionRequest = AlterPartitionRequest['topics'][number]['partitions'][number]
type Response = Encodable<typeof AlterPartitionResponse>
type PartitionResult = NonNullable<NonNullable<Response['topics']>[number]['partitions']>[number]

const ANY_EPOCH = -1n

/** Each partition changes or is refused for itself; a leader of an old registration changes nothing. */
export function alterPartition(state: CommandState, request: AlterPartitionRequest): CommandResult<Response> {
  const leader = brokerOf(state.image.cluster, request.brokerId)
  if (leader?.brokerEpoch !== request.brokerEpoch) throw new KafkaError(ErrorCode.STALE_BROKER_EPOCH)
  const records: MetadataRecord[] = []
  const topics = request.topics.map(({ topicId, partitions }) => {
    const topic = state.image.topics.getById(topicId)
    return {
      topicId,
      partitions: partitions.map((partition): PartitionResult => {
        const { partitionIndex } = partition
        if (topic === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }
        return { partitionIndex, ...alterOne(state, request.brokerId, topic, partition, records) }
      }),
    }
  })
  return { records, response: { topics } }
}

function alterOne(
  state: CommandState,
  leaderId: number,
  topic: TopicImage,
  request: PartitionRequest,
  records: MetadataRecord[],
): PartitionResult {
  const partition = topic.partitions[request.partitionIndex]
  if (partition === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }
  const errorCode = reasonToRefuse(state, leaderId, partition, request)
  if (errorCode !== ErrorCode.NONE) return { errorCode }
  const { 'unclean.leader.election.enable': isUncleanAllowed } = state.config.topicConfig(
    state.image.configs.topic(topic.name),
  )
  const record = partitionChange(state, topic, request.partitionIndex, {
    election: isUncleanAllowed ? 'unclean' : 'online',
    isr: newIsr(request).map(({ brokerId }) => brokerId),
    leaderRecoveryState: request.leaderRecoveryState,
  })
  if (record === null) return answerOf(partition)
  records.push(record)
  const { leader } = record.value
  // The new in-sync replicas have ended a move that takes the partition away from the leader that asks.
  if (leader !== leaderId && leader !== NO_LEADER_CHANGE) return { errorCode: ErrorCode.NEW_LEADER_ELECTED }
  return answerOf(changedPartition(partition, record.value))
}

const answerOf = (partition: PartitionRegistration): PartitionResult => ({
  errorCode: ErrorCode.NONE,
  leaderId: partition.leader,
  leaderEpoch: partition.leaderEpoch,
  isr: [...partition.isr],
  leaderRecoveryState: partition.leaderRecoveryState,
  partitionEpoch: partition.partitionEpoch,
})

interface InSyncReplica {
  readonly brokerId: number
  readonly brokerEpoch: bigint
}

/** Version 2 names the replicas without their epochs. */
const newIsr = ({ newIsr, newIsrWithEpochs }: PartitionRequest): readonly InSyncReplica[] =>
  newIsrWithEpochs.length > 0 ? newIsrWithEpochs : newIsr.map((brokerId) => ({ brokerId, brokerEpoch: ANY_EPOCH }))

function reasonToRefuse(
  state: CommandState,
  leaderId: number,
  partition: PartitionRegistration,
  request: PartitionRequest,
): number {
  const { leaderEpoch, partitionEpoch, leaderRecoveryState } = request
  // A leader that knows more than this node: this node is a controller of the past.
  if (leaderEpoch > partition.leaderEpoch || partitionEpoch > partition.partitionEpoch) return ErrorCode.NOT_CONTROLLER
  if (leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
  if (leaderId !== partition.leader) return ErrorCode.INVALID_REQUEST
  if (partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION
  const replicas = newIsr(request)
  const ids = new Set(replicas.map(({ brokerId }) => brokerId))
  if (ids.size < replicas.length || !ids.has(leaderId)) return ErrorCode.INVALID_REQUEST
  if (![...ids].every((brokerId) => partition.replicas.includes(brokerId))) return ErrorCode.INVALID_REQUEST
  if (leaderRecoveryState === LeaderRecoveryState.RECOVERING) {
    if (replicas.length > 1 || partition.leaderRecoveryState === LeaderRecoveryState.RECOVERED) {
      return ErrorCode.INVALID_REQUEST
    }
  }
  return replicas.every((replica) => mayBeInSync(state, replica)) ? ErrorCode.NONE : ErrorCode.INELIGIBLE_REPLICA
}

/** The broker takes part in the cluster, in the very registration in which its leader has seen it catch up. */
function mayBeInSync({ image }: CommandState, { brokerId, brokerEpoch }: InSyncReplica): boolean {
  const broker = brokerOf(image.cluster, brokerId)
  return isActive(broker) && (brokerEpoch === ANY_EPOCH || brokerEpoch === broker.brokerEpoch)
}
