import { codec } from '../../../protocol/compile.ts'
import { readResponseHeader } from '../../../protocol/frame.ts'
import { ProduceResponse } from '../../../protocol/messages/produce.ts'
import type { CompressionName } from '../../../protocol/records/compression-type.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import type { Decoded } from '../../../protocol/schema.ts'
import { Connection, encodeRequest } from './connection.ts'
import type { Throughput } from './meter.ts'
import { Meter } from './meter.ts'
import type { PreparedBatch } from './payload.ts'
import { prepareBatch } from './payload.ts'
import { refuse } from './topics.ts'

const PRODUCE = 0
const produceApi = apisByKey.get(PRODUCE)!
/** The last version but the ones that only transactions and topic ids need; field layouts are the same. */
const PRODUCE_VERSION = 9
/** As producers have it (`max.request.size`). */
const maxRequestBytes = 1_000_000

export interface ProduceJob {
  port: number
  brokerPid: number
  topic: string
  partitions: number
  recordBytes: number
  batchBytes: number
  acks: 0 | 1 | -1
  codec: CompressionName
  connections: number
  /** Requests on the way on each connection (`max.in.flight.requests.per.connection`). */
  inFlight: number
  warmUpBytes: number
  bytes: number
}

export interface PreparedRequest {
  frame: Buffer
  valueBytes: number
}

/** A connection, and the next request for it. */
export interface Route {
  readonly connection: Connection
  readonly next: () => PreparedRequest
}

/** The requests one after another, over and over. */
export function requestsInTurn(requests: readonly PreparedRequest[]): () => PreparedRequest {
  let turn = 0
  return () => requests[turn++ % requests.length]
}

/** Sends prepared requests as fast as they are answered, first to warm up, then measured. */
export async function produce(job: ProduceJob): Promise<Throughput> {
  const batch = prepareBatch(job)
  const partitions = Array.from({ length: job.partitions }, (_, partition) => partition)
  const next = requestsInTurn(prepareRequests(job, partitions, batch))
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(job.port)))
  const routes = connections.map((connection) => ({ connection, next }))
  await sendAll(routes, job, job.warmUpBytes)
  const meter = new Meter(job.brokerPid)
  const bytes = await sendAll(routes, job, job.bytes)
  const result = meter.read(bytes)
  for (const connection of connections) connection.close()
  return result
}

/** Every partition once, in as few requests as their size allows. */
export function prepareRequests(
  { topic, acks }: Pick<ProduceJob, 'topic' | 'acks'>,
  partitions: readonly number[],
  batch: PreparedBatch,
): PreparedRequest[] {
  const perRequest = Math.max(1, Math.floor(maxRequestBytes / batch.bytes.length))
  const requests: PreparedRequest[] = []
  for (let first = 0; first < partitions.length; first += perRequest) {
    const named = partitions.slice(first, first + perRequest)
    const frame = produceFrame(topic, acks, named, batch.bytes)
    requests.push({ frame, valueBytes: named.length * batch.valueBytes })
  }
  return requests
}

export function produceFrame(topic: string, acks: number, partitions: readonly number[], records: Buffer): Buffer {
  const partitionData = partitions.map((index) => ({ index, records }))
  const body = { acks, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] }
  return encodeRequest(produceApi, PRODUCE_VERSION, body)
}

/** Resolves with the bytes sent once all of them are acknowledged, which with acks=0 is once they are written. */
export function sendAll(
  routes: readonly Route[],
  { acks, inFlight }: Pick<ProduceJob, 'acks' | 'inFlight'>,
  bytes: number,
): Promise<number> {
  let sent = 0
  let unanswered = 0
  return new Promise((resolve) => {
    const send = (route: Route): void => {
      if (sent >= bytes) {
        if (unanswered === 0) resolve(sent)
        return
      }
      const { connection } = route
      const { frame, valueBytes } = route.next()
      sent += valueBytes
      unanswered++
      const answered = (): void => {
        unanswered--
        send(route)
      }
      if (acks === 0) connection.socket.write(frame, answered)
      else connection.send(frame, (answer) => checkProduced(answer, answered))
    }
    for (const route of routes) {
      for (let index = 0; index < inFlight; index++) send(route)
    }
  })
}

const produceResponse = codec(ProduceResponse, PRODUCE_VERSION)

export function decodeProduced(answer: Buffer): Decoded<typeof ProduceResponse> {
  const { reader } = readResponseHeader(produceApi, PRODUCE_VERSION, answer)
  return produceResponse.decode(reader)
}

/** The answer of a produce has no errors; throws if it has. */
export function checkProduced(answer: Buffer, onSuccess: () => void): void {
  for (const topic of decodeProduced(answer).responses) {
    for (const partition of topic.partitionResponses) refuse('a produce', partition.errorCode)
  }
  onSuccess()
}
