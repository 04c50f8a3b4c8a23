/** Short words for what kafkajs does in the tests of brokers in memory. */
import kafkajs from 'kafkajs'

const { Kafka, logLevel } = kafkajs

interface Reachable {
  readonly bootstrapServers: string
}

export function clientOf(broker: Reachable, options: Partial<kafkajs.KafkaConfig> = {}): kafkajs.Kafka {
  const retry = { initialRetryTime: 20, factor: 0, multiplier: 1, retries: 20 }
  return new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING, retry, ...options })
}

export async function produce(broker: Reachable, topic: string, values: readonly string[]): Promise<void> {
  const producer = clientOf(broker).producer({ createPartitioner: kafkajs.Partitioners.LegacyPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value })) })
  await producer.disconnect()
}

/** Reads from the beginning or from what the group has committed, until `count` values are there; sorted. */
export async function consumeAll(
  broker: Reachable,
  topic: string,
  { groupId, count }: { groupId: string; count: number },
): Promise<string[]> {
  const consumer = clientOf(broker).consumer({ groupId, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve, reject) => {
    const settle = () => {
      if (values.length >= count) resolve()
    }
    consumer.on('consumer.fetch', settle)
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    consumer
      .run({
        eachMessage: async ({ message }) => {
          values.push(String(message.value))
        },
      })
      .catch((error) => {
        if (!error.retriable) reject(error)
      })
  })
  await consumer.disconnect()
  return values.sort()
}
