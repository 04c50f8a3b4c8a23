import { deleteRecords, offsetRanges, type PartitionOffset } from '../../client/admin/offsets.ts'
import { existingTopics, partitionName, partitionsOf, type TopicPartition } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import { offsetsAt, within } from './offsets-at.ts'
import type { Place } from './place.ts'

interface DeleteOptions {
  readonly before: Place
  readonly partition?: readonly number[]
  readonly dryRun?: boolean
}

export async function deleteRecordsBefore(context: CommandContext<DeleteOptions>): Promise<Answer> {
  const { client, environment, words, options } = context
  const all = partitionsOf(await existingTopics(client, words.slice(0, 1)))
  const partitions = onlyThese(all, options.partition)
  const offsets = await offsetsAt(client, partitions, options.before, environment.clock.nowMs())
  return deleteBefore(client, offsets, options.dryRun === true)
}

export async function emptyTopics({ client, words, options }: CommandContext<{ dryRun?: boolean }>): Promise<Answer> {
  const partitions = partitionsOf(await existingTopics(client, words))
  const offsets = await offsetsAt(client, partitions, { kind: 'end' }, 0)
  return deleteBefore(client, offsets, options.dryRun === true)
}

/** The partitions that are asked for; a partition that is not there is found out by the request. */
export const onlyThese = (partitions: readonly TopicPartition[], wanted: readonly number[] | undefined) =>
  wanted === undefined ? partitions : wanted.map((partition) => ({ topic: partitions[0]?.topic ?? '', partition }))

async function deleteBefore(
  client: ClusterClient,
  offsets: readonly PartitionOffset[],
  isDry: boolean,
): Promise<Answer> {
  const ranges = await offsetRanges(client, offsets)
  const kept = new Map(offsets.map((each) => [partitionName(each), each.offset]))
  const rows = ranges.map((range) => {
    const { topic, partition, startOffset } = range
    const newStart = within(kept.get(partitionName(range)) ?? startOffset, range)
    return { topic, partition, startOffset, newStartOffset: newStart, deleted: newStart - startOffset }
  })
  const changes = rows.filter(({ deleted }) => deleted > 0)
  if (!isDry && changes.length > 0) {
    await deleteRecords(
      client,
      changes.map(({ topic, partition, newStartOffset: offset }) => ({ topic, partition, offset })),
    )
  }
  return tableAnswer({
    columns: [
      { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
      { title: 'PARTITION', of: ({ partition }) => partition },
      { title: 'START', of: ({ startOffset }) => startOffset },
      { title: isDry ? 'WOULD START' : 'STARTS NOW', of: ({ newStartOffset }) => newStartOffset },
      { title: isDry ? 'TO DELETE' : 'DELETED', of: ({ deleted }) => deleted },
    ],
    rows,
  })
}
