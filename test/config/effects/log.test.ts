/**
 * Every key of topics, and the broker's key that says the same for all topics: without it something does not happen, and
 * it happens whether the key is the topic's own, of the broker's file, or a dynamic default of the cluster.
 */
import t from 'tap'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import { brokerDefinitions } from '../../../src/config/tables.ts'
import { Bench, text, type Values } from './bench.ts'

t.setTimeout(600_000)

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Two of these do not fit into one segment of `SMALL`. */
const BIG = text(600)
const SMALL = { 'internal.segment.bytes': '1000' }

interface Case {
  readonly title: string
  readonly topic: Values
  /** The same in the broker's words; several where several keys say it. */
  readonly broker: readonly Values[]
  /** Values that the topic has in any case. */
  readonly always?: Values
  readonly alwaysBroker?: Values
  /** Something that can be seen of the topic `t`; with the key it is another than without. */
  readonly see: (bench: Bench) => Promise<unknown>
  readonly without: unknown
  readonly with: unknown
}

const bothRoll = async (bench: Bench) => {
  for (let i = 0; i < 3; i++) await bench.produce('t', [{ value: BIG }])
}

const codecOf = async (bench: Bench) => {
  await bench.produce('t', [{ value: text(100) }])
  return (await bench.fetch('t')).batches[0]?.compression
}

/** Text that compresses differently at different levels. */
function prose(): string {
  let state = 1
  const words: string[] = []
  for (let i = 0; i < 6000; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    words.push(`w${(state >> 8) % 700}`, i % 3 === 0 ? 'and' : 'or')
  }
  return words.join(' ')
}

const sizeAtDefaultLevel = new Map<string, number>()
/** Whether a batch that the broker compresses has another size than at the codec's default level. */
const levelIsAnother = (codec: string) => async (bench: Bench) => {
  await bench.produce('t', [{ value: prose() }])
  const sizeBytes = (await bench.fetch('t')).bytes.length
  if (!sizeAtDefaultLevel.has(codec)) sizeAtDefaultLevel.set(codec, sizeBytes)
  return sizeAtDefaultLevel.get(codec) !== sizeBytes
}

/** Values of the key `k` that are left after some minutes, the first of them old news by then. */
const compacted = (waitMs: number) => async (bench: Bench) => {
  for (const value of ['1', '2', '3', '4']) await bench.produce('t', [{ key: 'k', value: `${value}${BIG}` }])
  await bench.produce('t', [{ key: 'other', value: BIG }])
  await bench.runFor(waitMs)
  return (await bench.records('t')).filter((record) => record.startsWith('k=')).length
}

const COMPACT = { 'cleanup.policy': 'compact', ...SMALL }

