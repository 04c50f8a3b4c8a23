/**
 * One kafkajs group member in a process of its own, so that it can die as processes die.
 * Tells its parent what happens, one message an event: assignments, and each record with its commit.
 */
import kafkajs from 'kafkajs'

export type MemberEvent =
  | { kind: 'assigned'; memberId: string; partitions: number[] }
  | { kind: 'record'; partition: number; offset: string; value: string }

const [bootstrapServers, groupId, topic] = process.argv.slice(2)
const tell = (event: MemberEvent) => process.send!(event)

const kafka = new kafkajs.Kafka({ clientId: 'member', brokers: [bootstrapServers], logLevel: kafkajs.logLevel.NOTHING })
const consumer = kafka.consumer({ groupId, sessionTimeout: 6_000, rebalanceTimeout: 6_000, heartbeatInterval: 200 })
consumer.on('consumer.group_join', ({ payload }) =>
  tell({ kind: 'assigned', memberId: payload.memberId, partitions: payload.memberAssignment[topic] ?? [] }),
)
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommitThreshold: 1,
  async eachMessage({ partition, message }) {
    tell({ kind: 'record', partition, offset: message.offset, value: message.value!.toString() })
  },
})
