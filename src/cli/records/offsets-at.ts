/** Offsets of places, as the leaders of the partitions know them. */
import { listOffsets, OffsetPlace, offsetRanges, type PartitionOffset } from '../../client/admin/offsets.ts'
import { partitionName, type TopicPartition } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { Place } from './place.ts'

/** The offset of the place in each partition; the end where a partition has nothing as new as a time. */
export async function offsetsAt(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  place: Place,
  nowMs: number,
): Promise<PartitionOffset[]> {
  switch (place.kind) {
    case 'beginning':
      return listOffsets(client, partitions, OffsetPlace.EARLIEST)
    case 'end':
      return listOffsets(client, partitions, OffsetPlace.LATEST)
    case 'offset':
      return partitions.map(({ topic, partition }) => ({ topic, partition, offset: place.offset }))
    case 'last': {
      const ranges = await offsetRanges(client, partitions)
      return ranges.map(({ topic, partition, startOffset, endOffset }) => ({
        topic,
        partition,
        offset: Math.max(startOffset, endOffset - place.count),
      }))
    }
    default:
      return offsetsAtTime(client, partitions, place.kind === 'ago' ? nowMs - place.ms : place.ms)
  }
}

async function offsetsAtTime(client: ClusterClient, partitions: readonly TopicPartition[], ms: number) {
  const [found, ends] = await Promise.all([
    listOffsets(client, partitions, Math.max(0, ms)),
    listOffsets(client, partitions, OffsetPlace.LATEST),
  ])
  const endOf = new Map(ends.map((each) => [partitionName(each), each.offset]))
  return found.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    offset: offset >= 0 ? offset : (endOf.get(`${topic}-${partition}`) ?? 0),
  }))
}

/** The offset kept within what the partition has. */
export const within = (
  offset: number,
  { startOffset, endOffset }: { startOffset: number; endOffset: number },
): number => Math.min(Math.max(offset, startOffset), endOffset)
