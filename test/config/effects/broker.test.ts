/** Keys of the broker itself: its topics, its directories, its metadata log, its limits. */
import { errorName } from '../../../protocol/errors.ts'
import type { Bench } from './bench.ts'
import { text } from './bench.ts'
import { prove } from './prove.ts'

const MINUTE_MS = 60_000
const SMALL = { 'internal.segment.bytes': '1000', 'retention.ms': '1' }

/** The answer to the second question: the first one may create the topic. */
const partitions = async (bench: Bench, topic: string) => {
  const ask = () => bench.ask('Metadata', 12, { topics: [{ name: topic }], allowAutoTopicCreation: true })
  await ask()
  await bench.runFor(1000)
  const { topics } = await ask()
  return { error: errorName(topics[0].errorCode), count: topics[0].partitions.length }
}

const broker = async (bench: Bench) => (await bench.ask('Metadata', 12, { topics: [] })).brokers[0]

/** Whether the first segment of a topic is gone after so long, whose retention is one millisecond. */
const retained = (waitMs: number) => async (bench: Bench) => {
  await bench.createTopic('t', SMALL)
  for (let i = 0; i < 3; i++) await bench.produce('t', [{ value: text(600) }])
  await bench.runFor(waitMs)
  return (await bench.earliest('t')) === 0
}

/** How often a file whose name matches has been put in place in so long, with a record every ten seconds. */
const checkpoints = (file: string, forMs: number) => async (bench: Bench) => {
  await bench.createTopic('t')
  const before = bench.story.length
  for (let passedMs = 0; passedMs < forMs; passedMs += 10_000) {
    await bench.produce('t', [{ value: 'a' }])
    await bench.runFor(10_000)
  }
  return bench.story.slice(before).filter((line) => line.includes('rename') && line.includes(file)).length
}

const AUTHORIZER = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' }
const mayCreate = async (bench: Bench) => errorName((await bench.createTopic('t')).errorCode)

const snapshots = (bench: Bench) => bench.files(/__cluster_metadata-0\/\d{20}-\d{10}\.checkpoint$/).length
const metadataSegments = (bench: Bench) => bench.files(/__cluster_metadata-0\/\d{20}\.log$/).length

