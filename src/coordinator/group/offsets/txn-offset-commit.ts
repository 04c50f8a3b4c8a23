import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { TxnOffsetCommitRequest } from '../../../../protocol/messages/txn-offset-commit.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { CommitCheck, GroupContext } from '../group-kind.ts'
import { validateCommit } from './offset-commit.ts'

type Partition = TxnOffsetCommitRequest['topics'][number]['partitions'][number]

/** Before, a client was told ILLEGAL_GENERATION in the place of GROUP_ID_NOT_FOUND and STALE_MEMBER_EPOCH (KIP-1319). */
const FIRST_VERSION_WITH_NEW_ERRORS = 6

export interface TransactionalCommit {
  readonly apiVersion: number
  /** Every topic in it has its name and its id. */
  readonly request: TxnOffsetCommitRequest
  readonly verificationGuard: object | null | undefined
}

/**
 * TxnOffsetCommit: offsets that become the group's when the producer's transaction is committed (KIP-98). The member
 * that they come from is checked as far as the client names it (KIP-447); a rebalance does not keep it from committing,
 * and unlike a plain commit this one is no sign of life.
 */
export function commitTransactionalOffsets(
  context: GroupContext,
  { apiVersion, request, verificationGuard }: TransactionalCommit,
  id: RequestId,
): void {
  const check = checkCommit(context, request, apiVersion >= FIRST_VERSION_WITH_NEW_ERRORS)
  const { effects } = context
  const { producerId, producerEpoch } = request
  effects.producer = { producerId, producerEpoch, verificationGuard }
  const topics = request.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) =>
      commitPartition(context, request.groupId, { name, topicId }, partition, check),
    ),
  }))
  effects.reply(id, { topics })
}

function commitPartition(
  { config, effects, nowMs }: GroupContext,
  group: string,
  { name: topic, topicId }: { readonly name: string; readonly topicId: string },
  { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }: Partition,
  check: CommitCheck,
): { partitionIndex: number; errorCode: number } {
  const metadata = committedMetadata ?? ''
  if (metadata.length > config.offsetMetadataMaxBytes) {
    return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
  }
  check(topicId, partitionIndex)
  const value = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata, commitTimestampMs: nowMs }
  effects.append({
    kind: 'offset',
    group,
    topic,
    partition: partitionIndex,
    value: { ...value, expireTimestampMs: -1, topicId },
  })
  return { partitionIndex, errorCode: ErrorCode.NONE }
}

/** The member has to be one, and its partitions its own; older producers know generations alone. */
function checkCommit(context: GroupContext, request: TxnOffsetCommitRequest, knowsNewErrors: boolean): CommitCheck {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch } = request
  if (knowsNewErrors && memberEpoch >= 0 && context.state.groups.get(groupId) === undefined) {
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`)
  }
  const told = <T>(judge: () => T): T => {
    try {
      return judge()
    } catch (error) {
      const isStale = error instanceof KafkaError && error.code === ErrorCode.STALE_MEMBER_EPOCH
      throw isStale && !knowsNewErrors ? new KafkaError(ErrorCode.ILLEGAL_GENERATION) : error
    }
  }
  const check = told(() =>
    validateCommit(context, groupId, { memberId, groupInstanceId, memberEpoch, apiVersion: null }),
  )
  return (topicId, partition) => told(() => check?.(topicId, partition))
}
