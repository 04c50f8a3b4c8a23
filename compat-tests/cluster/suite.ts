import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'
import { type ApacheKafka, apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { lines, toolsOf } from '../apache-tools/tools.ts'
import { JavaServer } from '../support/java.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { migrationCase } from './migration.ts'
import { startCluster } from './nodes.ts'
import { ownControllerCase } from './own-controller.ts'
import { replicationCase } from './replication.ts'

const timeoutMs = 300_000

/** samsa's brokers under an Apache controller, alone and beside Apache's: Apache's tools and kafkajs are the judges. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'cluster', skipped: lookup.reason }
  const server = await JavaServer.start(lookup.tool)
  return {
    client: 'cluster',
    version: samsaVersion(),
    only: { product: 'samsa', reason: 'its cases start brokers of their own' },
    cases: cases(lookup.tool, toolsOf(lookup.tool, server)),
    close: () => server.stop(),
  }
}

const clientOf = (bootstrapServers: string): Kafka =>
  new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } })

/** Sends the numbers from `from` up to `to`, and fails unless each is acknowledged. */
async function produce(producer: Producer, topic: string, from: number, to: number): Promise<void> {
  const messages = Array.from({ length: to - from }, (_, index) => ({
    key: `k${from + index}`,
    value: `${from + index}`,
  }))
  await producer.send({ topic, messages })
}

/** The numbers that a new group reads of a topic, until it has as many as there should be; in ascending order. */
async function readAll(context: CaseContext, kafka: Kafka, topic: string, count: number): Promise<number[]> {
  const consumer = kafka.consumer({ groupId: context.unique('group') })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    const read: number[] = []
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
      consumer
        .run({
          eachMessage: async ({ message }) => {
            read.push(Number(message.value))
            if (read.length === count) resolve()
          },
        })
        .catch(reject)
    })
    return read.sort((a, b) => a - b)
  } finally {
    await consumer.disconnect()
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function withAdmin<R>(kafka: Kafka, work: (admin: Admin) => Promise<R>): Promise<R> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

function cases(kafka: ApacheKafka, tools: ReturnType<typeof toolsOf>): Case[] {
  /** Apache's tool against a cluster rather than the broker of the suite. */
  const at = (broker: CaseContext['broker'], context: CaseContext): CaseContext => ({ ...context, broker })
  return [
    {
      name: 'one broker: topics by kafka-topics, records and groups by kafkajs; either side is restarted',
      timeoutMs,
      async run(context) {
        const cluster = await startCluster(context, { samsa: 1 })
        const [broker] = cluster.samsa
        const tool = at(broker!, context)
        const topic = context.unique('orders')
        await tools.run(tool, 'topics', ['--create', '--topic', topic, '--partitions', '3'])
        assert.match(await tools.run(tool, 'topics', ['--describe', '--topic', topic]), /Partition: 2\s+Leader: 1\s/)
        const quorum = await tools.run(tool, 'metadataQuorum', ['describe', '--status'])
        assert.match(quorum, /CurrentObservers:\s+\[\{"id": 1, "directoryId": "[\w-]{22}"\}\]/)
        await tools.run(tool, 'configs', [
          ...['--alter', '--entity-type', 'topics', '--entity-name', topic, '--add-config', 'retention.ms=86400000'],
        ])
        const described = await tools.run(tool, 'configs', [
          '--describe',
          '--entity-type',
          'topics',
          '--entity-name',
          topic,
        ])
        assert.match(described, /retention\.ms=86400000/)
        const kafka = clientOf(cluster.bootstrapServers)
        const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
        await producer.connect()
        context.after(() => producer.disconnect())
        await produce(producer, topic, 0, 100)
        // The controller is away: what exists is written and read as ever.
        await cluster.controllers[0]!.stop()
        await produce(producer, topic, 100, 200)
        cluster.controllers[0]!.spawn()
        const later = { topic: `${topic}-later`, numPartitions: 1 }
        await eventually(
          'the controller that is back creates a topic',
          () =>
            withAdmin(kafka, (admin) => admin.createTopics({ topics: [later] })).then(
              () => true,
              () => false,
            ),
          120_000,
        )
        assert.equal(await broker!.stop(), 0)
        await broker!.start()
        await produce(producer, topic, 200, 300)
        await broker!.kill()
        await broker!.start()
        assert.deepEqual(await readAll(context, kafka, topic, 300), numbers(300))
      },
    },
    {
      name: 'three brokers: leaders, groups and transactions are spread over them',
      timeoutMs,
      async run(context) {
        const cluster = await startCluster(context, { samsa: 3 })
        const kafka = clientOf(cluster.bootstrapServers)
        const topic = context.unique('spread')
        await withAdmin(kafka, (admin) =>
          admin.createTopics({ topics: [{ topic, numPartitions: 9 }], waitForLeaders: true }),
        )
        const { topics } = await withAdmin(kafka, (admin) => admin.fetchTopicMetadata({ topics: [topic] }))
        assert.deepEqual(new Set(topics[0]!.partitions.map(({ leader }) => leader)), new Set([1, 2, 3]))
        for (let turn = 0; turn < 6; turn++) {
          const producer = kafka.producer({ transactionalId: context.unique(`id-${turn}`), maxInFlightRequests: 1 })
          await producer.connect()
          const transaction = await producer.transaction()
          const messages = numbers(50).map((index) => ({ key: `k${index}`, value: `${50 * turn + index}` }))
          await transaction.send({ topic, messages })
          await transaction.commit()
          const lost = await producer.transaction()
          await lost.send({ topic, messages: [{ key: 'lost', value: '-1' }] })
          await lost.abort()
          await producer.disconnect()
        }
        assert.deepEqual(await readAll(context, kafka, topic, 300), numbers(300))
      },
    },
    {
      name: 'beside an Apache broker: either sees the other, and clients are sent from one to the other',
      timeoutMs,
      async run(context) {
        const cluster = await startCluster(context, { samsa: 1, apache: 1 })
        const [own, theirs] = [cluster.samsa[0]!, cluster.apache[0]!]
        const topic = context.unique('mixed')
        await tools.run(at(theirs, context), 'topics', ['--create', '--topic', topic, '--partitions', '4'])
        const seen = async (broker: CaseContext['broker']) =>
          lines(await tools.run(at(broker, context), 'topics', ['--describe', '--topic', topic]))
            .slice(1)
            .sort()
        await eventually('both brokers describe the topic alike', async () =>
          isDeepStrictEqual(await seen(own), await seen(theirs)),
        )
        for (const broker of [own, theirs]) {
          const kafka = clientOf(broker.bootstrapServers)
          const producer = kafka.producer()
          await producer.connect()
          await produce(producer, topic, broker === own ? 0 : 100, broker === own ? 100 : 200)
          await producer.disconnect()
        }
        assert.deepEqual(await readAll(context, clientOf(own.bootstrapServers), topic, 200), numbers(200))
        assert.deepEqual(await readAll(context, clientOf(theirs.bootstrapServers), topic, 200), numbers(200))
      },
    },
    replicationCase,
    ownControllerCase(kafka, tools),
    migrationCase(kafka),
  ]
}
