/** Jobs for a cluster: the partitions of a topic are written at their leaders. */
import { setTimeout as delay } from 'node:timers/promises'
import { codec } from '../../../protocol/compile.ts'
import { first } from '../../../protocol/elements.ts'
import { readResponseHeader } from '../../../protocol/frame.ts'
import { CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { MetadataResponse } from '../../../protocol/messages/metadata.ts'
import { ProduceResponse } from '../../../protocol/messages/produce.ts'
import { Connection } from './connection.ts'
import { Meter, type Throughput } from './meter.ts'
import { prepareBatch } from './payload.ts'
import {
  PRODUCE_VERSION,
  type ProduceJob,
  prepareRequests,
  produceApi,
  produceFrame,
  type Route,
  requestsInTurn,
  sendAll,
} from './produce.ts'
import { refuse } from './topics.ts'

const CREATE_TOPICS = 19
const METADATA = 3
const METADATA_VERSION = 9
const CREATE_VERSION = 5
const TIMEOUT_MS = 30_000
const LOOK_AGAIN_MS = 5

export interface Leader {
  readonly partition: number
  /** -1: nobody leads. */
  readonly nodeId: number
  readonly port: number
  readonly inSync: number
}

export async function leadersOf({ port, topic }: { port: number; topic: string }): Promise<Leader[]> {
  const connection = await Connection.open(port)
  const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
  const { brokers, topics } = await connection.ask(METADATA, MetadataResponse, METADATA_VERSION, body)
  connection.close()
  return first(topics).partitions.map(({ partitionIndex: partition, leaderId: nodeId, isrNodes }) => {
    const at = brokers.find((broker) => broker.nodeId === nodeId)?.port ?? 0
    return { partition, nodeId, port: at, inSync: isrNodes.length }
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
  const wanted = {
    name: topic,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  }
  const body = { topics: [wanted], timeoutMs: TIMEOUT_MS, validateOnly: false }
  const created = await connection.ask(CREATE_TOPICS, CreateTopicsResponse, CREATE_VERSION, body)
  refuse(`create ${topic}`, created.topics[0].errorCode)
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
      const { reader } = readResponseHeader(produceApi, PRODUCE_VERSION, answer)
      const { responses } = codec(ProduceResponse, PRODUCE_VERSION).decode(reader)
      resolve(first(first(responses).partitionResponses).errorCode)
    })
  })
  connection.close()
  return errorCode === 0
}
