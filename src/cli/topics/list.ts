import { describeLogDirectories } from '../../client/admin/cluster.ts'
import { offsetRanges } from '../../client/admin/offsets.ts'
import { partitionsOf, type TopicMetadata } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { CommandContext } from '../cluster/context.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import { bytesText } from '../print/quantity.ts'

interface ListOptions {
  readonly internal?: boolean
  readonly sizes?: boolean
}

interface ListedTopic {
  readonly topic: string
  readonly partitions: number
  readonly replicas: number
  /** null: a partition has no leader now. */
  readonly records: number | null
  readonly isInternal: boolean
  readonly sizeBytes?: number
}

export async function listTopics({ client, words, options }: CommandContext<ListOptions>): Promise<Answer> {
  const { topics } = await client.metadata(null)
  const wanted = topics
    .filter(({ name, isInternal }) => isWanted(name ?? '', words) && (options.internal === true || !isInternal))
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
  const [counts, sizes] = await Promise.all([
    recordsByTopic(client, wanted),
    options.sizes ? sizesByTopic(client) : new Map<string, number>(),
  ])
  const rows = wanted.map(({ name, partitions, isInternal }): ListedTopic => {
    const topic = name ?? ''
    return {
      topic,
      partitions: partitions.length,
      replicas: partitions[0]?.replicaNodes.length ?? 0,
      records: counts.get(topic) ?? null,
      isInternal,
      ...(options.sizes && { sizeBytes: sizes.get(topic) ?? 0 }),
    }
  })
  const size = { title: 'SIZE', of: ({ sizeBytes }: ListedTopic) => bytesText(sizeBytes ?? 0) }
  return tableAnswer({
    columns: [
      { title: 'TOPIC', of: ({ topic }) => topic, tone: ({ isInternal }) => (isInternal ? 'quiet' : 'name') },
      { title: 'PARTITIONS', of: ({ partitions }) => partitions },
      { title: 'REPLICAS', of: ({ replicas }) => replicas },
      { title: 'RECORDS', of: ({ records }) => records },
      ...(options.sizes ? [size] : []),
    ],
    rows,
  })
}

const isWanted = (name: string, words: readonly string[]): boolean =>
  words.length === 0 || words.some((word) => name.includes(word))

async function recordsByTopic(client: ClusterClient, topics: readonly TopicMetadata[]): Promise<Map<string, number>> {
  const served = topics.filter(({ partitions }) => partitions.every(({ leaderId }) => leaderId >= 0))
  const counts = new Map<string, number>()
  for (const { topic, startOffset, endOffset } of await offsetRanges(client, partitionsOf(served))) {
    counts.set(topic, (counts.get(topic) ?? 0) + endOffset - startOffset)
  }
  return counts
}

async function sizesByTopic(client: ClusterClient): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const { replicas } of await describeLogDirectories(client)) {
    for (const { topic, sizeBytes } of replicas) sizes.set(topic, (sizes.get(topic) ?? 0) + sizeBytes)
  }
  return sizes
}
