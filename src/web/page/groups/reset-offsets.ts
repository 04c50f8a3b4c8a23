/**
 * Sets the offsets of a group that has no members at work. A preview and the change itself are made of the same plan; what
 * was shown is what is committed, for the change is given the offsets of the preview.
 */
import { first } from '../../../../protocol/collections/elements.ts'
import { grouped } from '../../../../protocol/collections/grouped.ts'
import type { OffsetToSet, ResetPlan } from '../bodies.ts'
import { type BrokerCalls, BY_NAME } from '../broker-calls.ts'
import type { OffsetChange } from '../model.ts'
import { byTopic, EARLIEST, key, LATEST, offsetAt, offsetsOf } from '../offsets.ts'
import { ensure, PageError } from '../page-error.ts'
import { metadataOf, partitionsOf } from '../topics/topic.ts'
import { describeGroup, typeOf } from './group.ts'

/** As Kafka's tool does it, an offset beyond what there is becomes the first or the last one that there is. */
export async function previewReset(calls: BrokerCalls, groupId: string, plan: ResetPlan): Promise<OffsetChange[]> {
  const { partitions: known } = await describeGroup(calls, groupId)
  const committed = new Map(known.map((row) => [key(row.topic, row.partition), row.committed]))
  const meant = await partitionsMeant(calls, known, plan)
  const wanted = byTopic(meant)
  const [start, end] = await Promise.all([offsetsOf(calls, wanted, EARLIEST), offsetsOf(calls, wanted, LATEST)])
  const timed = plan.to === 'time' ? await offsetsOf(calls, wanted, BigInt(wholeNumberOf(plan))) : null
  return meant.map(({ topic, partition }) => {
    const from = committed.get(key(topic, partition)) ?? -1
    const [low, high] = [offsetAt(start, topic, partition).offset, offsetAt(end, topic, partition).offset]
    const aim = () => {
      switch (plan.to) {
        case 'earliest':
          return low
        case 'latest':
          return high
        case 'offset':
          return wholeNumberOf(plan)
        case 'by':
          return Math.max(from, 0) + wholeNumberOf(plan)
        case 'time': {
          const found = timed === null ? -1 : offsetAt(timed, topic, partition).offset
          return found < 0 ? high : found
        }
      }
    }
    return { topic, partition, from, to: Math.min(Math.max(aim(), low), high), end: high }
  })
}

export async function resetOffsets(
  calls: BrokerCalls,
  groupId: string,
  changes: readonly OffsetToSet[],
): Promise<void> {
  const type = await typeOf(calls, groupId)
  if (type === 'share') return alterShareOffsets(calls, groupId, changes)
  const { topics } = await calls.call(
    'OffsetCommit',
    {
      groupId,
      topics: changesByTopic(changes).map(([name, each]) => ({
        name,
        partitions: each.map(({ partition, to }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(to),
          committedMetadata: '',
        })),
      })),
    },
    BY_NAME.OffsetCommit,
  )
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, errorCode } of partitions) ensure(errorCode, `${name}-${partitionIndex} of ${groupId}`)
  }
}

/** Forgets what the group has committed of a topic. */
export async function deleteOffsets(calls: BrokerCalls, groupId: string, topic: string): Promise<void> {
  if ((await typeOf(calls, groupId)) === 'share') {
    const answer = await calls.call('DeleteShareGroupOffsets', { groupId, topics: [{ topicName: topic }] })
    ensure(answer.errorCode, `The offsets of ${groupId}`, answer.errorMessage)
    const { errorCode, errorMessage } = first(answer.responses)
    return ensure(errorCode, `The offsets of ${groupId} in ${topic}`, errorMessage)
  }
  const partitions = partitionsOf(await metadataOf(calls, topic)).map((partitionIndex) => ({ partitionIndex }))
  const { errorCode, topics } = await calls.call('OffsetDelete', { groupId, topics: [{ name: topic, partitions }] })
  ensure(errorCode, `The offsets of ${groupId}`)
  for (const each of topics[0]?.partitions ?? [])
    ensure(each.errorCode, `The offset of ${topic}-${each.partitionIndex}`)
}

export async function deleteGroup(calls: BrokerCalls, groupId: string): Promise<void> {
  const { results } = await calls.call('DeleteGroups', { groupsNames: [groupId] })
  ensure(first(results).errorCode, `The group ${groupId} was not deleted`)
}

async function alterShareOffsets(calls: BrokerCalls, groupId: string, changes: readonly OffsetToSet[]) {
  const answer = await calls.call('AlterShareGroupOffsets', {
    groupId,
    topics: changesByTopic(changes).map(([topicName, each]) => ({
      topicName,
      partitions: each.map(({ partition, to }) => ({ partitionIndex: partition, startOffset: BigInt(to) })),
    })),
  })
  ensure(answer.errorCode, `The offsets of ${groupId}`, answer.errorMessage)
  for (const { topicName, partitions } of answer.responses) {
    for (const { partitionIndex, errorCode, errorMessage } of partitions) {
      ensure(errorCode, `${topicName}-${partitionIndex} of ${groupId}`, errorMessage)
    }
  }
}

async function partitionsMeant(
  calls: BrokerCalls,
  known: readonly { readonly topic: string; readonly partition: number }[],
  { topic, partitions }: ResetPlan,
) {
  if (topic === undefined) return known.map(({ topic, partition }) => ({ topic, partition }))
  const all = partitionsOf(await metadataOf(calls, topic))
  return (partitions ?? all).map((partition) => ({ topic, partition }))
}

function wholeNumberOf({ to, value }: ResetPlan): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new PageError(400, 'INVALID_REQUEST', `A reset to ${to} needs a whole number.`)
  }
  return value
}

const changesByTopic = (changes: readonly OffsetToSet[]): [string, OffsetToSet[]][] => [
  ...grouped(changes, ({ topic }) => topic),
]
