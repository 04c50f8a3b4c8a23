/**
 * One relay in a process of its own: reads what is committed, writes what it makes of it and its group's offsets in one
 * transaction. `kafkajs-relay bootstrap group transactional-id from to`; it ends with the first thing that goes wrong,
 * and is started again.
 */
import kafkajs from 'kafkajs'
import { relayed } from '../../proof/sim/transactions/relay.ts'
import { registerCodecs } from '../kafkajs/codecs.ts'

const [bootstrapServers, groupId, transactionalId, from, to] = process.argv.slice(2)
const giveUp = () => process.exit(1)
process.on('unhandledRejection', giveUp)

await registerCodecs()
const kafka = new kafkajs.Kafka({
  clientId: transactionalId,
  brokers: [bootstrapServers],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500 },
})
// First of all: what a former life has left open is ended, before this one asks where the group is (kafkajs does not
// tell the coordinator which member offsets come from, so nothing else would keep the two apart).
const producer = kafka.producer({
  transactionalId,
  idempotent: true,
  maxInFlightRequests: 1,
  transactionTimeout: 10_000,
})
await producer.connect()
const consumer = kafka.consumer({ groupId, sessionTimeout: 3_000, heartbeatInterval: 300, maxWaitTimeInMs: 100 })
consumer.on(consumer.events.CRASH, giveUp)
await consumer.connect()
await consumer.subscribe({ topic: from, fromBeginning: true })
let attempts = 0
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  async eachBatch({ batch, resolveOffset, heartbeat }) {
    const { partition } = batch
    const attempt = `${transactionalId}/${process.pid}:${attempts++}`
    try {
      const transaction = await producer.transaction()
      const messages = batch.messages.map(({ key, offset, value }) => ({
        key,
        partition,
        value: relayed(partition, { offset: Number(offset), key: String(key), value: String(value) }, attempt),
      }))
      await transaction.send({ topic: to, messages })
      const next = String(BigInt(batch.lastOffset()) + 1n)
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic: from, partitions: [{ partition, offset: next }] }],
      })
      // Where a transaction is aborted the next life begins again where the group is.
      if (Math.random() < 0.02) {
        await transaction.abort()
        giveUp()
      }
      await transaction.commit()
      resolveOffset(batch.lastOffset())
      await heartbeat()
    } catch {
      giveUp()
    }
  },
})
