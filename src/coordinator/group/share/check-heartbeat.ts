import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ShareGroupHeartbeatRequest } from '../../../../protocol/messages/share-group-heartbeat.ts'
import { LEAVE_GROUP_EPOCH } from './share-member.ts'

/** The length of a UUID as people read it. */
const MAX_MEMBER_ID_LENGTH = 36

/** Whether a client may call itself so: a member without a name would be nobody to those who hold locks for it. */
export const isMemberIdValid = (memberId: string | null): memberId is string =>
  memberId !== null && memberId !== '' && memberId.length <= MAX_MEMBER_ID_LENGTH

/** Throws INVALID_REQUEST for what no group has to look at. */
export function checkShareHeartbeat(request: ShareGroupHeartbeatRequest): void {
  const { memberId, groupId, rackId, memberEpoch, subscribedTopicNames } = request
  if (!isMemberIdValid(memberId)) refuse('Invalid member id in the request.')
  if (isBlank(memberId)) refuse("MemberId can't be empty.")
  if (isBlank(groupId)) refuse("GroupId can't be empty.")
  if (isBlank(rackId)) refuse("RackId can't be empty.")
  if (memberEpoch === 0) {
    if (subscribedTopicNames === null || subscribedTopicNames.length === 0) {
      refuse('SubscribedTopicNames must be set in first request.')
    }
  } else if (memberEpoch < LEAVE_GROUP_EPOCH) refuse('MemberEpoch is invalid.')
}

const isBlank = (text: string | null): boolean => text !== null && text.trim() === ''

function refuse(message: string): never {
  throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
}
