/** Topics of a cluster: created, changed, deleted. Each of them has an outcome of its own. */
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../../protocol/messages/create-partitions.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { notController, type Outcome } from './item-outcome.ts'

export interface TopicToCreate {
  readonly name: string
  /** -1: as many as the broker thinks right. */
  readonly partitions: number
  readonly replicas: number
  /** Given: the brokers of each partition, in place of the two numbers. */
  readonly assignment?: readonly (readonly number[])[]
  readonly configs: ReadonlyMap<string, string>
}

const TIMEOUT_MS = 30_000
/** From here on the default numbers of the broker are taken (KIP-464), and topics have an id. */
const NAMED_TOPICS_VERSION = 6

export async function createTopics(
  client: ClusterClient,
  topics: readonly TopicToCreate[],
  { validateOnly = false } = {},
): Promise<(Outcome & { name: string; partitions: number; replicas: number })[]> {
  const body = {
    timeoutMs: TIMEOUT_MS,
    validateOnly,
    topics: topics.map(({ name, partitions, replicas, assignment, configs }) => ({
      name,
      numPartitions: assignment === undefined ? partitions : -1,
      replicationFactor: assignment === undefined ? replicas : -1,
      assignments: (assignment ?? []).map((brokerIds, partitionIndex) => ({
        partitionIndex,
        brokerIds: [...brokerIds],
      })),
      configs: [...configs].map(([key, value]) => ({ name: key, value })),
    })),
  }
  const answer = await client.request({ to: 'controller' }, CreateTopicsRequest, CreateTopicsResponse, body, (each) =>
    notController(each.topics),
  )
  return answer.topics.map(({ name, errorCode, errorMessage, numPartitions, replicationFactor }) => ({
    name,
    errorCode,
    errorMessage,
    partitions: numPartitions,
    replicas: replicationFactor,
  }))
}

export async function deleteTopics(
  client: ClusterClient,
  names: readonly string[],
): Promise<(Outcome & { name: string })[]> {
  const answer = await client.request(
    { to: 'controller' },
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    (version) => ({
      timeoutMs: TIMEOUT_MS,
      ...(version < NAMED_TOPICS_VERSION ? { topicNames: [...names] } : { topics: names.map((name) => ({ name })) }),
    }),
    ({ responses }) => notController(responses),
  )
  return answer.responses.map(({ name, errorCode, errorMessage }) => ({ name: name ?? '', errorCode, errorMessage }))
}

export async function createPartitions(
  client: ClusterClient,
  topics: readonly { readonly name: string; readonly count: number }[],
  { validateOnly = false } = {},
): Promise<(Outcome & { name: string })[]> {
  const body = {
    timeoutMs: TIMEOUT_MS,
    validateOnly,
    topics: topics.map(({ name, count }) => ({ name, count, assignments: null })),
  }
  const answer = await client.request(
    { to: 'controller' },
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    body,
    ({ results }) => notController(results),
  )
  return answer.results
}
