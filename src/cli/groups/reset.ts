import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { alterShareOffsets, commitOffsets, committedOffsets, shareOffsets } from '../../client/admin/group-offsets.ts'
import { describeGroup } from '../../client/admin/groups.ts'
import { offsetRanges, type PartitionOffset } from '../../client/admin/offsets.ts'
import { existingTopics, partitionName, partitionsOf, type TopicPartition } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { wholeNumber } from '../definition/values.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import { plural } from '../print/quantity.ts'
import { offsetsAt, within } from '../records/offsets-at.ts'
import type { Place } from '../records/place.ts'

interface ResetOptions {
  readonly to?: Place
  readonly by?: number
  readonly topic?: readonly string[]
  readonly dryRun?: boolean
}

export async function resetOffsets(context: CommandContext<ResetOptions>): Promise<Answer> {
  const { client, words, options } = context
  const [groupId = ''] = words
  if (options.to === undefined && options.by === undefined) throw new UsageError('Say where to: --to or --by')
  const group = await describeGroup(client, groupId)
  if (group !== null && group.members.length > 0) {
    const members = plural(group.members.length, 'member')
    throw new KafkaError(ErrorCode.NON_EMPTY_GROUP, `The group ${groupId} has ${members}, which go on where they are`)
  }
  const isShare = group?.type === 'share'
  const committed = await offsetsOf(client, groupId, isShare)
  const partitions =
    options.topic === undefined ? [...committed.values()] : await partitionsNamed(client, options.topic)
  if (partitions.length === 0) {
    throw new UsageError(`The group ${groupId} has committed nothing: name the topics with --topic`)
  }
  const rows = await newOffsets(context, partitions, committed)
  if (options.dryRun !== true) await (isShare ? alterShareOffsets : commitOffsets)(client, groupId, rows)
  return tableAnswer(
    {
      columns: [
        { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
        { title: 'PARTITION', of: ({ partition }) => partition },
        { title: 'WAS', of: ({ before }) => before },
        { title: options.dryRun ? 'WOULD BE' : 'IS', of: ({ offset }) => offset },
        { title: 'LAG', of: ({ lag }) => lag },
      ],
      rows,
    },
    rows.map((row) => ({ group: groupId, ...row })),
  )
}

async function offsetsOf(client: ClusterClient, groupId: string, isShare: boolean) {
  const offsets: readonly PartitionOffset[] = isShare
    ? await shareOffsets(client, groupId)
    : await committedOffsets(client, groupId)
  return new Map(offsets.filter(({ offset }) => offset >= 0).map((each) => [partitionName(each), each]))
}

async function newOffsets(
  { client, environment, options }: CommandContext<ResetOptions>,
  partitions: readonly TopicPartition[],
  committed: ReadonlyMap<string, PartitionOffset>,
) {
  const { to, by = 0 } = options
  const ranges = await offsetRanges(client, partitions)
  const places = to === undefined ? null : await offsetsAt(client, partitions, to, environment.clock.nowMs())
  const wanted = new Map(places?.map((each) => [partitionName(each), each.offset]))
  return ranges.map((range) => {
    const name = partitionName(range)
    const before = committed.get(name)?.offset ?? null
    const offset = within(places === null ? (before ?? range.startOffset) + by : (wanted.get(name) ?? 0), range)
    return { topic: range.topic, partition: range.partition, before, offset, lag: range.endOffset - offset }
  })
}

/** `orders`, `orders:0,3`. */
export async function partitionsNamed(client: ClusterClient, texts: readonly string[]): Promise<TopicPartition[]> {
  const named = texts.map((text) => {
    const [topic = '', numbers] = text.split(':', 2)
    return { topic, numbers: numbers?.split(',').map(wholeNumber) }
  })
  const all = partitionsOf(await existingTopics(client, [...new Set(named.map(({ topic }) => topic))]))
  return named.flatMap(({ topic, numbers }) => {
    const own = all.filter((each) => each.topic === topic)
    return numbers === undefined ? own : numbers.map((partition) => ({ topic, partition }))
  })
}
