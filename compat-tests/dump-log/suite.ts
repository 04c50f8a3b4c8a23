import assert from 'node:assert/strict'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { compressionTypes, registerCodecs } from '../kafkajs/codecs.ts'
import { Session } from '../kafkajs/session.ts'
import { JavaServer } from '../support/java.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Judgement } from './judge.ts'
import { cleanedOffset, judgeDataDirectory } from './judge.ts'

/** Apache's own reader of log files judges every file that the broker wrote. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'dump-log', skipped: lookup.reason }
  const java = await JavaServer.start(lookup.tool)
  return {
    client: 'dump-log',
    version: lookup.tool.version,
    // Few offsets partitions: the tool reads each of their files several times.
    properties: {
      'offsets.topic.num.partitions': '3',
      'transaction.state.log.num.partitions': '3',
      'log.cleaner.backoff.ms': '100',
    },
    cases: cases(java),
    close: () => java.stop(),
  }
}

interface Sent {
  key: string | null
  value: string | null
  /** Where it is in the log; its place in the list when absent. */
  offset?: number
}

/** Work of every kind that leaves something on disk; answers what was sent to each partition directory. */
async function work(context: CaseContext): Promise<Map<string, Sent[]>> {
  await registerCodecs()
  const session = new Session(context, { retry: { retries: 20, initialRetryTime: 100 } })
  const sent = new Map<string, Sent[]>()
  for (const [codec, compression] of compressionTypes) {
    const messages = sentences(codec, 300)
    const topic = await session.topic()
    await session.send(topic, messages, { compression })
    sent.set(`${topic}-0`, messages)
  }
  sent.set(...(await severalSegments(session)))
  const compacted = await session.topic({ config: { 'cleanup.policy': 'compact' } })
  const tombstones = [
    { key: 'a', value: 'one' },
    { key: 'a', value: null },
    { key: '', value: '' },
  ]
  await session.send(compacted, tombstones)
  sent.set(`${compacted}-0`, tombstones)
  sent.set(...(await transactions(session)))
  await metadataChanges(session)
  await committedWork(session, [...sent.keys()][0].replace(/-0$/, ''))
  return sent
}

const sentences = (word: string, count: number): Sent[] =>
  Array.from({ length: count }, (_, i) => ({ key: i % 7 ? `key ${i % 7}` : null, value: `${word} says line ${i}` }))

/** Enough for several segments, with entries in their indexes, by an idempotent producer. */
async function severalSegments(session: Session): Promise<[string, Sent[]]> {
  const topic = await session.topic({ config: { 'segment.bytes': '1048576', 'index.interval.bytes': '512' } })
  const producer = await session.producer({ idempotent: true, maxInFlightRequests: 1 })
  const messages: Sent[] = []
  for (let round = 0; round < 40; round++) {
    const batch = Array.from({ length: 50 }, (_, i) => ({ key: `${i}`, value: `${round}:${i} ${'x'.repeat(1_800)}` }))
    await producer.send({ topic, acks: -1, messages: batch })
    messages.push(...batch)
  }
  return [`${topic}-0`, messages]
}

/**
 * Segments full of the same keys, compressed and not, of which the cleaner has left the last of each. Answers what is
 * then to be in the log, with its offsets: every gap in it is one that compaction must have made.
 */
async function cleaned(context: CaseContext): Promise<[string, Sent[]]> {
  await registerCodecs()
  const session = new Session(context)
  const config = { 'cleanup.policy': 'compact', 'segment.bytes': '1048576', 'min.cleanable.dirty.ratio': '0.01' }
  const topic = await session.topic({ config: { ...config, 'index.interval.bytes': '512' } })
  const messages: Required<Sent>[] = []
  for (let round = 0; round < 40; round++) {
    const value = (i: number) => (i % 17 === round % 17 ? null : `${topic} ${round}:${i} ${'x'.repeat(1_800)}`)
    const batch = Array.from({ length: 50 }, (_, i) => ({ key: `${i}`, value: value(i) }))
    await session.send(topic, batch, { compression: round % 5 === 0 ? compressionTypes[1][1] : undefined })
    messages.push(...batch.map((one, i) => ({ ...one, offset: round * 50 + i })))
  }
  const directory = join(context.broker.dataDirectory, `${topic}-0`)
  // Nothing is left to be cleaned then, so that neither a stop nor another start makes a difference.
  const cleanedUpTo = await eventually(`${topic} is cleaned up to its active segment`, async () => {
    const [offset, active] = [await cleanedOffset(directory), await activeBaseOffset(directory)]
    return offset > 0 && offset === active ? offset : null
  })
  const lastOffsets = new Map(messages.filter(({ offset }) => offset < cleanedUpTo).map((one) => [one.key, one.offset]))
  const stays = ({ key, offset }: Required<Sent>) => offset >= cleanedUpTo || lastOffsets.get(key) === offset
  return [`${topic}-0`, messages.filter(stays)]
}

async function activeBaseOffset(directory: string): Promise<number> {
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  return Math.max(...logs.map((name) => Number.parseInt(name, 10)))
}

/** An aborted transaction and a committed one: each ends with a marker, which takes an offset. */
async function transactions(session: Session): Promise<[string, Sent[]]> {
  const topic = await session.topic()
  const transactionalId = session.context.unique('transaction')
  const producer = await session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
  const [aborted, committed] = [sentences('aborted', 10), sentences('committed', 10)]
  const first = await producer.transaction()
  await first.send({ topic, messages: aborted })
  await first.abort()
  const second = await producer.transaction()
  await second.send({ topic, messages: committed })
  await second.commit()
  return [
    `${topic}-0`,
    [...aborted, ...committed.map((one, place) => ({ ...one, offset: aborted.length + 1 + place }))],
  ]
}

