import { Kafka, logLevel } from 'kafkajs'
import type { Bench, Metrics } from '../bench-case.ts'

const recordsPerRequest = 1_000
const inFlight = 3

function client(bootstrapServers: string): Kafka {
  return new Kafka({ brokers: [bootstrapServers], clientId: 'bench', logLevel: logLevel.ERROR })
}

/** Measures how much one Node process with kafkajs gets into the broker; the process is the limit itself. */
export async function kafkajsProduce(bootstrapServers: string, topic: string, { scale }: Bench): Promise<Metrics> {
  const producer = client(bootstrapServers).producer({ maxInFlightRequests: inFlight })
  await producer.connect()
  const value = Buffer.alloc(1_000, 'v')
  const messages = Array.from({ length: recordsPerRequest }, () => ({ value }))
  const endAtMs = performance.now() + (scale.seconds / 2) * 1_000
  const startedAtMs = performance.now()
  let records = 0
  const sendOn = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      await producer.send({ topic, messages, acks: -1 })
      records += recordsPerRequest
    }
  }
  await Promise.all(Array.from({ length: inFlight }, sendOn))
  const seconds = (performance.now() - startedAtMs) / 1_000
  await producer.disconnect()
  return { mbPerS: (records * value.length) / 1e6 / seconds }
}

/** From the first batch that comes. */
export async function kafkajsConsume(bootstrapServers: string, topic: string, records: number): Promise<Metrics> {
  const consumer = client(bootstrapServers).consumer({ groupId: `${topic}-kafkajs` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let firstAtMs = 0
  let seen = 0
  let bytes = 0
  const elapsedMs = await new Promise<number>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: { messages: { value: Buffer | null }[] } }): Promise<void> => {
      firstAtMs ||= performance.now()
      seen += batch.messages.length
      for (const { value } of batch.messages) bytes += value!.length
      if (seen >= records) resolve(performance.now() - firstAtMs)
    }
    consumer.run({ eachBatch }).catch(reject)
  })
  const measuredBytes = bytes
  await consumer.disconnect()
  return { mbPerS: measuredBytes / 1e6 / (elapsedMs / 1_000) }
}
