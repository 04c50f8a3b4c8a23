import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { OffsetCommitRequest } from '../../../../protocol/messages/offset-commit.ts'
import type { OffsetDeleteRequest } from '../../../../protocol/messages/offset-delete.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { ClassicGroup } from '../classic/classic-group.ts'
import { resetSession } from '../classic/classic-rebalance.ts'
import { type CommitCheck, checkConsumerCommit } from '../consumer/commit-validation.ts'
import type { GroupContext } from '../group-effects.ts'
import { offsetTombstone } from '../group-records.ts'
import type { DurableGroup } from '../group-state.ts'

/** Since this version a commit for a group that is not there is told so (KIP-848). */
const GROUP_ID_NOT_FOUND_VERSION = 9
/** The retention time of a commit that leaves it to the broker. */
const DEFAULT_RETENTION_MS = -1n

/** Topics whose id and name are both known: the handler has looked them up. */
type CommitTopic = OffsetCommitRequest['topics'][number]

/** OffsetCommit: writes the offsets of a member's partitions, or of a client that needs no group (generation -1). */
export function commitOffsets(
  context: GroupContext,
  request: OffsetCommitRequest,
  apiVersion: number,
  id: RequestId,
): void {
  const consumer = context.state.consumer(request.groupId)
  let check: CommitCheck | null = null
  if (consumer !== undefined) {
    const { memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch } = request
    check = checkConsumerCommit(consumer, { memberId, groupInstanceId, memberEpoch, apiVersion })
  } else {
    const group = validateCommit(context, request, apiVersion)
    const member = group?.members.get(request.memberId)
    // A commit is a sign of life.
    if (group !== undefined && member !== undefined) resetSession(context.effects, group, member)
  }
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => commitPartition(context, request, topic, partition, check)),
  }))
  context.effects.reply(id, { topics })
}

function commitPartition(
  { config, effects, nowMs, topics }: GroupContext,
  { groupId, retentionTimeMs }: OffsetCommitRequest,
  topic: CommitTopic,
  partition: CommitTopic['partitions'][number],
  check: CommitCheck | null,
): { partitionIndex: number; errorCode: number } {
  const { partitionIndex, committedOffset, commitTimestamp, committedLeaderEpoch, committedMetadata } = partition
  if (committedMetadata !== null && committedMetadata.length > config.offsetMetadataMaxBytes) {
    return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE }
  }
  try {
    // The handler may know the topic by its name alone.
    check?.(topics.named(topic.name)?.id ?? topic.topicId, partitionIndex)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { partitionIndex, errorCode: error.code }
  }
  effects.append({
    type: 'offset-commit',
    group: groupId,
    topic: topic.name,
    partition: partitionIndex,
    value: {
      offset: committedOffset,
      leaderEpoch: committedLeaderEpoch,
      metadata: committedMetadata ?? '',
      // v1 alone lets the client say when.
      commitTimestampMs: commitTimestamp === -1n ? nowMs : Number(commitTimestamp),
      expireTimestampMs: expireTimestampMs(nowMs, retentionTimeMs),
      topicId: topic.topicId,
    },
  })
  return { partitionIndex, errorCode: ErrorCode.NONE }
}

/** Only old clients (v2 to v4) have a say in it; 'for ever' is written as the last moment that a number can name. */
function expireTimestampMs(nowMs: number, retentionTimeMs: bigint): number {
  if (retentionTimeMs === DEFAULT_RETENTION_MS) return -1
  return Math.min(nowMs + Number(retentionTimeMs), Number.MAX_SAFE_INTEGER)
}

/** Who may commit. Returns the classic group, unless there is none yet or it is of another kind. */
function validateCommit(
  { state }: GroupContext,
  request: OffsetCommitRequest,
  apiVersion: number,
): ClassicGroup | undefined {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const group = state.classic(groupId)
  if (group !== undefined) {
    validateClassicCommit(group, memberId, groupInstanceId, generationId)
    return group
  }
  const retained = state.groups.get(groupId)
  if (retained !== undefined) {
    validateRetainedCommit(retained, generationId)
  } else if (generationId >= 0) {
    const isKnownError = apiVersion >= GROUP_ID_NOT_FOUND_VERSION
    throw new KafkaError(isKnownError ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION)
  }
  return undefined
}

function validateClassicCommit(
  group: ClassicGroup,
  memberId: string,
  groupInstanceId: string | null,
  generationId: number,
): void {
  // Someone who manages partitions without a group uses its name only to keep offsets.
  if (generationId < 0 && group.state === 'Empty') return
  if (generationId < 0 && memberId === '' && groupInstanceId === null) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  if (group.state === 'CompletingRebalance') throw new KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
}

/** Members of a group that is only retained cannot be told apart from strangers. */
function validateRetainedCommit(group: DurableGroup, memberEpoch: number): void {
  const isEmpty = group.type !== 'classic' && group.members.isEmpty()
  if (!(memberEpoch < 0 && isEmpty)) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
}

/** OffsetDelete: removes offsets of topics that nobody in the group is subscribed to (KIP-496). */
export function deleteOffsets(context: GroupContext, request: OffsetDeleteRequest, id: RequestId): void {
  const { state, effects } = context
  const { groupId } = request
  const durable = state.groups.get(groupId)
  const group = state.classic(groupId)
  if (durable === undefined && group === undefined) throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND)
  if (group !== undefined && group.state !== 'Empty' && !group.isConsumerGroup) {
    throw new KafkaError(ErrorCode.NON_EMPTY_GROUP)
  }
  const isSubscribed = (topic: string): boolean => {
    if (group !== undefined) return group.isSubscribedTo(topic)
    if (durable?.type === 'consumer') return durable.isSubscribedTo(topic)
    // What members of a retained group are subscribed to is not known, so it could be anything.
    return durable !== undefined && durable.type !== 'classic' && !durable.members.isEmpty()
  }
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      if (isSubscribed(name)) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC }
      const { offsets } = state
      if (
        offsets.get(groupId, name, partitionIndex) !== undefined ||
        offsets.isUnstable(groupId, name, partitionIndex)
      ) {
        effects.append(offsetTombstone(groupId, name, partitionIndex))
      }
      return { partitionIndex, errorCode: ErrorCode.NONE }
    }),
  }))
  effects.reply(id, { topics })
}

/** The offsets of topics that are gone; one that was created anew under the name keeps its own. */
export function deleteOffsetsOfTopics(
  { state, effects }: GroupContext,
  deleted: readonly { readonly name: string; readonly topicId: string }[],
): void {
  const idsByName = new Map<string, Set<string>>()
  for (const { name, topicId } of deleted) {
    const ids = idsByName.get(name)
    if (ids === undefined) idsByName.set(name, new Set([topicId, ZERO_UUID]))
    else ids.add(topicId)
  }
  for (const group of state.offsets.groupIds()) {
    for (const [topic, partition] of state.offsets.partitionsOf(group)) {
      const ids = idsByName.get(topic)
      if (ids === undefined) continue
      const committedUnder = [...state.offsets.topicIds(group, topic, partition)]
      if (committedUnder.some((topicId) => ids.has(topicId))) effects.append(offsetTombstone(group, topic, partition))
    }
  }
  effects.atomic = false
}
