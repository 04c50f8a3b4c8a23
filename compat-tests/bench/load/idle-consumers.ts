import { setTimeout as delay } from 'node:timers/promises'
import { FetchStream } from './fetch-stream.ts'
import { openMany } from './many-connections.ts'
import { Meter } from './meter.ts'

export interface IdleConsumersJob {
  port: number
  brokerPid: number
  /** Has no records. */
  topic: string
  consumers: number
  warmUpSeconds: number
  seconds: number
}

export interface IdleConsumersResult {
  openMs: number
  /** CPU of the broker as a share of one core. */
  brokerCores: number
}

/** Consumers with a long poll each, which the broker answers with nothing every half second, as Kafka's ask it to. */
export async function idleConsumers(job: IdleConsumersJob): Promise<IdleConsumersResult> {
  let goesOn = true
  const onAnswer = (nextOffset: number): number | null => (goesOn ? nextOffset : null)
  const openingAtMs = performance.now()
  const options = { port: job.port, topic: job.topic, partition: 0, onAnswer }
  const streams = await openMany(job.consumers, () => FetchStream.open(options))
  const openMs = performance.now() - openingAtMs
  // Not before all are there: a loop of Node takes up one connection in each of its turns, however many wait.
  for (const stream of streams) stream.ask(0)
  await delay(job.warmUpSeconds * 1_000)
  const meter = new Meter(job.brokerPid)
  await delay(job.seconds * 1_000)
  const { brokerSeconds, seconds } = meter
  goesOn = false
  for (const stream of streams) stream.close()
  return { openMs, brokerCores: brokerSeconds / seconds }
}
