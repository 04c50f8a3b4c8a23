import { Connection } from './connection.ts'
import { Meter } from './meter.ts'
import { prepareBatch } from './payload.ts'
import { produceFrame } from './produce.ts'
import { latency } from './statistics.ts'

export interface ConnectionsJob {
  port: number
  brokerPid: number
  topic: string
  connections: number
  recordBytes: number
  warmUpSeconds: number
  seconds: number
}

export interface ConnectionsResult {
  /** Until the last of them was accepted and had an answer. */
  openMs: number
  requestsPerS: number
  cpuMsPerThousand: number
  p50Ms: number
  p99Ms: number
}

/** Kafka listens with a backlog of 50: what does not fit into it is tried again by the kernel a second later. */
const OPENED_TOGETHER = 25

/** Does the work for all of them, half a backlog's worth at a time. */
export async function inParts<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  while (done.length < all.length) {
    done.push(...(await Promise.all(all.slice(done.length, done.length + OPENED_TOGETHER).map(work))))
  }
  return done
}

/** So many of what `open` opens. */
export const openMany = <R>(count: number, open: () => Promise<R>): Promise<R[]> =>
  inParts(Array<null>(count).fill(null), open)

/** A connection is there when it was answered: before that the kernel may have accepted it for a broker that has not. */
export async function openAndAsk(port: number, frame: Buffer): Promise<Connection> {
  const connection = await Connection.open(port)
  await new Promise<void>((resolve) => connection.send(frame, () => resolve()))
  return connection
}

/** Every connection produces one record, waits for the answer and produces the next. */
export async function manyConnections(job: ConnectionsJob): Promise<ConnectionsResult> {
  const { bytes } = prepareBatch({ recordBytes: job.recordBytes, batchBytes: 1 })
  const frame = produceFrame(job.topic, 1, [0], bytes)
  const openingAtMs = performance.now()
  const connections = await openMany(job.connections, () => openAndAsk(job.port, frame))
  const openMs = performance.now() - openingAtMs
  await inTurns(connections, frame, job.warmUpSeconds)
  const meter = new Meter(job.brokerPid)
  const samplesMs = await inTurns(connections, frame, job.seconds)
  const { seconds, brokerSeconds } = meter
  for (const connection of connections) connection.close()
  const { p50Ms, p99Ms } = latency(samplesMs)
  const cpuMsPerThousand = (brokerSeconds * 1e3) / (samplesMs.length / 1e3)
  return { openMs, requestsPerS: samplesMs.length / seconds, cpuMsPerThousand, p50Ms, p99Ms }
}

async function inTurns(connections: readonly Connection[], frame: Buffer, seconds: number): Promise<number[]> {
  const samplesMs: number[] = []
  const endAtMs = performance.now() + seconds * 1_000
  const oneAfterAnother = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      const send = (): void => {
        const sentAtMs = performance.now()
        connection.send(frame, () => {
          const now = performance.now()
          samplesMs.push(now - sentAtMs)
          if (now < endAtMs) send()
          else resolve()
        })
      }
      send()
    })
  await Promise.all(connections.map(oneAfterAnother))
  return samplesMs
}
