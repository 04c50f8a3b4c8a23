import assert from 'node:assert/strict'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { startCluster } from './nodes.ts'
import { haveSameBytes } from './segments.ts'

const PARTITIONS = 3
const PATIENCE_MS = 120_000

export async function areAllInSync(admin: Admin, topic: string, replicas: number): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics[0]?.partitions.every(({ isr }) => isr.length === replicas) === true
}

/**
 * Three replicas of each partition, on two brokers of samsa and on one of Apache's, each of which leads and follows; one
 * after another is killed while acknowledged records are written, and comes back. All replicas have the same bytes then.
 */
export const replicationCase: Case = {
  name: 'two brokers and one of Apache: replicas with the same bytes, whoever was killed',
  timeoutMs: 600_000,
  async run(context) {
    const cluster = await startCluster(context, { samsa: 2, apache: 1 })
    const brokers = [...cluster.samsa, ...cluster.apache]
    const topic = context.unique('replicated')
    const kafka = new Kafka({
      brokers: cluster.bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 30 },
    })
    const admin = kafka.admin()
    await admin.connect()
    context.after(() => admin.disconnect())
    const configEntries = [{ name: 'min.insync.replicas', value: '2' }]
    const wanted = { topic, numPartitions: PARTITIONS, replicationFactor: 3, configEntries }
    await admin.createTopics({ topics: [wanted], waitForLeaders: true })
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    context.after(() => producer.disconnect())
    let sent = 0
    const produce = async (batches: number): Promise<void> => {
      for (let batch = 0; batch < batches; batch++) {
        const messages = Array.from({ length: 20 }, () => ({ key: `k${sent}`, value: `${sent++}` }))
        await producer.send({ topic, acks: -1, messages })
      }
    }
    const isWhole = () => areAllInSync(admin, topic, brokers.length).catch(() => false)
    const haveEqualBytes = () =>
      eventually('all replicas have the same bytes', () => haveSameBytes(brokers, topic, PARTITIONS), PATIENCE_MS)
    await produce(20)
    for (const victim of brokers) {
      await eventually('all replicas are in sync', isWhole, PATIENCE_MS)
      await haveEqualBytes()
      await victim.kill()
      await produce(10)
      await victim.start({ timeoutMs: PATIENCE_MS })
    }
    await eventually('all replicas are in sync', isWhole, PATIENCE_MS)
    await produce(5)
    await haveEqualBytes()
    const ends = await admin.fetchTopicOffsets(topic)
    assert.equal(
      ends.reduce((sum, { offset }) => sum + Number(offset), 0),
      sent,
      'each acknowledged record is there once',
    )
  },
}
