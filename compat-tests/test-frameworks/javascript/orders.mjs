import { Kafka, logLevel } from 'kafkajs'

/** The code under test: an order has to get through, however often the leader moves. */
export async function placeOrder(bootstrapServers, order) {
  const retry = { initialRetryTime: 20, retries: 8 }
  const producer = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING, retry }).producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: order }] })
  await producer.disconnect()
}