prove([
  {
    title: 'auto.create.topics.enable=false creates no topic that is merely asked for',
    config: { 'auto.create.topics.enable': 'false' },
    see: async (bench) => (await partitions(bench, 'new')).error === 'UNKNOWN_TOPIC_OR_PARTITION',
    without: false,
    with: true,
  },
  {
    title: 'num.partitions is how many a topic gets that asks for none',
    config: { 'num.partitions': '3' },
    see: async (bench) => {
      await bench.createTopic('t', {}, -1)
      return (await partitions(bench, 't')).count
    },
    without: 1,
    with: 3,
  },
  {
    title: 'default.replication.factor is how many replicas a topic gets that asks for none, or cannot have',
    config: { 'default.replication.factor': '2' },
    see: async (bench) => errorName((await bench.createTopic('t', {}, 1, -1)).errorCode),
    without: 'NONE',
    with: 'INVALID_REPLICATION_FACTOR',
  },
  {
    title: 'delete.topic.enable=false forbids to delete topics',
    config: { 'delete.topic.enable': 'false' },
    see: async (bench) => {
      await bench.createTopic('t')
      return bench.deleteTopic('t')
    },
    without: 'NONE',
    with: 'TOPIC_DELETION_DISABLED',
  },
  {
    title: 'node.id is the id of the broker',
    config: { 'node.id': '7' },
    see: async (bench) => (await broker(bench)).nodeId,
    without: 1,
    with: 7,
  },
  {
    title: 'broker.id is the older name of it',
    config: { 'broker.id': '7' },
    see: async (bench) => (await broker(bench)).nodeId,
    without: 1,
    with: 7,
  },
  {
    title: 'broker.rack is told to clients',
    config: { 'broker.rack': 'cellar' },
    see: async (bench) => (await broker(bench)).rack,
    without: null,
    with: 'cellar',
  },
  {
    title: 'advertised.listeners is where clients are sent',
    config: { 'advertised.listeners': 'PLAINTEXT://elsewhere:1234' },
    see: async (bench) => {
      const { host, port } = await broker(bench)
      return [host, port]
    },
    without: ['10.0.0.1', 9092],
    with: ['elsewhere', 1234],
  },
  {
    title: 'authorizer.class.name forbids what no ACL allows',
    config: AUTHORIZER,
    // The broker itself has to get in.
    always: { 'super.users': 'User:root' },
    see: mayCreate,
    without: 'NONE',
    with: 'TOPIC_AUTHORIZATION_FAILED',
  },
  {
    title: 'super.users may do everything',
    config: { 'super.users': 'User:ANONYMOUS' },
    always: AUTHORIZER,
    see: mayCreate,
    without: 'TOPIC_AUTHORIZATION_FAILED',
    with: 'NONE',
  },
  {
    title: 'allow.everyone.if.no.acl.found allows what nothing is said about',
    config: { 'allow.everyone.if.no.acl.found': 'true' },
    always: AUTHORIZER,
    see: mayCreate,
    without: 'TOPIC_AUTHORIZATION_FAILED',
    with: 'NONE',
  },
  {
    title: 'fetch.max.bytes bounds an answer whatever the client asks for',
    config: { 'fetch.max.bytes': '1024' },
    see: async (bench) => {
      await bench.createTopic('t')
      for (let i = 0; i < 4; i++) await bench.produce('t', [{ value: text(900) }])
      return (await bench.fetch('t')).batches.length
    },
    without: 4,
    with: 1,
  },
  {
    title: 'max.incremental.fetch.session.cache.slots is how many fetch sessions there may be',
    config: { 'max.incremental.fetch.session.cache.slots': '0' },
    see: async (bench) => {
      await bench.createTopic('t')
      const topics = [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 100 }] }]
      const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 100, sessionId: 0, sessionEpoch: 0, topics }
      return (await bench.ask('Fetch', 12, body)).sessionId === 0
    },
    without: false,
    with: true,
  },
  {
    title: 'max.request.partition.size.limit is how many partitions one answer describes',
    config: { 'max.request.partition.size.limit': '2' },
    see: async (bench) => {
      await bench.createTopic('t', {}, 3)
      const { topics } = await bench.ask('DescribeTopicPartitions', 0, { topics: [{ name: 't' }] })
      return topics[0].partitions.length
    },
    without: 3,
    with: 2,
  },
  {
    title: 'log.dirs is where the data is',
    config: { 'log.dirs': '/elsewhere' },
    see: async (bench) => bench.files(/^\/elsewhere\/meta.properties$/).length,
    without: 0,
    with: 1,
  },
  {
    title: 'log.dir is where the data is when log.dirs is not set',
    config: { 'log.dir': '/elsewhere' },
    see: async (bench) => bench.files(/^\/elsewhere\/meta.properties$/).length,
    without: 0,
    with: 1,
  },
  {
    title: 'metadata.log.dir is where the metadata log is',
    config: { 'metadata.log.dir': '/metadata' },
    see: async (bench) => bench.files(/^\/metadata\/__cluster_metadata-0\/0+\.log$/).length,
    without: 0,
    with: 1,
  },
  {
    title: 'log.retention.check.interval.ms is how often old segments are looked for',
    config: { 'log.retention.check.interval.ms': '10000' },
    see: async (bench) => {
      await bench.runFor(MINUTE_MS)
      return retained(MINUTE_MS)(bench)
    },
    without: true,
    with: false,
  },
  {
    title: 'log.initial.task.delay.ms is how soon after the start that begins',
    config: { 'log.initial.task.delay.ms': '5000' },
    see: retained(10_000),
    without: true,
    with: false,
  },
  {
    title: 'log.flush.offset.checkpoint.interval.ms is how often all offsets of a directory are written down',
    config: { 'log.flush.offset.checkpoint.interval.ms': '10000' },
    always: { 'replica.high.watermark.checkpoint.interval.ms': '3600000' },
    see: async (bench) => {
      await bench.runFor(40_000)
      return (await checkpoints('replication-offset-checkpoint', 5 * MINUTE_MS)(bench)) > 20
    },
    without: false,
    with: true,
  },
  {
    title: 'replica.high.watermark.checkpoint.interval.ms is how often high watermarks are written down',
    config: { 'replica.high.watermark.checkpoint.interval.ms': '60000' },
    always: { 'log.flush.offset.checkpoint.interval.ms': '3600000' },
    see: async (bench) => {
      await bench.runFor(40_000)
      return (await checkpoints('replication-offset-checkpoint', 5 * MINUTE_MS)(bench)) > 20
    },
    without: true,
    with: false,
  },
  {
    title: 'metadata.log.max.record.bytes.between.snapshots is how much is written until the next snapshot',
    config: { 'metadata.log.max.record.bytes.between.snapshots': '1000' },
    see: async (bench) => {
      const before = snapshots(bench)
      for (let i = 0; i < 20; i++) await bench.createTopic(`t${i}`)
      await bench.runFor(1000)
      return snapshots(bench) > before
    },
    without: false,
    with: true,
  },
  {
    title: 'metadata.log.max.snapshot.interval.ms is how long it takes until the next snapshot at most',
    config: { 'metadata.log.max.snapshot.interval.ms': '60000' },
    see: async (bench) => {
      const before = snapshots(bench)
      for (let i = 0; i < 5; i++) {
        await bench.createTopic(`t${i}`)
        await bench.runFor(MINUTE_MS)
      }
      return snapshots(bench) > before
    },
    without: false,
    with: true,
  },
  {
    title: 'metadata.log.segment.bytes is the most that a segment of the metadata log holds',
    config: { 'metadata.log.segment.bytes': '8388608' },
    see: async (bench) => {
      const replicas = Array.from({ length: 4600 }, (_, i) => `${i}:1`).join()
      const names = ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas']
      const configs = Object.fromEntries(names.map((name) => [name, replicas]))
      for (let i = 0; i < 150; i++) await bench.createTopic(`t${i}`, configs)
      return metadataSegments(bench) > 1
    },
    without: false,
    with: true,
  },
  {
    title: 'metadata.log.segment.ms is the longest that a segment of the metadata log grows',
    config: { 'metadata.log.segment.ms': '60000' },
    see: async (bench) => {
      for (let i = 0; i < 3; i++) {
        await bench.createTopic(`t${i}`)
        await bench.runFor(2 * MINUTE_MS)
      }
      return metadataSegments(bench) > 1
    },
    without: false,
    with: true,
  },
  {
    title: 'metadata.max.retention.ms is how long old snapshots stay',
    config: { 'metadata.max.retention.ms': '60000' },
    always: { 'metadata.log.max.record.bytes.between.snapshots': '500' },
    see: async (bench) => {
      for (let i = 0; i < 20; i++) {
        await bench.createTopic(`t${i}`)
        await bench.runFor(MINUTE_MS)
      }
      return snapshots(bench) < 5
    },
    without: false,
    with: true,
  },
  {
    title: 'metadata.max.retention.bytes is how much of old snapshots stays',
    config: { 'metadata.max.retention.bytes': '3000' },
    always: { 'metadata.log.max.record.bytes.between.snapshots': '500' },
    see: async (bench) => {
      for (let i = 0; i < 20; i++) {
        await bench.createTopic(`t${i}`)
        await bench.runFor(MINUTE_MS)
      }
      return snapshots(bench) < 5
    },
    without: false,
    with: true,
  },
])
