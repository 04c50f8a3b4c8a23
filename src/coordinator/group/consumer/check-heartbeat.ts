import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../../protocol/messages/consumer-group-heartbeat.ts'
import { LEAVE_GROUP_EPOCH, LEAVE_GROUP_STATIC_EPOCH } from './consumer-member.ts'

/** From this version on members choose their ids themselves (KIP-1082). */
const FIRST_VERSION_OF_OWN_IDS = 1

/** Throws INVALID_REQUEST or UNSUPPORTED_ASSIGNOR for what no group has to look at. */
export function checkHeartbeat(
  request: ConsumerGroupHeartbeatRequest,
  apiVersion: number,
  assignors: readonly string[],
): void {
  const { memberId, groupId, instanceId, rackId, memberEpoch, serverAssignor } = request
  const mustHaveId = apiVersion >= FIRST_VERSION_OF_OWN_IDS || memberEpoch > 0 || memberEpoch === LEAVE_GROUP_EPOCH
  if (mustHaveId && isBlank(memberId)) refuse("MemberId can't be empty.")
  if (isBlank(groupId)) refuse("GroupId can't be empty.")
  if (isBlank(instanceId)) refuse("InstanceId can't be empty.")
  if (isBlank(rackId)) refuse("RackId can't be empty.")
  if (memberEpoch === 0) checkJoin(request)
  else if (memberEpoch === LEAVE_GROUP_STATIC_EPOCH) {
    if (instanceId === null) refuse("InstanceId can't be null.")
  } else if (memberEpoch < LEAVE_GROUP_STATIC_EPOCH) refuse('MemberEpoch is invalid.')
  if (serverAssignor !== null && !assignors.includes(serverAssignor)) {
    throw new KafkaError(
      ErrorCode.UNSUPPORTED_ASSIGNOR,
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`,
    )
  }
}

/** A member that joins may be subscribed to nothing, but must say so. */
function checkJoin(request: ConsumerGroupHeartbeatRequest): void {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } = request
  if (rebalanceTimeoutMs === -1) refuse('RebalanceTimeoutMs must be provided in first request.')
  if (topicPartitions === null || topicPartitions.length > 0) {
    refuse('TopicPartitions must be empty when (re-)joining.')
  }
  if (subscribedTopicNames === null && subscribedTopicRegex === null) {
    refuse('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
  }
}

const isBlank = (text: string | null): boolean => text !== null && text.trim() === ''

function refuse(message: string): never {
  throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
}
