/**
 * Records of a share group whose fate is decided one by one, as the share coordinator has stored them: those that were given
 * back, or are done with while others before them are not. Records that a member holds at the moment are known to the leader
 * of their partition alone.
 */
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { InFlightRun } from '../model.ts'
import { metadataOf, partitionsOf } from '../topics/topic.ts'

const STATES: ReadonlyMap<number, string> = new Map([
  [0, 'available again'],
  [1, 'acquired'],
  [2, 'acknowledged'],
  [4, 'archived'],
])

/** Kafka asks for CLUSTER_ACTION here; who has it not is told nothing, as if there were none. */
export async function inFlightOf(
  calls: BrokerCalls,
  groupId: string,
  topics: readonly string[],
): Promise<InFlightRun[]> {
  return (await Promise.all(topics.map((topic) => inFlightIn(calls, groupId, topic)))).flat()
}

async function inFlightIn(calls: BrokerCalls, groupId: string, topic: string): Promise<InFlightRun[]> {
  const runs: InFlightRun[] = []
  const described = await metadataOf(calls, topic)
  const epochs = new Map(described.partitions.map((each) => [each.partitionIndex, each.leaderEpoch]))
  const partitions = partitionsOf(described).map((partition) => ({
    partition,
    leaderEpoch: epochs.get(partition) ?? -1,
  }))
  const { results } = await calls.call('ReadShareGroupState', {
    groupId,
    topics: [{ topicId: described.topicId, partitions }],
  })
  for (const { partition, errorCode, stateBatches } of results[0]?.partitions ?? []) {
    if (errorCode !== ErrorCode.NONE) continue
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of stateBatches) {
      runs.push({
        topic,
        partition,
        first: Number(firstOffset),
        last: Number(lastOffset),
        state: STATES.get(deliveryState) ?? String(deliveryState),
        deliveries: deliveryCount,
      })
    }
  }
  return runs
}
