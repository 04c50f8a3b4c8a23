/** Jobs for a cluster: the partitions of a topic are written at their leaders. */
import { setTimeout as delay } from 'node:timers/promises'
import { first } from '../../../protocol/collections/elements.ts'
import { MetadataResponse } from '../../../protocol/messages/metadata.ts'
import { Connection } from './connection.ts'
import { Meter, type Throughput } from './meter.ts'
import { prepareBatch } from './payload.ts'
import {
  decodeProduced,
  type ProduceJob,
  prepareRequests,
  produceFrame,
  type Route,
  requestsInTurn,
  sendAll,
} from './produce.ts'
import { createTopics } from './topics.ts'

const METADATA_VERSION = 9
const LOOK_AGAIN_MS = 5

interface Leader {
  readonly partition: number
  /** -1: nobody leads. */
  readonly nodeId: number
  readonly port: number
}

async function leadersOf({ port, topic }: { port: number; topic: string }): Promise<Leader[]> {
  const connection = await Connection.open(port)
  const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
  const { brokers, topics } = await connection.ask(MetadataResponse, METADATA_VERSION, body)
  connection.close()
  return first(topics).partitions.map(({ partitionIndex: partition, leaderId: nodeId }) => {
    const at = brokers.find((broker) => broker.nodeId === nodeId)?.port ?? 0
    return { partition, nodeId, port: at }
  })
}

export interface ReplicatedTopic {
  /** Each broker's: the topic is there when all of them know all leaders. */
  readonly ports: readonly number[]
  readonly topic: string
  /** The brokers of each partition, the preferred leader first. */
  readonly assignments: readonly (readonly number[])[]
  readonly configs: Readonly<Record<string, string>>
}

export async function createReplicatedTopic({ ports, topic, assignments, configs }: ReplicatedTopic): Promise<void> {
  const connection = await Connection.open(first(ports))
  const brokers = assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  const shape = { numPartitions: -1, replicationFactor: -1, assignments: brokers }
  await createTopics(connection, [{ name: topic, ...shape, configs }])
  connection.close()
  for (const port of ports) {
    const isKnown = async () => {
      const leaders = await leadersOf({ port, topic })
      return leaders.length === assignments.length && leaders.every(({ nodeId }) => nodeId >= 0)
    }
    while (!(await isKnown().catch(() => false))) await delay(LOOK_AGAIN_MS)
  }
  await firstWrite({ ports, topic })
}

export interface ClusterProduceJob extends Omit<ProduceJob, 'brokerPid' | 'partitions'> {
  readonly brokerPids: readonly number[]
}

/** As `produce`, with so many connections to each of the brokers that lead something. */
export async function produceToLeaders(job: ClusterProduceJob): Promise<Throughput> {
  const batch = prepareBatch(job)
  const routes: Route[] = []
  const leaders = await leadersOf(job)
  for (const port of new Set(leaders.map((leader) => leader.port))) {
    const led = leaders.filter((leader) => leader.port === port).map(({ partition }) => partition)
    const next = requestsInTurn(prepareRequests(job, led, batch))
    for (let count = 0; count < job.connections; count++) routes.push({ connection: await Connection.open(port), next })
  }
  await sendAll(routes, job, job.warmUpBytes)
  const meter = new Meter(job.brokerPids)
  const result = meter.read(await sendAll(routes, job, job.bytes))
  for (const { connection } of routes) connection.close()
  return result
}

/** Resolves, with the time since the call, when each partition has taken a record (acks=all) by way of those brokers. */
export async function firstWrite({ ports, topic }: { ports: readonly number[]; topic: string }): Promise<number> {
  const startedAtMs = performance.now()
  const waiting = new Set((await leadersOf({ port: first(ports), topic })).map(({ partition }) => partition))
  const { bytes } = prepareBatch({ recordBytes: 100, batchBytes: 1 })
  while (waiting.size > 0) {
    for (const { partition, port } of await leadersOf({ port: first(ports), topic })) {
      if (!waiting.has(partition) || !ports.includes(port)) continue
      if (await isWritten(port, produceFrame(topic, -1, [partition], bytes))) waiting.delete(partition)
    }
    if (waiting.size > 0) await delay(LOOK_AGAIN_MS)
  }
  return performance.now() - startedAtMs
}

async function isWritten(port: number, frame: Buffer): Promise<boolean> {
  const connection = await Connection.open(port)
  const errorCode = await new Promise<number>((resolve) => {
    connection.send(frame, (answer) => {
      resolve(first(first(decodeProduced(answer).responses).partitionResponses).errorCode)
    })
  })
  connection.close()
  return errorCode === 0
}
