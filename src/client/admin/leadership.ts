/** Which brokers have and lead partitions: reassignments (KIP-455) and elections (KIP-460). */
import { ErrorCode, errorMessage } from '../../../protocol/errors.ts'
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../../protocol/messages/alter-partition-reassignments.ts'
import { ElectLeadersRequest, ElectLeadersResponse } from '../../../protocol/messages/elect-leaders.ts'
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../../protocol/messages/list-partition-reassignments.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { ensure, notController, type Outcome } from './item-outcome.ts'
import { byTopic, type TopicPartition } from './partitions.ts'

export interface Reassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** The reassignments under way. */
export async function listReassignments(client: ClusterClient): Promise<Reassignment[]> {
  const answer = await client.request(
    { to: 'controller' },
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    { topics: null },
    (each) => notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  return answer.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, replicas, addingReplicas, removingReplicas }) => ({
      topic,
      partition,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  )
}

export interface PartitionOutcome extends TopicPartition, Outcome {}

/** `replicas` null: the reassignment under way is given up. */
export async function reassign(
  client: ClusterClient,
  moves: readonly (TopicPartition & { readonly replicas: readonly number[] | null })[],
): Promise<PartitionOutcome[]> {
  const topics = byTopic(moves).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition, replicas }) => ({
      partitionIndex: partition,
      replicas: replicas === null ? null : [...replicas],
    })),
  }))
  const answer = await client.request(
    { to: 'controller' },
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    { topics },
    (each) => notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  return answer.responses.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, errorCode, errorMessage: words }) => ({
      topic,
      partition,
      errorCode,
      errorMessage: words,
    })),
  )
}

const Election = { preferred: 0, unclean: 1 } as const
/** The kind of an election came with this version: before it all were preferred. */
const ELECTION_TYPE_VERSION = 1

/** `partitions` null: all that need it. Partitions that have the right leader already are left out of the outcomes. */
export async function electLeaders(
  client: ClusterClient,
  type: keyof typeof Election,
  partitions: readonly TopicPartition[] | null,
): Promise<PartitionOutcome[]> {
  const topicPartitions =
    partitions === null
      ? null
      : byTopic(partitions).map(({ name: topic, partitions: each }) => ({
          topic,
          partitions: each.map(({ partition }) => partition),
        }))
  const answer = await client.request(
    { to: 'controller' },
    ElectLeadersRequest,
    ElectLeadersResponse,
    (version) =>
      version < ELECTION_TYPE_VERSION ? { topicPartitions } : { topicPartitions, electionType: Election[type] },
    (each) => notController([each]),
  )
  ensure(answer.errorCode, errorMessage(answer.errorCode))
  return answer.replicaElectionResults
    .flatMap(({ topic, partitionResult }) =>
      partitionResult.map(({ partitionId: partition, errorCode, errorMessage: words }) => ({
        topic,
        partition,
        errorCode,
        errorMessage: words,
      })),
    )
    .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED)
}
