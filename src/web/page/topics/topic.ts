/** One topic: its partitions, and the groups that read it. */

import type { DecodedResponseOf } from '../../../../protocol/api-types.ts'
import { first } from '../../../../protocol/collections/elements.ts'
import { errorName } from '../../../../protocol/errors.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import { lagsByGroup } from '../groups/lags.ts'
import { listGroups } from '../groups/list.ts'
import type { PartitionRow, TopicDetail, TopicGroup } from '../model.ts'
import { EARLIEST, key, LATEST, offsetsOf, type PartitionOffset } from '../offsets.ts'
import { operationsOf } from '../operations.ts'
import { ensure } from '../page-error.ts'
import { bytesByPartition } from './list.ts'

type Topic = DecodedResponseOf<'Metadata'>['topics'][number]
type Partition = Topic['partitions'][number]

const READ_COMMITTED = 1

/** Throws a `PageError` when there is no such topic, or who asks may not see it. */
export async function metadataOf(calls: BrokerCalls, name: string): Promise<Topic> {
  const { topics } = await calls.call('Metadata', {
    topics: [{ name }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
  })
  const topic = first(topics)
  ensure(topic.errorCode, `The topic ${name}`)
  return topic
}

export const partitionsOf = ({ partitions }: Topic): number[] =>
  partitions.map(({ partitionIndex }) => partitionIndex).sort((a, b) => a - b)

export async function describeTopic(calls: BrokerCalls, name: string): Promise<TopicDetail> {
  const topic = await metadataOf(calls, name)
  const partitions = partitionsOf(topic)
  const wanted = [{ name, partitions }]
  const [start, end, stable, bytes] = await Promise.all([
    offsetsOf(calls, wanted, EARLIEST),
    offsetsOf(calls, wanted, LATEST),
    offsetsOf(calls, wanted, LATEST, READ_COMMITTED),
    bytesByPartition(calls, [{ topic: name, partitions }]),
  ])
  const facts = { start, end, stable, bytes: bytes?.get(name) }
  const rows = topic.partitions.map((partition) => rowOf(name, partition, facts))
  return {
    name,
    id: topic.topicId,
    internal: topic.isInternal,
    operations: operationsOf(topic.topicAuthorizedOperations),
    partitions: rows.sort((a, b) => a.partition - b.partition),
  }
}

interface Facts {
  readonly start: ReadonlyMap<string, PartitionOffset>
  readonly end: ReadonlyMap<string, PartitionOffset>
  readonly stable: ReadonlyMap<string, PartitionOffset>
  readonly bytes: ReadonlyMap<number, number> | undefined
}

function rowOf(topic: string, partition: Partition, { start, end, stable, bytes }: Facts): PartitionRow {
  const { partitionIndex, errorCode, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas } = partition
  const at = key(topic, partitionIndex)
  const problem = end.get(at)?.problem ?? (errorCode === 0 ? null : errorName(errorCode))
  return {
    partition: partitionIndex,
    leader: leaderId,
    leaderEpoch,
    replicas: replicaNodes,
    inSync: isrNodes,
    offline: offlineReplicas,
    start: start.get(at)?.offset ?? -1,
    end: end.get(at)?.offset ?? -1,
    stable: stable.get(at)?.offset ?? -1,
    bytes: bytes?.get(partitionIndex) ?? -1,
    problem,
  }
}

/** The groups that have committed an offset of the topic, or have members that read it. */
export async function groupsOfTopic(calls: BrokerCalls, name: string): Promise<TopicGroup[]> {
  const groups = await listGroups(calls)
  const lags = await lagsByGroup(calls, groups)
  return groups
    .filter(({ groupId, topics }) => topics.includes(name) || lags.get(groupId)?.byTopic.has(name))
    .map(({ groupId, type, state, members }) => {
      return { groupId, type, state, members, lag: lags.get(groupId)?.byTopic.get(name) ?? -1 }
    })
}
