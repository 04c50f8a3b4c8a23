/** Keys of the log cleaner: how soon, how fast, and with how much memory it cleans. */
import { type Bench, text } from './bench.ts'
import { prove } from './prove.ts'

const BIG = text(600)
const COMPACT = { 'cleanup.policy': 'compact', 'internal.segment.bytes': '1000' }

/** Whether only the last value of a key is left after so long. */
const cleaned = (waitMs: number) => async (bench: Bench) => {
  await bench.createTopic('t', COMPACT)
  await bench.runFor(20_000)
  for (let i = 0; i < 6; i++) await bench.produce('t', [{ key: 'k', value: BIG }])
  await bench.produce('t', [{ key: 'other', value: BIG }])
  await bench.runFor(waitMs)
  return (await bench.records('t')).filter((record) => record.startsWith('k=')).length === 1
}

/** In how many passes a log with three thousand keys is cleaned. */
const passes = async (bench: Bench) => {
  await bench.createTopic('t', {
    'cleanup.policy': 'compact',
    'internal.segment.bytes': '20000',
    'min.cleanable.dirty.ratio': '0',
  })
  for (let i = 0; i < 30; i++) {
    await bench.produce(
      't',
      Array.from({ length: 100 }, (_, j) => ({ key: `${i * 100 + j}`, value: 'v' })),
    )
  }
  const before = bench.story.length
  await bench.runFor(10 * 60_000)
  const written = (line: string) => line.includes('rename') && line.includes('cleaner-offset-checkpoint')
  return bench.story.slice(before).filter(written).length > 3
}

/** The most that the cleaner reads of a segment at once. */
const largestRead = async (bench: Bench) => {
  await bench.createTopic('t', { 'cleanup.policy': 'compact', 'internal.segment.bytes': '200000' })
  await bench.runFor(20_000)
  for (let i = 0; i < 500; i++) await bench.produce('t', [{ key: `${i % 10}`, value: BIG }])
  const before = bench.story.length
  await bench.runFor(60_000)
  const reads = bench.story
    .slice(before)
    .flatMap((line) => / read \/data\/t-0\/\d+\.log \d+\+(\d+)/.exec(line)?.[1] ?? [])
  return Math.max(...reads.map(Number)) > 50_000
}

prove([
  {
    title: 'log.cleaner.enable=false cleans nothing',
    config: { 'log.cleaner.enable': 'false' },
    see: cleaned(120_000),
    without: true,
    with: false,
  },
  {
    title: 'log.cleaner.threads is how many clean: none of them, none is cleaned',
    config: { 'log.cleaner.threads': '0' },
    see: cleaned(120_000),
    without: true,
    with: false,
  },
  {
    title: 'log.cleaner.backoff.ms is how long a cleaner without work waits',
    config: { 'log.cleaner.backoff.ms': '3600000' },
    see: cleaned(120_000),
    without: true,
    with: false,
  },
  {
    title: 'log.cleaner.backoff.ms may change while the broker runs',
    config: { 'log.cleaner.backoff.ms': '100' },
    always: {},
    dynamic: { 'log.cleaner.backoff.ms': '100' },
    see: cleaned(500),
    without: false,
    with: true,
  },
  {
    title: 'log.cleaner.io.max.bytes.per.second is how fast it reads and writes',
    config: { 'log.cleaner.io.max.bytes.per.second': '10' },
    dynamic: { 'log.cleaner.io.max.bytes.per.second': '10' },
    see: cleaned(60_000),
    without: true,
    with: false,
  },
  {
    title: 'log.cleaner.io.buffer.load.factor is how full the table of keys may be',
    config: { 'log.cleaner.io.buffer.load.factor': '0.01' },
    dynamic: { 'log.cleaner.io.buffer.load.factor': '0.01' },
    always: { 'log.cleaner.dedupe.buffer.size': '1100000' },
    see: passes,
    without: false,
    with: true,
  },
  {
    title: 'log.cleaner.dedupe.buffer.size is how large the table of keys may be',
    config: { 'log.cleaner.dedupe.buffer.size': '1100000' },
    dynamic: { 'log.cleaner.dedupe.buffer.size': '1100000' },
    always: { 'log.cleaner.io.buffer.load.factor': '0.01' },
    see: passes,
    without: false,
    with: true,
  },
  {
    title: 'log.cleaner.io.buffer.size is how much it reads at once',
    config: { 'log.cleaner.io.buffer.size': '20000' },
    dynamic: { 'log.cleaner.io.buffer.size': '20000' },
    see: largestRead,
    without: true,
    with: false,
  },
])
