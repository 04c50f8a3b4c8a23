/**
 * One member of the demo's group, in a process of its own. It works in portions: tells its parent what it was given,
 * then commits, then tells that the commit was acknowledged. Times are of the machine's steady clock, in milliseconds.
 */
import kafkajs from 'kafkajs'

export type MemberEvent =
  | { kind: 'assigned'; partitions: number[] }
  | { kind: 'given'; atMs: number; partition: number; records: GivenRecord[] }
  | { kind: 'committed'; atMs: number; partition: number; nextOffset: number }

/** Offset, key and value. */
export type GivenRecord = [number, string, string]

const portion = 500
const [bootstrapServers, groupId, topic] = process.argv.slice(2)
const tell = (event: MemberEvent) => process.send!(event)
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

const kafka = new kafkajs.Kafka({
  clientId: 'demo',
  brokers: [bootstrapServers],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 100, initialRetryTime: 100, maxRetryTime: 1_000 },
})
const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500, maxWaitTimeInMs: 200 })
consumer.on('consumer.group_join', ({ payload }) =>
  tell({ kind: 'assigned', partitions: payload.memberAssignment[topic] ?? [] }),
)
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 2,
  async eachBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }) {
    const { partition, messages } = batch
    for (let first = 0; first < messages.length && isRunning() && !isStale(); first += portion) {
      const given = messages.slice(first, first + portion)
      const records = given.map((one): GivenRecord => [Number(one.offset), one.key!.toString(), one.value!.toString()])
      tell({ kind: 'given', atMs: nowMs(), partition, records })
      const nextOffset = records.at(-1)![0] + 1
      await consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }])
      tell({ kind: 'committed', atMs: nowMs(), partition, nextOffset })
      resolveOffset(String(nextOffset - 1))
      await heartbeat()
    }
  },
})
