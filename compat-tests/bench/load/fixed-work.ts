import type { Connection } from './connection.ts'
import { openAndAsk, openMany } from './many-connections.ts'
import { Meter } from './meter.ts'
import { batchBytesOf, prepareBatch } from './payload.ts'
import { type PreparedRequest, produceFrame, requestsInTurn, sendAll } from './produce.ts'

export interface FixedWorkJob {
  port: number
  brokerPid: number
  topics: readonly { topic: string; partitions: number }[]
  recordBytes: number
  /** In each batch, of which a request has one. */
  records: number
  connections: number
  /** Requests on the way on each connection. */
  inFlight: number
  warmUpRequests: number
  requests: number
}

/** The cost of a work that was given, in place of the rate at which it went. */
export interface WorkResult {
  /** Broker CPU, in microseconds, for each record or commit. */
  us: number
  /** Records or commits that were measured. */
  work: number
  seconds: number
  /** CPU of this generator as a share of one core. */
  loadCores: number
  /** Until all connections, or members, were there. */
  setUpMs: number
}

/** So many requests over all connections, each with one batch for one partition, and all partitions in turn. */
export async function fixedWork(job: FixedWorkJob): Promise<WorkResult> {
  const batch = prepareBatch({ recordBytes: job.recordBytes, batchBytes: batchBytesOf(job.records, job.recordBytes) })
  const requests: PreparedRequest[] = job.topics.flatMap(({ topic, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => {
      return { frame: produceFrame(topic, 1, [partition], batch.bytes), valueBytes: batch.valueBytes }
    }),
  )
  const startedAtMs = performance.now()
  const connections = await openMany(job.connections, () => openAndAsk(job.port, requests[0].frame))
  const setUpMs = performance.now() - startedAtMs
  const send = (count: number): Promise<number> => sendThem(connections, requests, job.inFlight, count)
  await send(job.warmUpRequests)
  const meter = new Meter(job.brokerPid)
  const bytes = await send(job.requests)
  const { brokerSeconds, seconds } = meter
  const { loadCores } = meter.read(bytes)
  for (const connection of connections) connection.close()
  const work = bytes / job.recordBytes
  return { us: (brokerSeconds * 1e6) / work, work, seconds, loadCores, setUpMs }
}

function sendThem(
  connections: readonly Connection[],
  requests: readonly PreparedRequest[],
  inFlight: number,
  count: number,
): Promise<number> {
  const next = requestsInTurn(requests)
  const routes = connections.map((connection) => ({ connection, next }))
  return sendAll(routes, { acks: 1, inFlight }, count * requests[0].valueBytes)
}
