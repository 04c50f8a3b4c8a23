import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { Message, Metadata, TopicPartitionOffset } from './client.ts'
import type { SessionCase } from './session.ts'
import { ask, numbered, timeout, values } from './session.ts'

/** Kafka's codes. */
const code = { unknownTopic: 3, badTopic: 17, exists: 36, partitions: 37, replicas: 38, config: 40 }

export const messageCases: SessionCase[] = [
  {
    name: 'produce: every codec and acks',
    async run(session) {
      const topic = await session.topic()
      const expected: string[] = []
      for (const codec of ['none', 'gzip', 'snappy', 'lz4']) {
        for (const acks of [1, -1]) {
          const sent = numbered(`${codec}${acks}`, 200)
          const reports = await session.send(topic, sent, { 'compression.codec': codec, 'request.required.acks': acks })
          assert.deepEqual(
            reports.map(({ offset }) => offset),
            sent.map((_, i) => expected.length + i),
          )
          expected.push(...sent)
        }
      }
      await session.send(topic, ['unanswered'], { 'request.required.acks': 0 })
      assert.deepEqual(values(await session.read(topic, expected.length + 1)), [...expected, 'unanswered'])
    },
  },
  {
    name: 'produce: keys, headers, nulls and timestamps',
    async run(session) {
      const topic = await session.topic()
      await session.send(topic, [
        { value: 'v', key: 'k', headers: [{ a: '1' }, { a: 'twice' }, { empty: '' }], timestamp: 1_500_000_000_123 },
        { value: null, key: 'k', timestamp: 1_400_000_000_000 },
        { value: Buffer.from([0, 255]), key: null },
      ])
      const [first, second, third] = await session.read(topic, 3)
      assert.deepEqual([String(first.key), String(first.value), first.timestamp], ['k', 'v', 1_500_000_000_123])
      const headers = first.headers?.map((one) => Object.entries(one).map(([key, value]) => `${key}=${value}`)[0])
      assert.deepEqual(headers, ['a=1', 'a=twice', 'empty='])
      assert.deepEqual([second.value, second.timestamp], [null, 1_400_000_000_000])
      assert.deepEqual([third.key ?? null, third.value], [null, Buffer.from([0, 255])])
    },
  },
  {
    name: 'produce: idempotent, small batches in flight',
    async run(session) {
      const topic = await session.topic()
      const sent = numbered('once', 3_000)
      const config = { 'enable.idempotence': true, 'batch.num.messages': 20, 'linger.ms': 0 }
      const reports = await session.send(topic, sent, config)
      assert.deepEqual(
        reports.map(({ offset }) => offset),
        sent.map((_, i) => i),
      )
      assert.deepEqual(values(await session.read(topic, 3_000)), sent)
    },
  },
  {
    name: 'produce: the high-level producer tells each offset',
    async run(session) {
      const topic = await session.topic()
      const producer = new session.client.HighLevelProducer(session.options({ 'linger.ms': 5 }))
      await ask((done) => producer.connect({ timeout }, done))
      session.context.after(() => ask((done) => producer.disconnect(done)))
      const one = (value: string) =>
        ask<number>((done) => producer.produce(topic, 0, Buffer.from(value), null, null, done))
      const offsets = await Promise.all(numbered('h', 100).map(one))
      assert.deepEqual(
        offsets,
        offsets.map((_, i) => i),
      )
    },
  },
  {
    name: 'streams: one writes, one reads',
    async run(session) {
      const topic = await session.topic()
      const writer = session.client.createWriteStream(session.options(), {}, { topic })
      // A stream that is closed forgets what it was given and did not take yet.
      await Promise.all(numbered('s', 200).map((one) => new Promise((taken) => writer.write(Buffer.from(one), taken))))
      await new Promise<void>((resolve) => writer.close(resolve))
      const options = session.options({ 'group.id': session.unique('group') })
      const reader = session.client.createReadStream(options, { 'auto.offset.reset': 'earliest' }, { topics: [topic] })
      const received: Message[] = []
      reader.on('data', (message: unknown) => received.push(message as Message))
      await eventually('all of them', () => received.length >= 200)
      await new Promise<void>((resolve) => reader.close(resolve))
      assert.deepEqual(values(received), numbered('s', 200))
    },
  },
  {
    name: 'consume: seek, pause and offsets by time',
    async run(session) {
      const topic = await session.topic()
      const at = (i: number) => 1_600_000_000_000 + 1_000 * i
      await session.send(
        topic,
        numbered('t', 20).map((value, i) => ({ value, timestamp: at(i) })),
      )
      const reader = await session.from(topic, 0)
      await session.take(reader, 20)
      await ask((done) => reader.seek({ topic, partition: 0, offset: 15 }, timeout, done))
      assert.deepEqual(values(await session.take(reader, 5)), numbered('t', 20).slice(15))
      for (const [time, offset] of [
        [at(0), 0],
        [at(4), 4],
        [at(4) + 1, 5],
      ]) {
        const asked = [{ topic, partition: 0, offset: time }]
        const [found] = await ask<TopicPartitionOffset[]>((done) => reader.offsetsForTimes(asked, timeout, done))
        assert.equal(found.offset, offset)
      }
      reader.pause([{ topic, partition: 0 }])
      await session.send(topic, ['later'])
      assert.ok(await session.quiet(reader))
      reader.resume([{ topic, partition: 0 }])
      assert.deepEqual(values(await session.take(reader, 1)), ['later'])
    },
  },
  {
    name: 'admin: topics and partitions',
    async run(session) {
      const admin = session.admin()
      const topic = await session.topic(2, { 'retention.ms': '1234567' })
      const create = (name: string, partitions = 1, replicas = 1, config: Record<string, string> = {}) =>
        ask((done) =>
          admin.createTopic(
            { topic: name, num_partitions: partitions, replication_factor: replicas, config },
            timeout,
            done,
          ),
        )
      await session.refused(create(topic), code.exists)
      await session.refused(create('not/a/name'), code.badTopic)
      await session.refused(create(session.unique('none'), 0), code.partitions)
      await session.refused(create(session.unique('copies'), 1, 3), code.replicas)
      await session.refused(create(session.unique('config'), 1, 1, { 'retention.ms': 'soon' }), code.config)
      await ask((done) => admin.createPartitions(topic, 5, timeout, done))
      await session.refused(
        ask((done) => admin.createPartitions(topic, 3, timeout, done)),
        code.partitions,
      )
      const producer = await session.producer()
      const metadata = () => ask<Metadata>((done) => producer.getMetadata({ allTopics: true, timeout }, done))
      const partitions = async () => (await metadata()).topics.find(({ name }) => name === topic)?.partitions.length
      await eventually('five partitions', async () => (await partitions()) === 5)
      const { brokers } = await metadata()
      assert.deepEqual(
        brokers.map(({ host, port }) => `${host}:${port}`),
        [session.context.bootstrapServers],
      )
      await ask((done) => admin.deleteTopic(topic, timeout, done))
      await session.refused(
        ask((done) => admin.deleteTopic(topic, timeout, done)),
        code.unknownTopic,
      )
      await eventually('it is gone', async () => (await partitions()) === undefined)
    },
  },
  {
    name: 'consume: watermarks grow',
    async run(session) {
      const topic = await session.topic()
      const reader = await session.consumer()
      const marks = () =>
        ask<{ lowOffset: number; highOffset: number }>((done) => reader.queryWatermarkOffsets(topic, 0, timeout, done))
      assert.deepEqual(await marks(), { lowOffset: 0, highOffset: 0 })
      await session.send(topic, numbered('w', 42))
      assert.deepEqual(await marks(), { lowOffset: 0, highOffset: 42 })
    },
  },
  {
    name: 'errors: what is refused',
    async run(session) {
      const small = await session.topic(1, { 'max.message.bytes': '1000' })
      await session.refused(session.send(small, ['x'.repeat(5_000)]), 'message size too large')
      assert.equal((await session.send(small, ['small']))[0].offset, 0)
      const keyed = await session.topic(1, { 'cleanup.policy': 'compact' })
      await session.refused(session.send(keyed, ['no key']), 'broker failed to validate record')
      const early = await session.topic(1, { 'message.timestamp.before.max.ms': '1000' })
      await session.refused(session.send(early, [{ value: 'v', timestamp: 1_000 }]), 'invalid timestamp')
      const nowhere = { value: 'v', partition: 7 }
      await session.refused(session.send(small, [nowhere], { 'message.timeout.ms': 3_000 }), 'unknown partition', -190)
    },
  },
  {
    name: 'restart: idempotent, nothing lost and nothing twice in SIGKILL',
    timeoutMs: 120_000,
    async run(session) {
      const topic = await session.topic()
      const sent = numbered('r', 2_000)
      const config = { 'enable.idempotence': true, 'batch.num.messages': 10, 'linger.ms': 0 }
      const producer = await session.producer(config)
      await session.sendBy(producer, topic, sent.slice(0, 300))
      const rest = session.sendBy(producer, topic, sent.slice(300))
      await session.context.restartBroker()
      assert.deepEqual(
        (await rest).map(({ offset }) => offset),
        sent.slice(300).map((_, i) => 300 + i),
      )
      assert.deepEqual(values(await session.read(topic, 2_000)), sent)
    },
  },
]