async function metadataChanges(session: Session): Promise<void> {
  const admin = await session.admin()
  const topic = await session.topic({ partitions: 2, config: { 'retention.ms': '3600000' } })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
  await admin.deleteTopics({ topics: [topic] })
}

async function committedWork(session: Session, topic: string): Promise<void> {
  const groupId = session.context.unique('dumped')
  const received = await session.read(topic, 300, { groupId })
  assert.equal(received.length, 300)
}

/** Damage that a judge must not overlook, done to the first segment of a partition. */
const damages: readonly { name: string; extension: string; damage(bytes: Buffer): Buffer }[] = [
  { name: 'flipped bit', extension: '.log', damage: (bytes) => changed(bytes, () => (bytes[5_000] ^= 1)) },
  { name: 'missing batch', extension: '.log', damage: withoutSecondBatch },
  { name: 'wrong position', extension: '.index', damage: (bytes) => changed(bytes, () => bytes.writeInt32BE(0, 4)) },
  { name: 'wrong time', extension: '.timeindex', damage: (bytes) => changed(bytes, () => bytes.writeInt32BE(1, 0)) },
]

async function damageFile(path: string, damage: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(path, damage(await readFile(path)))
}

function changed(bytes: Buffer, change: () => unknown): Buffer {
  change()
  return bytes
}

function withoutSecondBatch(bytes: Buffer): Buffer {
  const endOfBatch = (start: number) => start + 12 + bytes.readInt32BE(start + 8)
  const first = endOfBatch(0)
  return Buffer.concat([bytes.subarray(0, first), bytes.subarray(endOfBatch(first))])
}

/** Apache Kafka's controller does not close its log: the time index keeps the zeros that it was made with. */
const LEFT_BY_APACHE = /__cluster_metadata-0\/\d+\.timeindex: /

function assertSound(judgement: Judgement, sent: Map<string, Sent[]>): void {
  assert.deepEqual(judgement.findings, [])
  for (const [partition, messages] of sent) {
    const records = judgement.records.get(partition)
    assert.ok(records, `${partition} was not dumped`)
    assert.deepEqual(
      records.map(({ offset, key, payload }) => ({ offset, key, value: payload })),
      messages.map(({ key, value, offset }, place) => ({ offset: offset ?? place, key, value })),
      partition,
    )
  }
}

function cases(java: JavaServer): Case[] {
  const judged = async (context: CaseContext): Promise<Judgement> => {
    const { broker } = context
    const judgement = await judgeDataDirectory(java, broker.dataDirectory)
    await broker.start()
    const findings = judgement.findings.filter((line) => broker.product !== 'apache' || !LEFT_BY_APACHE.test(line))
    return { ...judgement, findings }
  }
  return [
    {
      name: 'after a clean stop every file is sound and holds what was produced',
      smoke: true,
      timeoutMs: 180_000,
      async run(context) {
        const sent = await work(context)
        assert.notEqual(await context.broker.stop(), null)
        const judgement = await judged(context)
        assertSound(judgement, sent)
        assert.ok(judgement.files > 30, `${judgement.files} files`)
        assert.ok(judgement.batches > 50, `${judgement.batches} batches`)
        assert.ok([...judgement.records.keys()].some((directory) => directory.startsWith('__consumer_offsets-')))
        assert.ok((judgement.records.get('__cluster_metadata-0')?.length ?? 0) > 10)
      },
    },
    {
      name: 'the judge finds what is wrong: a flipped bit, a wrong index entry, a missing batch',
      timeoutMs: 180_000,
      async run(context) {
        const session = new Session(context)
        const [partition] = await severalSegments(session)
        await context.broker.stop()
        for (const { name, extension, damage } of damages) {
          const copy = join(context.broker.home, name)
          await cp(join(context.broker.dataDirectory, partition), join(copy, partition), { recursive: true })
          await damageFile(join(copy, partition, `${'0'.repeat(20)}${extension}`), damage)
          const { findings } = await judgeDataDirectory(java, copy)
          assert.ok(findings.length > 0, `${name} was not found`)
        }
        await context.broker.start()
      },
    },
    {
      name: 'compacted segments are sound, and hold the last record of every key and no other',
      timeoutMs: 180_000,
      async run(context) {
        const [partition, messages] = await cleaned(context)
        const { home, dataDirectory } = context.broker
        await context.broker.stop()
        const copy = join(home, 'gap behind what is clean')
        for (const name of [partition, 'cleaner-offset-checkpoint']) {
          await cp(join(dataDirectory, name), join(copy, name), { recursive: true })
        }
        const active = `${await activeBaseOffset(join(copy, partition))}`.padStart(20, '0')
        await damageFile(join(copy, partition, `${active}.log`), withoutSecondBatch)
        const { findings } = await judgeDataDirectory(java, copy)
        assertSound(await judged(context), new Map([[partition, messages]]))
        const gaps = findings.filter((line) => /non-consecutive offsets/.test(line))
        assert.equal(gaps.length, 1, `a gap behind what is clean is one as in any other log: ${findings.join('\n')}`)
      },
    },
    {
      name: 'after SIGKILL, a recovery and a clean stop as well',
      timeoutMs: 180_000,
      async run(context) {
        const sent = await work(context)
        sent.set(...(await cleaned(context)))
        await context.broker.restart()
        await context.broker.stop()
        assertSound(await judged(context), sent)
      },
    },
    {
      name: 'after SIGKILL alone whatever was acknowledged is in the log files',
      timeoutMs: 180_000,
      async run(context) {
        const sent = await work(context)
        await context.broker.kill()
        const { records } = await judged(context)
        for (const [partition, messages] of sent)
          assert.equal(records.get(partition)?.length, messages.length, partition)
      },
    },
  ]
}
