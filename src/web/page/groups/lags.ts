/** The lag of groups: how far they are behind the ends of the partitions that they read. */
import { ErrorCode } from '../../../../protocol/errors.ts'
import { type BrokerCalls, BY_NAME } from '../broker-calls.ts'
import { byTopic, LATEST, offsetAt, offsetsOf } from '../offsets.ts'

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly metadata: string
  /** The lag as the coordinator itself counts it (share groups); -1: it does not. */
  readonly lag: number
}

export interface GroupLag {
  readonly total: number
  readonly byTopic: ReadonlyMap<string, number>
}

interface GroupOfType {
  readonly groupId: string
  readonly type: string
}

/** The offsets that the groups have committed; a share group's are those where its records in flight begin. */
export async function committedOffsets(
  calls: BrokerCalls,
  groups: readonly GroupOfType[],
): Promise<Map<string, CommittedOffset[]>> {
  const ids = (share: boolean) => groups.filter(({ type }) => (type === 'share') === share).map((each) => each.groupId)
  const [classic, share] = await Promise.all([offsetFetch(calls, ids(false)), shareOffsets(calls, ids(true))])
  return new Map([...classic, ...share])
}

export async function lagsByGroup(calls: BrokerCalls, groups: readonly GroupOfType[]): Promise<Map<string, GroupLag>> {
  const committed = await committedOffsets(calls, groups)
  const ends = await offsetsOf(calls, byTopic([...committed.values()].flat()), LATEST)
  const lags = new Map<string, GroupLag>()
  for (const [groupId, offsets] of committed) {
    if (offsets.length === 0) continue
    const byTopic = new Map<string, number>()
    for (const { topic, partition, committed, lag } of offsets) {
      const behind = lag >= 0 ? lag : Math.max(0, offsetAt(ends, topic, partition).offset - committed)
      byTopic.set(topic, (byTopic.get(topic) ?? 0) + behind)
    }
    lags.set(groupId, { byTopic, total: [...byTopic.values()].reduce((sum, each) => sum + each, 0) })
  }
  return lags
}

async function offsetFetch(calls: BrokerCalls, ids: readonly string[]): Promise<[string, CommittedOffset[]][]> {
  if (ids.length === 0) return []
  const { groups } = await calls.call(
    'OffsetFetch',
    { groups: ids.map((groupId) => ({ groupId, topics: null })), requireStable: false },
    BY_NAME.OffsetFetch,
  )
  return groups.map(({ groupId, topics }) => [
    groupId,
    topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode, committedOffset }) => errorCode === ErrorCode.NONE && committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset, metadata }) => ({
          topic: name,
          partition: partitionIndex,
          committed: Number(committedOffset),
          metadata: metadata ?? '',
          lag: -1,
        })),
    ),
  ])
}

async function shareOffsets(calls: BrokerCalls, ids: readonly string[]): Promise<[string, CommittedOffset[]][]> {
  if (ids.length === 0) return []
  const { groups } = await calls.call('DescribeShareGroupOffsets', {
    groups: ids.map((groupId) => ({ groupId, topics: null })),
  })
  return groups.map(({ groupId, topics }) => [
    groupId,
    topics.flatMap(({ topicName, partitions }) =>
      partitions
        .filter(({ errorCode, startOffset }) => errorCode === ErrorCode.NONE && startOffset >= 0n)
        .map(({ partitionIndex, startOffset, lag }) => ({
          topic: topicName,
          partition: partitionIndex,
          committed: Number(startOffset),
          metadata: '',
          lag: Number(lag),
        })),
    ),
  ])
}
