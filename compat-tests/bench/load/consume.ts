import { FetchStream } from './fetch-stream.ts'
import type { Throughput } from './meter.ts'
import { Meter } from './meter.ts'

export interface ConsumeJob {
  port: number
  brokerPid: number
  topic: string
  partition: number
  consumers: number
  /** Each consumer reads from here to the end, again and again. */
  fromOffset: number
  toOffset: number
  warmUpBytes: number
  /** Bytes of batches that all consumers together have read. */
  bytes: number
}

/** Reads with a connection for each consumer, one fetch on the way on each, as consumers do. */
export async function consume(job: ConsumeJob): Promise<Throughput> {
  if (job.warmUpBytes > 0) await read(job, job.warmUpBytes)
  const meter = new Meter(job.brokerPid)
  return meter.read(await read(job, job.bytes))
}

async function read(job: ConsumeJob, bytes: number): Promise<number> {
  let total = 0
  const readers = Array.from({ length: job.consumers }, () => {
    return new Promise<void>((resolve, reject) => {
      const onAnswer = (nextOffset: number, recordBytes: number): number | null => {
        total += recordBytes
        if (total < bytes) return nextOffset >= job.toOffset ? job.fromOffset : nextOffset
        stream.then((open) => open.close())
        resolve()
        return null
      }
      const stream = FetchStream.open({ port: job.port, topic: job.topic, partition: job.partition, onAnswer })
      stream.then((open) => open.ask(job.fromOffset), reject)
    })
  })
  await Promise.all(readers)
  return total
}
