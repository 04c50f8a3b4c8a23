/** Topics as a list, with their sizes and the configurations that tell most about them. */

import type { DecodedResponseOf } from '../../../../protocol/api-types.ts'
import { ErrorCode } from '../../../../protocol/errors.ts'
import { ConfigResourceType } from '../../../metadata/image/configurations-image.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { TopicRow } from '../model.ts'
import { EARLIEST, LATEST, offsetAt, offsetsOf, type PartitionOffset } from '../offsets.ts'

type Topic = DecodedResponseOf<'Metadata'>['topics'][number]
export type NamedTopic = Topic & { name: string }

const SHOWN_CONFIGS = ['cleanup.policy', 'retention.ms']
const LOT = 1_000

/** The topics of these names, or all of them, as far as who asks may see them. */
export async function topicsOf(calls: BrokerCalls, names: readonly string[] | null = null): Promise<NamedTopic[]> {
  const asked = names?.map((name) => ({ name })) ?? null
  const { topics } = await calls.call('Metadata', { topics: asked, allowAutoTopicCreation: false })
  return topics.filter((topic): topic is NamedTopic => topic.name !== null && topic.errorCode === ErrorCode.NONE)
}

export async function listTopics(calls: BrokerCalls): Promise<TopicRow[]> {
  const topics = await topicsOf(calls)
  const wanted = topics.map(({ name, partitions }) => ({ name, partitions: partitions.map((p) => p.partitionIndex) }))
  const [start, end, bytes, configs] = await Promise.all([
    offsetsOf(calls, wanted, EARLIEST),
    offsetsOf(calls, wanted, LATEST),
    bytesByPartition(calls),
    configsByTopic(calls, topics),
  ])
  return topics.map((topic) => rowOf(topic, { start, end, bytes, configs: configs.get(topic.name) }))
}

interface Facts {
  readonly start: ReadonlyMap<string, PartitionOffset>
  readonly end: ReadonlyMap<string, PartitionOffset>
  readonly bytes: ReadonlyMap<string, ReadonlyMap<number, number>> | null
  readonly configs: ReadonlyMap<string, string | null> | undefined
}

function rowOf({ name, isInternal, partitions }: NamedTopic, { start, end, bytes, configs }: Facts): TopicRow {
  const records = partitions.reduce((sum, { partitionIndex: at }) => {
    const [first, last] = [offsetAt(start, name, at).offset, offsetAt(end, name, at).offset]
    return sum + (first < 0 || last < 0 ? 0 : last - first)
  }, 0)
  const sizes = bytes?.get(name)
  return {
    name,
    internal: isInternal,
    partitions: partitions.length,
    replicas: partitions[0]?.replicaNodes.length ?? 0,
    records,
    bytes: bytes === null ? -1 : [...(sizes?.values() ?? [])].reduce((sum, size) => sum + size, 0),
    underReplicated: partitions.filter(({ isrNodes, replicaNodes }) => isrNodes.length < replicaNodes.length).length,
    offline: partitions.filter(({ leaderId }) => leaderId < 0).length,
    cleanupPolicy: configs?.get('cleanup.policy') ?? '',
    retentionMs: Number(configs?.get('retention.ms') ?? Number.NaN) || -1,
  }
}

/** Bytes on this broker's disks, by topic and partition; null: who asks may not see them. */
export async function bytesByPartition(
  calls: BrokerCalls,
  topics: readonly { topic: string; partitions: readonly number[] }[] | null = null,
): Promise<Map<string, Map<number, number>> | null> {
  const { errorCode, results } = await calls.call('DescribeLogDirs', {
    topics: topics?.map(({ topic, partitions }) => ({ topic, partitions: [...partitions] })) ?? null,
  })
  if (errorCode !== ErrorCode.NONE) return null
  const found = new Map<string, Map<number, number>>()
  for (const { topics } of results) {
    for (const { name, partitions } of topics) {
      const sizes = found.get(name) ?? new Map<number, number>()
      found.set(name, sizes)
      for (const { partitionIndex, partitionSize, isFutureKey } of partitions) {
        if (!isFutureKey) sizes.set(partitionIndex, Number(partitionSize))
      }
    }
  }
  return found
}

async function configsByTopic(calls: BrokerCalls, topics: readonly NamedTopic[]) {
  const found = new Map<string, Map<string, string | null>>()
  for (let at = 0; at < topics.length; at += LOT) {
    const { results } = await calls.call('DescribeConfigs', {
      resources: topics.slice(at, at + LOT).map(({ name }) => ({
        resourceType: ConfigResourceType.TOPIC,
        resourceName: name,
        configurationKeys: SHOWN_CONFIGS,
      })),
    })
    for (const { resourceName, configs } of results) {
      found.set(resourceName, new Map(configs.map(({ name, value }) => [name, value])))
    }
  }
  return found
}
