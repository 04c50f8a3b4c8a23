import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { FetchStream } from './fetch-stream.ts'
import { prepareBatch } from './payload.ts'
import { checkProduced, produceFrame } from './produce.ts'

export interface EventsJob {
  port: number
  topic: string
  partitions: number
  recordBytes: number
  batchBytes: number
  bytesPerS: number
  seconds: number
}

export interface EventsResult {
  produced: number
  consumed: number
  /** Offsets that a consumer at the tail never saw. */
  missing: number
}

/** More on the way than this, and the sender waits: the rate is not held then, and the report shows it. */
const mostUnanswered = 200
const tickMs = 5
const catchUpMs = 60_000

/**
 * Produces with acks=all at a steady rate to all partitions in turn, and consumes every partition at its tail, where
 * each batch must begin where the last one ended.
 */
export async function soakEvents(job: EventsJob, onAnswer: (latencyMs: number, bytes: number) => void) {
  const tail = await followAll(job)
  const produced = await produceSteadily(job, onAnswer)
  const deadline = performance.now() + catchUpMs
  while (tail.consumed() < produced && performance.now() < deadline) await delay(20)
  const result: EventsResult = { produced, consumed: tail.consumed(), missing: tail.missing() }
  tail.close()
  return result
}

async function produceSteadily(job: EventsJob, onAnswer: (latencyMs: number, bytes: number) => void): Promise<number> {
  const batch = prepareBatch(job)
  const frames = Array.from({ length: job.partitions }, (_, partition) =>
    produceFrame(job.topic, -1, [partition], batch.bytes),
  )
  const connections = [await Connection.open(job.port), await Connection.open(job.port)]
  const startedAtMs = performance.now()
  let sent = 0
  let answered = 0
  const send = (): void => {
    const sentAtMs = performance.now()
    connections[sent % connections.length].send(frames[sent % frames.length], (answer) =>
      checkProduced(answer, () => {
        answered++
        onAnswer(performance.now() - sentAtMs, batch.valueBytes)
      }),
    )
    sent++
  }
  for (;;) {
    const elapsedS = (performance.now() - startedAtMs) / 1_000
    if (elapsedS >= job.seconds) break
    const due = (elapsedS * job.bytesPerS) / batch.valueBytes
    while (sent < due && sent - answered < mostUnanswered) send()
    await delay(tickMs)
  }
  while (answered < sent) await delay(tickMs)
  for (const connection of connections) connection.close()
  return answered * batch.records
}

async function followAll(job: EventsJob) {
  const ends: number[] = []
  let missing = 0
  const streams = await Promise.all(
    Array.from({ length: job.partitions }, async (_, partition) => {
      ends.push(0)
      const stream = await FetchStream.open({
        port: job.port,
        topic: job.topic,
        partition,
        onBatch(baseOffset, nextOffset) {
          missing += Math.max(0, baseOffset - ends[partition])
          ends[partition] = nextOffset
        },
        onAnswer: (nextOffset) => nextOffset,
      })
      stream.ask(0)
      return stream
    }),
  )
  return {
    consumed: () => ends.reduce((sum, end) => sum + end, 0) - missing,
    missing: () => missing,
    close: () => {
      for (const stream of streams) stream.close()
    },
  }
}
