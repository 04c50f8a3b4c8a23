import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { CommitCheck, Committer, OffsetReader } from '../group-kind.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'

/** From this version on members of the new protocol may commit. */
const FIRST_VERSION_OF_NEW_MEMBERS = 9
const NO_EPOCH = -1

/**
 * Anybody may commit in a consumer group while it is empty; else a member may, in its epoch, or in an older one what it
 * has had since then and still has (KIP-1251). Throws UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH or, for a member that speaks
 * the classic protocol, ILLEGAL_GENERATION.
 */
export function checkConsumerCommit(group: ConsumerGroup, committer: Committer): CommitCheck | null {
  const { memberId, groupInstanceId, memberEpoch, apiVersion } = committer
  if (memberEpoch < 0 && group.isEmpty) return null
  const isNameless = memberEpoch === NO_EPOCH && memberId === '' && groupInstanceId === null
  if (apiVersion === null && isNameless) return null
  const member = group.member(memberId)
  if (apiVersion !== null && member.classic === null && apiVersion < FIRST_VERSION_OF_NEW_MEMBERS) {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }
  if (memberEpoch === member.memberEpoch) return null
  if (memberEpoch > member.memberEpoch) throw stale(member)
  return (topicId, partition) => {
    const since = member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition)
    if (since === undefined || memberEpoch < since) throw stale(member)
  }
}

/** OffsetFetch names the member from v9 on; then it must be one, and in its epoch. */
export function checkConsumerFetch(group: ConsumerGroup, { memberId, memberEpoch }: OffsetReader, epoch: number): void {
  if (memberId === null) {
    if (memberEpoch < 0) return
    // Kafka fails on an epoch without a member.
    throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  }
  const member = group.members.get(memberId, epoch)
  if (member === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  if (member.memberEpoch !== memberEpoch) throw stale(member)
}

const stale = ({ classic }: ConsumerMember): KafkaError =>
  new KafkaError(classic === null ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION)
