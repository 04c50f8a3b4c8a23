import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { TxnOffsetCommitRequest } from '../../../../protocol/messages/txn-offset-commit.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { GroupContext } from '../group-context.ts'
import { validateCommit } from './offset-commit.ts'

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
  checkCommit(context, request)
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
    kind: 'offset',
    group,
    topic,
    partition: partitionIndex,
    value: { ...value, expireTimestampMs: -1, topicId: ZERO_UUID },
  })
  return { partitionIndex, errorCode: ErrorCode.NONE }
}

/** The member has to be one, and its partitions its own; the transaction's producer knows generations alone. */
function checkCommit(context: GroupContext, request: TxnOffsetCommitRequest): void {
  const { groupId, memberId, groupInstanceId, generationId: memberEpoch } = request
  try {
    const check = validateCommit(context, groupId, { memberId, groupInstanceId, memberEpoch, apiVersion: null })
    if (check === null) return
    for (const { name, partitions } of request.topics) {
      for (const { partitionIndex } of partitions) check(context.topics.named(name)?.id ?? ZERO_UUID, partitionIndex)
    }
  } catch (error) {
    const isStale = error instanceof KafkaError && error.code === ErrorCode.STALE_MEMBER_EPOCH
    throw isStale ? new KafkaError(ErrorCode.ILLEGAL_GENERATION) : error
  }
}
