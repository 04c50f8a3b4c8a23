import { describeConfigs } from '../../client/admin/configs.ts'
import { type OffsetRange, offsetRanges } from '../../client/admin/offsets.ts'
import { existingTopics, partitionName, partitionsOf, type TopicMetadata } from '../../client/admin/partitions.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, type Section, tableLines } from '../print/answer.ts'

interface DescribeOptions {
  readonly underReplicated?: boolean
  readonly unavailable?: boolean
}

interface PartitionRow {
  readonly partition: number
  /** null: nobody leads it. */
  readonly leader: number | null
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly startOffset: number | null
  readonly endOffset: number | null
}

export async function describeTopics({ client, words, options }: CommandContext<DescribeOptions>): Promise<Answer> {
  const sections: Section[] = []
  const json: object[] = []
  const topics = await existingTopics(client, words)
  const led = topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.filter(({ leaderId }) => leaderId >= 0),
  }))
  const ranges = new Map(
    (await offsetRanges(client, partitionsOf(led))).map((each) => [partitionName(each), each] as const),
  )
  for (const topic of topics) {
    const name = topic.name ?? ''
    const rows = rowsOf(topic, ranges).filter((row) => isWanted(row, options))
    const configs = (await describeConfigs(client, { type: 'TOPIC', name })).filter(
      ({ source }) => source === 'DYNAMIC_TOPIC_CONFIG',
    )
    const set = Object.fromEntries(configs.map((config) => [config.name, config.value]))
    json.push({ topic: name, topicId: topic.topicId, isInternal: topic.isInternal, configs: set, partitions: rows })
    sections.push({
      heading: name,
      facts: [
        ['topic id', topic.topicId],
        ['partitions', topic.partitions.length],
        ['replicas', topic.partitions[0]?.replicaNodes.length],
        ['configs', configs.map((config) => `${config.name}=${config.value}`).join(' ')],
      ],
      table: (style) => ['', ...tableLines({ columns: COLUMNS, rows, empty: 'no such partition' }, style)],
    })
  }
  return { sections, json }
}

const COLUMNS = [
  { title: 'PARTITION', of: ({ partition }: PartitionRow) => partition },
  {
    title: 'LEADER',
    of: ({ leader }: PartitionRow) => leader ?? 'none',
    tone: ({ leader }: PartitionRow) => (leader === null ? ('bad' as const) : null),
  },
  { title: 'EPOCH', of: ({ leaderEpoch }: PartitionRow) => leaderEpoch },
  { title: 'REPLICAS', of: ({ replicas }: PartitionRow) => replicas },
  {
    title: 'IN SYNC',
    of: ({ inSync }: PartitionRow) => inSync,
    tone: ({ replicas, inSync }: PartitionRow) => (inSync.length < replicas.length ? ('warn' as const) : null),
  },
  { title: 'START', of: ({ startOffset }: PartitionRow) => startOffset },
  { title: 'END', of: ({ endOffset }: PartitionRow) => endOffset },
]

function rowsOf({ name, partitions }: TopicMetadata, ranges: ReadonlyMap<string, OffsetRange>): PartitionRow[] {
  return [...partitions]
    .sort((a, b) => a.partitionIndex - b.partitionIndex)
    .map(({ partitionIndex: partition, leaderId, leaderEpoch, replicaNodes, isrNodes }) => {
      const range = ranges.get(`${name}-${partition}`)
      return {
        partition,
        leader: leaderId < 0 ? null : leaderId,
        leaderEpoch,
        replicas: replicaNodes,
        inSync: isrNodes,
        startOffset: range?.startOffset ?? null,
        endOffset: range?.endOffset ?? null,
      }
    })
}

function isWanted({ leader, replicas, inSync }: PartitionRow, options: DescribeOptions): boolean {
  if (options.unavailable && leader !== null) return false
  return !options.underReplicated || inSync.length < replicas.length
}
