/** The APIs of the share coordinator: each names share partitions of one group, and answers for each of them. */
import type { ShareOutcome } from '../../../coordinator/share/share-outcomes.ts'
import type { SharePartitionKey } from '../../../coordinator/share/share-state.ts'
import type { ShareCoordinator } from '../../../coordinator/share-coordinator.ts'
import type { Need } from '../../../dispatch/access.ts'
import type { ShareServices } from '../../../share/share-services.ts'

interface StateRequest<Partition> {
  readonly groupId: string
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly Partition[] }[]
}

/** Brokers alone ask for states. */
export const NEEDS_CLUSTER_ACTION: readonly Need<unknown>[] = [
  { operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' },
]

/** Resolves to the results; to none at all, as in Kafka, where the request leaves out what it is about. */
export async function forEachShare<Partition extends { readonly partition: number }, Outcome extends ShareOutcome>(
  shares: ShareServices,
  { groupId, topics }: StateRequest<Partition>,
  ask: (coordinator: ShareCoordinator, key: SharePartitionKey, partition: Partition) => Promise<Outcome>,
) {
  if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) return { results: [] }
  const coordinator = await shares.coordinator()
  const results = topics.map(async ({ topicId, partitions }) => {
    const outcomes = partitions.map(async (wanted) => {
      const { partition } = wanted
      return { partition, ...(await ask(coordinator, { groupId, topicId, partition }, wanted)) }
    })
    return { topicId, partitions: await Promise.all(outcomes) }
  })
  return { results: await Promise.all(results) }
}

export function failedShares(
  { topics }: StateRequest<{ readonly partition: number }>,
  errorCode: number,
  errorMessage: string | null,
) {
  const results = topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode, errorMessage })),
  }))
  return { results }
}
