import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { OffsetCommitRequest } from '../../../../protocol/messages/offset-commit.ts'
import type { OffsetDeleteRequest } from '../../../../protocol/messages/offset-delete.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { CommitCheck, Committer, GroupContext } from '../group-kind.ts'
import { offsetTombstone } from './offset-records.ts'

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
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: memberEpoch } = request
  const check = validateCommit(context, groupId, { memberId, groupInstanceId, memberEpoch, apiVersion })
  const topics = request.topics.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((partition) => commitPartition(context, request, topic, partition, check)),
  }))
  context.effects.reply(id, { topics })
}

/** Asks the group whether the committer may commit; one that is not there has nobody but clients without a group. */
export function validateCommit(context: GroupContext, groupId: string, committer: Committer): CommitCheck | null {
  const { state } = context
  const group = state.groups.get(groupId)
  if (group !== undefined) return state.kindOf(group).validateOffsetCommit(context, group, committer)
  if (committer.memberEpoch < 0) return null
  const isKnownError = committer.apiVersion !== null && committer.apiVersion >= GROUP_ID_NOT_FOUND_VERSION
  throw new KafkaError(isKnownError ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION)
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
  // The handler may know the topic by its name alone. A partition that may not be committed refuses the whole request.
  check?.(topics.named(topic.name)?.id ?? topic.topicId, partitionIndex)
  effects.append({
    kind: 'offset',
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

/** OffsetDelete: removes offsets of topics that nobody in the group is subscribed to (KIP-496). */
export function deleteOffsets(context: GroupContext, request: OffsetDeleteRequest, id: RequestId): void {
  const { state, effects } = context
  const { groupId } = request
  const group = state.groups.get(groupId)
  if (group === undefined) throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND)
  const kind = state.kindOf(group)
  kind.validateOffsetDelete(group)
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => {
      if (kind.isSubscribedTo(group, name)) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC }
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
