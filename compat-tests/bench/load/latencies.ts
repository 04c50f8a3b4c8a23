import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { FetchStream } from './fetch-stream.ts'
import { prepareBatch } from './payload.ts'
import { produceFrame } from './produce.ts'
import type { Latency } from './statistics.ts'
import { latency } from './statistics.ts'

export interface LatencyJob {
  port: number
  topic: string
  acks: 1 | -1
  recordBytes: number
  perSecond: number
  warmUpSeconds: number
  seconds: number
}

/** Sends one record at a time at a steady rate, whether or not the ones before are answered; `onSent` tells each. */
export async function sendSteadily(job: LatencyJob, connection: Connection, onSent: (index: number) => void) {
  const { bytes } = prepareBatch({ recordBytes: job.recordBytes, batchBytes: 1 })
  const frame = produceFrame(job.topic, job.acks, [0], bytes)
  const total = Math.round((job.warmUpSeconds + job.seconds) * job.perSecond)
  const answeredAtMs: number[] = []
  const startedAtMs = performance.now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - startedAtMs) / 1_000) * job.perSecond)
    for (; sent < due; sent++) {
      onSent(sent)
      connection.send(frame, () => answeredAtMs.push(performance.now()))
    }
    await delay(1)
  }
  while (answeredAtMs.length < total) await delay(5)
  return answeredAtMs
}

/** From the write of a produce request with one record to its answer. */
export async function produceLatency(job: LatencyJob): Promise<Latency> {
  const connection = await Connection.open(job.port)
  const sentAtMs: number[] = []
  const answeredAtMs = await sendSteadily(job, connection, () => sentAtMs.push(performance.now()))
  connection.close()
  return latency(withoutWarmUp(job, sentAtMs, answeredAtMs))
}

/** From the write of a produce request with one record to its arrival at a consumer that waits for it. The topic is fresh. */
export async function endToEndLatency(job: LatencyJob): Promise<Latency> {
  const connection = await Connection.open(job.port)
  const sentAtMs: number[] = []
  const arrivedAtMs: number[] = []
  const onAnswer = (nextOffset: number): number => {
    const now = performance.now()
    while (arrivedAtMs.length < nextOffset) arrivedAtMs.push(now)
    return nextOffset
  }
  const stream = await FetchStream.open({ port: job.port, topic: job.topic, partition: 0, onAnswer })
  stream.ask(0)
  await sendSteadily(job, connection, () => sentAtMs.push(performance.now()))
  while (arrivedAtMs.length < sentAtMs.length) await delay(5)
  stream.close()
  connection.close()
  return latency(withoutWarmUp(job, sentAtMs, arrivedAtMs))
}

function withoutWarmUp(job: LatencyJob, from: readonly number[], to: readonly number[]): number[] {
  const first = Math.round(job.warmUpSeconds * job.perSecond)
  return from.slice(first).map((startMs, index) => to[first + index] - startMs)
}
