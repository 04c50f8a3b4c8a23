/** The offsets of a group and what it has still to read, whatever its kind. */
import {
  type CommittedOffset,
  committedOffsets,
  type ShareOffset,
  shareOffsets,
} from '../../client/admin/group-offsets.ts'
import type { DescribedGroup } from '../../client/admin/groups.ts'
import { type OffsetRange, offsetRanges } from '../../client/admin/offsets.ts'
import { partitionName } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'

export interface GroupOffset {
  readonly topic: string
  readonly partition: number
  /** null: nothing is committed. Of a share group where it begins to read. */
  readonly offset: number | null
  /** null: the topic is gone. */
  readonly endOffset: number | null
  readonly lag: number | null
}

export async function groupOffsets(client: ClusterClient, group: DescribedGroup): Promise<GroupOffset[]> {
  const offsets: readonly (CommittedOffset | ShareOffset)[] =
    group.type === 'share' ? await shareOffsets(client, group.groupId) : await committedOffsets(client, group.groupId)
  const ranges = await rangesOf(client, offsets)
  return [...offsets]
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
    .map((each) => {
      const { topic, partition, offset } = each
      const endOffset = ranges.get(partitionName(each))?.endOffset ?? null
      const own = 'lag' in each ? each.lag : null
      const lag = own ?? (endOffset === null || offset < 0 ? null : Math.max(0, endOffset - offset))
      return { topic, partition, offset: offset < 0 ? null : offset, endOffset, lag }
    })
}

/** The ranges of partitions that are still there. */
export async function rangesOf(
  client: ClusterClient,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<Map<string, OffsetRange>> {
  if (partitions.length === 0) return new Map()
  const { topics } = await client.metadata([...new Set(partitions.map(({ topic }) => topic))])
  const led = new Set(
    topics.flatMap(({ name, partitions: each }) =>
      each.filter(({ leaderId }) => leaderId >= 0).map(({ partitionIndex }) => `${name}-${partitionIndex}`),
    ),
  )
  const ranges = await offsetRanges(
    client,
    partitions.filter((each) => led.has(partitionName(each))),
  )
  return new Map(ranges.map((each) => [partitionName(each), each]))
}
