import { ErrorCode } from '../../../../protocol/errors.ts'
import type { OffsetFetchRequest, OffsetFetchResponse } from '../../../../protocol/messages/offset-fetch.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { GroupState } from '../group-kind.ts'
import type { StoredOffset } from './offset-store.ts'

export type FetchedGroup = OffsetFetchRequest['groups'][number]
export type FetchedOffsets = OffsetFetchResponse['groups'][number]
type FetchedTopic = FetchedOffsets['topics'][number]
type FetchedPartition = FetchedTopic['partitions'][number]

const NO_OFFSET = -1n

/**
 * OffsetFetch of one group: the offsets of the partitions that are asked for, or of all (`topics` null), as of
 * `epoch`. `requireStable` refuses those that a transaction may still change (KIP-447).
 */
export function fetchOffsets(
  state: GroupState,
  request: FetchedGroup,
  requireStable: boolean,
  epoch: number,
): FetchedOffsets {
  const { groupId, topics } = request
  const group = state.groups.get(groupId, epoch)
  if (group !== undefined) state.kindOf(group).validateOffsetFetch(group, request, epoch)
  const answerFor = (topic: string, partitionIndex: number, offset: StoredOffset | undefined): FetchedPartition => {
    const isUnstable = requireStable && state.offsets.isUnstable(groupId, topic, partitionIndex, epoch)
    return partitionOffset(partitionIndex, offset, isUnstable)
  }
  const answer = { groupId, errorCode: ErrorCode.NONE }
  if (topics === null) return { ...answer, topics: allTopics(state, groupId, epoch, answerFor) }
  return {
    ...answer,
    topics: topics.map(({ name, topicId, partitionIndexes }) => ({
      name,
      topicId,
      partitions: partitionIndexes.map((partitionIndex) => {
        const offset = state.offsets.get(groupId, name, partitionIndex, epoch)
        const known = offset !== undefined && isOfTopic(offset, topicId) ? offset : undefined
        return answerFor(name, partitionIndex, known)
      }),
    })),
  }
}

function allTopics(
  state: GroupState,
  groupId: string,
  epoch: number,
  answerFor: (topic: string, partitionIndex: number, offset: StoredOffset) => FetchedPartition,
): FetchedTopic[] {
  const byName = new Map<string, FetchedTopic>()
  for (const [name, partition, offset] of state.offsets.ofGroup(groupId, epoch)) {
    let topic = byName.get(name)
    if (topic === undefined) byName.set(name, (topic = { name, topicId: ZERO_UUID, partitions: [] }))
    topic.partitions.push(answerFor(name, partition, offset))
  }
  return [...byName.values()]
}

/** An offset of a topic that was deleted is not one of its successor of the same name. */
function isOfTopic(offset: StoredOffset, topicId: string): boolean {
  return offset.topicId === ZERO_UUID || topicId === ZERO_UUID || offset.topicId === topicId
}

function partitionOffset(
  partitionIndex: number,
  offset: StoredOffset | undefined,
  isUnstable: boolean,
): FetchedPartition {
  if (isUnstable || offset === undefined) {
    const errorCode = isUnstable ? ErrorCode.UNSTABLE_OFFSET_COMMIT : ErrorCode.NONE
    return { partitionIndex, committedOffset: NO_OFFSET, committedLeaderEpoch: -1, metadata: '', errorCode }
  }
  return {
    partitionIndex,
    committedOffset: offset.offset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: ErrorCode.NONE,
  }
}
