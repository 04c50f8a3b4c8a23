import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { TxnOffsetCommitRequest } from '../../../../protocol/messages/txn-offset-commit.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { checkConsumerCommit } from '../consumer/commit-validation.ts'
import type { GroupContext } from '../group-effects.ts'

type Partition = TxnOffsetCommitRequest['topics'][number]['partitions'][number]

/**
 * TxnOffsetCommit: offsets that become the group's when the producer's transaction is committed (KIP-98). The member
 * that they come from is checked as far as the client names it (KIP-447); a rebalance does not keep it from committing,
 * and unlike a plain commit this one is no sign of life.
 */
export function commitTransactionalOffsets(
  context: GroupContext,
  request: TxnOffsetCommitRequest,
  verificationGuard: object | null | undefined,
  id: RequestId,
): void {
  validateCommit(context, request)
  checkAssignments(context, request)
  const { effects } = context
  const { producerId, producerEpoch } = request
  effects.producer = { producerId, producerEpoch, verificationGuard }
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => commitPartition(context, request.groupId, name, partition)),
  }))
  effects.reply(id, { topics })
}

function commitPartition(
  { config, effects, nowMs }: GroupContext,
  group: string,
  topic: string,
  { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }: Partition,
): { partitionIndex: number; errorCode: number } {
  const metadata = committedMetadata ?? ''
  if (metadata.length > config.offsetMetadataMaxBytes) {
    return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
  }
  const value = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitTimestampMs: nowMs }
  effects.append({
    type: 'offset-commit',
    group,
    topic,
    partition: partitionIndex,
    value: { ...value, expireTimestampMs: -1, topicId: ZERO_UUID },
  })
  return { partitionIndex, errorCode: ErrorCode.NONE }
}

/** A member of the new protocol may commit what is its own; the transaction's producer knows generations alone. */
function checkAssignments({ state, topics }: GroupContext, request: TxnOffsetCommitRequest): void {
  const group = state.consumer(request.groupId)
  if (group === undefined) return
  const { memberId, groupInstanceId, generationId: memberEpoch } = request
  try {
    const check = checkConsumerCommit(group, { memberId, groupInstanceId, memberEpoch, apiVersion: null })
    for (const { name, partitions } of request.topics) {
      for (const { partitionIndex } of partitions) check(topics.named(name)?.id ?? ZERO_UUID, partitionIndex)
    }
  } catch (error) {
    const isStale = error instanceof KafkaError && error.code === ErrorCode.STALE_MEMBER_EPOCH
    throw isStale ? new KafkaError(ErrorCode.ILLEGAL_GENERATION) : error
  }
}

function validateCommit({ state }: GroupContext, request: TxnOffsetCommitRequest): void {
  const { groupId, memberId, groupInstanceId, generationId } = request
  const namesMember = generationId >= 0 || memberId !== '' || groupInstanceId !== null
  if (state.consumer(groupId) !== undefined) return
  const group = state.classic(groupId)
  if (group !== undefined) {
    // Someone who manages partitions without a group uses its name only to keep offsets.
    if ((generationId < 0 && group.state === 'Empty') || !namesMember) return
    group.validateMember(memberId, groupInstanceId)
    if (generationId !== group.generationId) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
    return
  }
  const retained = state.groups.get(groupId)
  if (retained === undefined) {
    if (generationId >= 0) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
    return
  }
  // Members of a group that is only retained cannot be told apart from strangers.
  const isEmpty = retained.type !== 'classic' && retained.members.isEmpty()
  if (namesMember && !(generationId < 0 && isEmpty)) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
}