const cases: readonly Case[] = [
  {
    title: 'retention.ms takes segments that are older',
    topic: { 'retention.ms': '60000' },
    broker: [{ 'log.retention.ms': '60000' }, { 'log.retention.minutes': '1' }],
    always: SMALL,
    see: async (bench) => {
      await bothRoll(bench)
      await bench.runFor(10 * MINUTE_MS)
      return (await bench.earliest('t')) > 0
    },
    without: false,
    with: true,
  },
  {
    title: 'log.retention.hours takes segments that are older',
    topic: { 'retention.ms': '3600000' },
    broker: [{ 'log.retention.hours': '1' }],
    always: SMALL,
    see: async (bench) => {
      await bothRoll(bench)
      await bench.runFor(50 * MINUTE_MS)
      const young = await bench.earliest('t')
      await bench.runFor(20 * MINUTE_MS)
      return [young, (await bench.earliest('t')) > 0]
    },
    without: [0, false],
    with: [0, true],
  },
  {
    title: 'retention.bytes takes the oldest segments beyond it',
    topic: { 'retention.bytes': '700' },
    broker: [{ 'log.retention.bytes': '700' }],
    always: SMALL,
    see: async (bench) => {
      await bothRoll(bench)
      await bench.runFor(10 * MINUTE_MS)
      return bench.earliest('t')
    },
    without: 0,
    with: 1,
  },
  {
    title: 'segment.bytes is the most that a segment holds',
    topic: { 'segment.bytes': '1048576' },
    broker: [{ 'log.segment.bytes': '1048576' }],
    see: async (bench) => {
      for (let i = 0; i < 3; i++) await bench.produce('t', [{ value: text(600_000) }])
      return bench.segments('t')
    },
    without: 1,
    with: 3,
  },
  {
    title: 'internal.segment.bytes is the most that a segment holds',
    topic: SMALL,
    broker: [],
    see: async (bench) => {
      await bothRoll(bench)
      return bench.segments('t')
    },
    without: 1,
    with: 3,
  },
  {
    title: 'segment.ms is the longest that a segment grows',
    topic: { 'segment.ms': '3600000' },
    broker: [{ 'log.roll.ms': '3600000' }, { 'log.roll.hours': '1' }],
    see: async (bench) => {
      await bench.produce('t', [{ value: 'a' }])
      await bench.runFor(50 * MINUTE_MS)
      await bench.produce('t', [{ value: 'b' }])
      const before = bench.segments('t')
      await bench.runFor(20 * MINUTE_MS)
      await bench.produce('t', [{ value: 'c' }])
      return [before, bench.segments('t')]
    },
    without: [1, 1],
    with: [1, 2],
  },
  {
    title: 'segment.jitter.ms takes a random part of it away from segment.ms',
    topic: { 'segment.jitter.ms': '3600000' },
    broker: [{ 'log.roll.jitter.ms': '3600000' }, { 'log.roll.jitter.hours': '1' }],
    always: { 'segment.ms': '3600000' },
    see: async (bench) => {
      for (const each of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        await bench.createTopic(each, bench.topicValues)
        await bench.produce(each, [{ value: '1' }])
      }
      await bench.runFor(40 * MINUTE_MS)
      for (const each of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await bench.produce(each, [{ value: '2' }])
      return bench.files(/\/[a-h]-0\/\d+\.log$/).length > 8
    },
    without: false,
    with: true,
  },
  {
    title: 'segment.index.bytes is the most that an index holds, and a full one ends its segment',
    topic: { 'segment.index.bytes': '24' },
    broker: [{ 'log.index.size.max.bytes': '24' }],
    always: { 'index.interval.bytes': '100' },
    see: async (bench) => {
      for (let i = 0; i < 8; i++) await bench.produce('t', [{ value: BIG }])
      return bench.segments('t') > 1
    },
    without: false,
    with: true,
  },
  {
    title: 'index.interval.bytes is how much lies between two entries of an index',
    topic: { 'index.interval.bytes': '100' },
    broker: [{ 'log.index.interval.bytes': '100' }],
    see: async (bench) => {
      for (let i = 0; i < 8; i++) await bench.produce('t', [{ value: BIG }])
      await bench.stop()
      return (bench.files(/\/t-0\/0+\.index$/)[0]?.sizeBytes ?? 0) / 8
    },
    without: 1,
    with: 7,
  },
  {
    title: 'flush.messages is how many records a power failure may take',
    topic: { 'flush.messages': '1' },
    broker: [{ 'log.flush.interval.messages': '1' }],
    see: async (bench) => {
      await bench.runFor(10_000)
      await bench.produce('t', [{ value: 'kept' }])
      return bench.world.trace.lastLines(60).some((line) => / sync \/data\/t-0\/0+\.log/.test(line))
    },
    without: false,
    with: true,
  },
  {
    title: 'flush.ms is how long a power failure may take records',
    topic: { 'flush.ms': '3000' },
    broker: [{ 'log.flush.interval.ms': '3000' }, { 'log.flush.scheduler.interval.ms': '3000' }],
    see: async (bench) => {
      await bench.runFor(10_000)
      await bench.produce('t', [{ value: 'kept' }])
      await bench.runFor(7000)
      return bench.world.trace.lastLines(400).some((line) => / sync \/data\/t-0\/0+\.log/.test(line))
    },
    without: false,
    with: true,
  },
  {
    title: 'file.delete.delay.ms is how long the files of what was deleted stay',
    topic: { 'file.delete.delay.ms': '1000' },
    broker: [{ 'log.segment.delete.delay.ms': '1000' }],
    see: async (bench) => {
      await bench.produce('t', [{ value: 'a' }])
      await bench.deleteTopic('t')
      await bench.runFor(20_000)
      return bench.files(/-delete\//).length > 0
    },
    without: true,
    with: false,
  },
  {
    title: 'max.message.bytes is the largest batch',
    topic: { 'max.message.bytes': '500' },
    broker: [{ 'message.max.bytes': '500' }],
    see: async (bench) => [
      (await bench.produce('t', [{ value: text(300) }])).error,
      (await bench.produce('t', [{ value: BIG }])).error,
    ],
    without: ['NONE', 'NONE'],
    with: ['NONE', 'MESSAGE_TOO_LARGE'],
  },
  {
    title: 'max.decompressed.message.bytes is the longest record of a compressed batch',
    topic: { 'max.decompressed.message.bytes': '500' },
    broker: [{ 'max.decompressed.message.bytes': '500' }],
    see: async (bench) => {
      const gzip = { compression: CompressionType.GZIP }
      const small = await bench.produce('t', [{ value: text(300) }], gzip)
      const large = await bench.produce('t', [{ value: text(10_000) }], gzip)
      return [small.error, large.error === 'NONE']
    },
    without: ['NONE', true],
    with: ['NONE', false],
  },
  {
    title: 'cleanup.policy=compact keeps the last value of each key, and takes no records without one',
    topic: { 'cleanup.policy': 'compact' },
    broker: [{ 'log.cleanup.policy': 'compact' }],
    always: SMALL,
    see: async (bench) => [
      (await bench.produce('t', [{ key: null, value: 'a' }])).error,
      await compacted(2 * MINUTE_MS)(bench),
    ],
    without: ['NONE', 4],
    with: ['INVALID_RECORD', 1],
  },
  {
    title: 'delete.retention.ms is how long a tombstone stays',
    topic: { 'delete.retention.ms': '1000' },
    broker: [{ 'log.cleaner.delete.retention.ms': '1000' }],
    always: { ...COMPACT, 'min.cleanable.dirty.ratio': '0' },
    see: async (bench) => {
      await bench.produce('t', [{ key: 'k', value: null }])
      for (let i = 0; i < 4; i++) {
        for (const key of ['a', 'b']) await bench.produce('t', [{ key, value: BIG }])
        await bench.runFor(MINUTE_MS)
      }
      return (await bench.records('t')).some((record) => record.startsWith('k='))
    },
    without: true,
    with: false,
  },
  {
    title: 'min.compaction.lag.ms is how long every value of a key stays',
    topic: { 'min.compaction.lag.ms': '3600000' },
    broker: [{ 'log.cleaner.min.compaction.lag.ms': '3600000' }],
    always: COMPACT,
    see: compacted(2 * MINUTE_MS),
    without: 1,
    with: 4,
  },
  {
    title: 'max.compaction.lag.ms is how long a log waits for its cleaning at most',
    topic: { 'max.compaction.lag.ms': '300000' },
    broker: [{ 'log.cleaner.max.compaction.lag.ms': '300000' }],
    always: { ...COMPACT, 'min.cleanable.dirty.ratio': '1' },
    alwaysBroker: { 'log.retention.check.interval.ms': '60000' },
    see: async (bench) => {
      // A log that has been cleaned once is dirty in part only.
      await bench.alter('TOPIC', 't', { 'min.cleanable.dirty.ratio': '0' })
      for (const key of ['a', 'b', 'c']) await bench.produce('t', [{ key, value: BIG }])
      await bench.runFor(MINUTE_MS)
      await bench.alter('TOPIC', 't', { 'min.cleanable.dirty.ratio': '1' })
      return compacted(15 * MINUTE_MS)(bench)
    },
    without: 4,
    with: 1,
  },
  {
    title: 'min.cleanable.dirty.ratio is the part of a log that must be dirty',
    topic: { 'min.cleanable.dirty.ratio': '0.05' },
    broker: [{ 'log.cleaner.min.cleanable.ratio': '0.05' }],
    always: COMPACT,
    see: async (bench) => {
      for (let i = 0; i < 20; i++) await bench.produce('t', [{ key: `${i}`, value: BIG }])
      await bench.runFor(MINUTE_MS)
      return compacted(2 * MINUTE_MS)(bench)
    },
    without: 4,
    with: 1,
  },
  {
    title: 'compression.type is the codec of what is stored',
    topic: { 'compression.type': 'gzip' },
    broker: [{ 'compression.type': 'gzip' }],
    see: codecOf,
    without: 'none',
    with: 'gzip',
  },
  {
    title: 'compression.gzip.level is how hard the broker compresses',
    topic: { 'compression.gzip.level': '1' },
    broker: [{ 'compression.gzip.level': '1' }],
    always: { 'compression.type': 'gzip' },
    see: levelIsAnother('gzip'),
    without: false,
    with: true,
  },
  {
    title: 'compression.zstd.level is how hard the broker compresses',
    topic: { 'compression.zstd.level': '15' },
    broker: [{ 'compression.zstd.level': '15' }],
    always: { 'compression.type': 'zstd' },
    see: levelIsAnother('zstd'),
    without: false,
    with: true,
  },
  {
    title: 'message.timestamp.type=LogAppendTime puts the time of the broker in place of the producer’s',
    topic: { 'message.timestamp.type': 'LogAppendTime' },
    broker: [{ 'log.message.timestamp.type': 'LogAppendTime' }],
    see: async (bench) => (await bench.produce('t', [{ value: 'a', age: HOUR_MS }])).logAppendTimeMs > 0,
    without: false,
    with: true,
  },
  {
    title: 'message.timestamp.before.max.ms is how old a record may be',
    topic: { 'message.timestamp.before.max.ms': '1000' },
    broker: [{ 'log.message.timestamp.before.max.ms': '1000' }],
    see: async (bench) => (await bench.produce('t', [{ value: 'a', age: 60_000 }])).error,
    without: 'NONE',
    with: 'INVALID_TIMESTAMP',
  },
  {
    title: 'message.timestamp.after.max.ms is how far ahead a record may be',
    topic: { 'message.timestamp.after.max.ms': '1000' },
    broker: [{ 'log.message.timestamp.after.max.ms': '1000' }],
    see: async (bench) => (await bench.produce('t', [{ value: 'a', age: -60_000 }])).error,
    without: 'NONE',
    with: 'INVALID_TIMESTAMP',
  },
  {
    title: 'preallocate makes a segment as long as it may become',
    topic: { preallocate: 'true' },
    broker: [{ 'log.preallocate': 'true' }],
    always: { 'segment.bytes': '2000000' },
    see: async (bench) => {
      await bench.produce('t', [{ value: 'a' }])
      return bench.files(/\/t-0\/0+\.log$/)[0]?.sizeBytes === 2_000_000
    },
    without: false,
    with: true,
  },
]

for (const each of cases) {
  t.test(each.title, async (t) => {
    const start = async (broker: Values, topic: Values, dynamic: Values = {}) => {
      const bench = await Bench.start({ ...each.alwaysBroker, ...broker })
      if (Object.keys(dynamic).length > 0) t.equal(await bench.alter('BROKER', '', dynamic), 'NONE')
      bench.topicValues = { ...each.always, ...topic }
      await bench.createTopic('t', bench.topicValues)
      return bench
    }
    t.same(await each.see(await start({}, {})), each.without, 'without')
    t.same(await each.see(await start({}, each.topic)), each.with, JSON.stringify(each.topic))
    for (const values of each.broker) {
      t.same(await each.see(await start(values, {})), each.with, JSON.stringify(values))
      const [name] = Object.keys(values) as (keyof typeof brokerDefinitions)[]
      if (name === undefined || brokerDefinitions[name].updateMode === 'read-only') continue
      t.same(await each.see(await start({}, {}, values)), each.with, `${name} as a dynamic default`)
    }
  })
}
