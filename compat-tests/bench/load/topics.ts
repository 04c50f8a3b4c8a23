import { setTimeout as delay } from 'node:timers/promises'
import { CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import { IncrementalAlterConfigsResponse } from '../../../protocol/messages/incremental-alter-configs.ts'
import { ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import { Connection } from './connection.ts'

const LATEST = -1n
/** The type of a resource, and the operation, in IncrementalAlterConfigs. */
const [TOPIC, SET] = [2, 0]
const timeoutMs = 30_000

export interface TopicToCreate {
  port: number
  topic: string
  partitions: number
  configs?: Record<string, string>
}

/** Creates the topic and waits until every partition of it has a leader. */
export async function createTopic({ port, topic, partitions, configs }: TopicToCreate): Promise<void> {
  const connection = await Connection.open(port)
  await createTopics(connection, [{ name: topic, numPartitions: partitions, replicationFactor: 1, configs }])
  while (!(await hasLeaders(connection, topic, partitions))) await delay(5)
  connection.close()
}

export interface NewTopic {
  readonly name: string
  /** -1, as `replicationFactor`, where `assignments` say it. */
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments?: readonly { partitionIndex: number; brokerIds: readonly number[] }[]
  readonly configs?: Readonly<Record<string, string>>
}

/** Resolves when the controller has created all of them; their leaders may not know of it yet. */
export async function createTopics(
  connection: Connection,
  wanted: readonly NewTopic[],
  limitMs = timeoutMs,
): Promise<void> {
  const topics = wanted.map(({ assignments = [], configs = {}, ...topic }) => ({
    ...topic,
    assignments,
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }))
  const body = { topics, timeoutMs: limitMs, validateOnly: false }
  const created = await connection.ask(CreateTopicsResponse, 5, body)
  for (const { name, errorCode } of created.topics) refuse(`create ${name}`, errorCode)
}

/** Apache names a leader a moment before that leader knows of it; it leads when it can be asked for offsets. */
async function hasLeaders(connection: Connection, topic: string, partitions: number): Promise<boolean> {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: LATEST }))
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions: asked }] }
  const { topics } = await connection.ask(ListOffsetsResponse, 2, body)
  return topics[0].partitions.every((one) => one.errorCode === 0)
}

export interface TopicToAlter {
  port: number
  topic: string
  configs: Readonly<Record<string, string>>
}

/** Resolves when the controller has them; the leader may hear of it a moment later. */
export async function alterTopic({ port, topic, configs }: TopicToAlter): Promise<void> {
  const connection = await Connection.open(port)
  const set = Object.entries(configs).map(([name, value]) => ({ name, configOperation: SET, value }))
  const body = { resources: [{ resourceType: TOPIC, resourceName: topic, configs: set }], validateOnly: false }
  const { responses } = await connection.ask(IncrementalAlterConfigsResponse, 1, body)
  for (const { errorCode } of responses) refuse(`configs of ${topic}`, errorCode)
  connection.close()
}

export async function deleteTopic({ port, topic }: { port: number; topic: string }): Promise<void> {
  const connection = await Connection.open(port)
  await deleteTopics(connection, [topic])
  connection.close()
}

export async function deleteTopics(connection: Connection, topicNames: readonly string[]): Promise<void> {
  const deleted = await connection.ask(DeleteTopicsResponse, 5, { topicNames, timeoutMs })
  for (const { name, errorCode } of deleted.responses) refuse(`delete ${name}`, errorCode)
}

export function refuse(what: string, errorCode: number): void {
  if (errorCode !== 0) throw new Error(`the broker answered ${what} with error ${errorCode}`)
}
