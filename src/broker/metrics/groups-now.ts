/** The groups that this broker coordinates, as its own APIs tell of them. */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'

export interface GroupNow {
  readonly groupId: string
  /** `classic`, `consumer`, `share` or `streams`. */
  readonly type: string
  readonly state: string
  readonly members: number
  /** Topic → partition → committed offset; -1 for a partition of the topic without one. */
  readonly offsets: ReadonlyMap<string, ReadonlyMap<number, number>>
}

type Offsets = Map<string, Map<number, number>>

export async function groupsNow(broker: InProcessConnection, image: MetadataImage): Promise<GroupNow[]> {
  const { groups } = await broker.call('ListGroups', {})
  const idsOf = (type: string) => groups.filter(({ groupType }) => groupType === type).map(({ groupId }) => groupId)
  const members = new Map<string, number>()
  const count = (described: readonly { readonly groupId: string; readonly members: readonly unknown[] }[]) => {
    for (const group of described) members.set(group.groupId, group.members.length)
  }
  const [classic, consumer, share, streams] = ['classic', 'consumer', 'share', 'streams'].map(idsOf) as [
    string[],
    string[],
    string[],
    string[],
  ]
  if (classic.length > 0) count((await broker.call('DescribeGroups', { groups: classic })).groups)
  if (consumer.length > 0) count((await broker.call('ConsumerGroupDescribe', { groupIds: consumer })).groups)
  if (share.length > 0) count((await broker.call('ShareGroupDescribe', { groupIds: share })).groups)
  if (streams.length > 0) count((await broker.call('StreamsGroupDescribe', { groupIds: streams })).groups)
  const committed = await committedOffsets(broker, [...classic, ...consumer, ...streams], image)
  const started = share.length === 0 ? new Map<string, Offsets>() : await startOffsets(broker, share)
  return groups.map(({ groupId, groupType, groupState }) => ({
    groupId,
    type: groupType,
    state: groupState,
    members: members.get(groupId) ?? 0,
    offsets: committed.get(groupId) ?? started.get(groupId) ?? new Map(),
  }))
}

/** All partitions of each topic of which the group has committed an offset, as kafka_exporter tells them. */
async function committedOffsets(
  broker: InProcessConnection,
  groupIds: readonly string[],
  image: MetadataImage,
): Promise<ReadonlyMap<string, Offsets>> {
  if (groupIds.length === 0) return new Map()
  const asked = { groups: groupIds.map((groupId) => ({ groupId, topics: null })) }
  const { groups } = await broker.call('OffsetFetch', asked, { version: LAST_VERSION_WITH_NAMES })
  return new Map(
    groups.map(({ groupId, topics }) => {
      const offsets: Offsets = new Map()
      for (const { name, partitions } of topics) {
        const count = image.topics.get(name)?.partitions.length ?? 0
        const ofTopic = new Map(Array.from({ length: count }, (_, index) => [index, -1]))
        for (const { partitionIndex, committedOffset, errorCode } of partitions) {
          if (errorCode === ErrorCode.NONE) ofTopic.set(partitionIndex, Number(committedOffset))
        }
        offsets.set(name, ofTopic)
      }
      return [groupId, offsets]
    }),
  )
}

const LAST_VERSION_WITH_NAMES = 9

/** Share groups commit no offsets: the first record that is not done with stands for one. */
async function startOffsets(
  broker: InProcessConnection,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, Offsets>> {
  const asked = { groups: groupIds.map((groupId) => ({ groupId, topics: null })) }
  const { groups } = await broker.call('DescribeShareGroupOffsets', asked)
  return new Map(
    groups.map(({ groupId, topics }) => [
      groupId,
      new Map(
        topics.map(({ topicName, partitions }) => [
          topicName,
          new Map(partitions.map(({ partitionIndex, startOffset }) => [partitionIndex, Number(startOffset)])),
        ]),
      ),
    ]),
  )
}
