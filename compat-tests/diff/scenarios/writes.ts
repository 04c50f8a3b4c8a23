/** Produce: where to, how many acknowledgements, and batches of every kind of fault. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BatchOptions, buildBatch, type RecordToWrite } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import { repositoryRoot } from '../../../scripts/toolchain/lookup.ts'
import type { Scenario } from '../scenario.ts'
import { type SendOptions, type Session, versionsOf } from '../session.ts'

export const TIMESTAMP_MS = 1_700_000_000_000
const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

export interface PartitionOf {
  topic: string
  index?: number
}

/** A batch of `count` records with keys, from a time that both brokers are told. */
export function batch(count = 1, options: BatchOptions = {}, record: Partial<RecordToWrite> = {}): Buffer {
  const records = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key-${index}`),
    value: Buffer.from(`value-${index}`),
    timestamp: TIMESTAMP_MS + index,
    ...record,
  }))
  return buildBatch(options, records)
}

function data(session: Session, topic: string, records: Buffer | null, index = 0): object[] {
  return [{ name: topic, topicId: session.topicId(topic), partitionData: [{ index, records }] }]
}

export async function produce(
  session: Session,
  version: number,
  to: PartitionOf,
  records: Buffer | null,
  options: SendOptions & { acks?: number; transactionalId?: string | null; timeoutMs?: number } = {},
): Promise<void> {
  const { acks = -1, transactionalId = null } = options
  const topicData = data(session, to.topic, records, to.index)
  await session.send('Produce', version, { transactionalId, acks, timeoutMs: 5_000, topicData }, options)
}

const destinations: Scenario = {
  name: 'writes: where and how',
  quick: true,
  async run(session) {
    const topic = 'writes'
    await session.createTopic(topic, 2)
    await session.createTopic('writes-lat', 1, { 'message.timestamp.type': 'LogAppendTime' })
    for (const version of versionsOf('Produce')) {
      for (const acks of [1, -1, 2, -2, 32767])
        await produce(session, version, { topic }, batch(), { acks, label: `acks ${acks}` })
      for (const index of [1, 2, -1, 2147483647])
        await produce(session, version, { topic, index }, batch(), { label: 'partition' })
      for (const name of ['nope', '', '.', 'a/b', 'ä'])
        await produce(session, version, { topic: name }, batch(), { label: 'topic' })
      // Null records are never answered by Apache: its handler fails where it counts their bytes.
      await produce(session, version, { topic }, Buffer.alloc(0), { label: 'empty records' })
      await produce(session, version, { topic }, Buffer.concat([batch(), batch()]), { label: 'two batches' })
      await produce(session, version, { topic: 'writes-lat' }, batch(3), { label: 'append time' })
      await produce(session, version, { topic }, batch(), { transactionalId: 'tx', label: 'transactional id' })
      await produce(session, version, { topic }, batch(), { transactionalId: '', label: 'empty transactional id' })
      await many(session, version, topic)
      session.post('Produce', version, { acks: 0, timeoutMs: 1_000, topicData: data(session, topic, batch()) })
      await session.send('ListOffsets', 6, {
        replicaId: -1,
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }],
      })
    }
  },
}

async function many(session: Session, version: number, topic: string): Promise<void> {
  const send = (label: string, topicData: object[]) =>
    session.send('Produce', version, { acks: -1, timeoutMs: 1_000, topicData }, { label })
  const part = (index: number) => ({ index, records: batch() })
  const topicId = session.topicId(topic)
  await send('no topics', [])
  await send('no partitions', [{ name: topic, topicId, partitionData: [] }])
  await send('two partitions', [{ name: topic, topicId, partitionData: [part(1), part(0)] }])
  await send('a partition twice', [{ name: topic, topicId, partitionData: [part(0), part(0)] }])
  await send('good and bad', [
    { name: topic, topicId, partitionData: [part(0), part(7)] },
    ...data(session, 'nope', batch()),
  ])
  await send('a topic twice', [...data(session, topic, batch()), ...data(session, topic, batch(), 1)])
  if (version < 13) return
  await send('unknown id', [{ topicId: UNKNOWN_ID, partitionData: [part(0)] }])
  await send('zero id', [{ topicId: ZERO_ID, partitionData: [part(0)] }])
}

interface Verdict {
  name: string
  hex: string
}

const facts = process.env.SAMSA_FACTS ?? join(repositoryRoot, '../shared/kafka-4.4')

const malformed: Scenario = {
  name: 'writes: malformed batches',
  quick: true,
  async run(session) {
    const cases: Verdict[] = JSON.parse(readFileSync(join(facts, 'vectors/MalformedBatches.json'), 'utf8'))
    await session.createTopic('malformed')
    for (const version of versionsOf('Produce')) {
      for (const { name, hex } of cases) {
        await produce(session, version, { topic: 'malformed' }, Buffer.from(hex, 'hex'), { label: name })
      }
    }
  },
}

const topics: [string, Record<string, string>][] = [
  ['compacted', { 'cleanup.policy': 'compact' }],
  ['small', { 'max.message.bytes': '300' }],
  ['timely', { 'message.timestamp.before.max.ms': '1000' }],
  ['timely-after', { 'message.timestamp.after.max.ms': '1000' }],
  ['small-segments', { 'segment.bytes': '1048576', 'max.message.bytes': '5000000' }],
  ['gzip', { 'compression.type': 'gzip' }],
  ['uncompressed', { 'compression.type': 'uncompressed' }],
  ['append-time', { 'message.timestamp.type': 'LogAppendTime' }],
]

const LARGE = 2_000_000

const configured: Scenario = {
  name: 'writes: topics with limits',
  quick: true,
  async run(session) {
    for (const [topic, configs] of topics) await session.createTopic(`limits-${topic}`, 1, configs)
    for (const version of versionsOf('Produce')) {
      for (const [name] of topics) {
        const topic = `limits-${name}`
        const send = (label: string, records: Buffer) => produce(session, version, { topic }, records, { label })
        await send('keys', batch(2))
        await send('no key', batch(2, {}, { key: null }))
        await send('no value', batch(2, {}, { value: null }))
        await send('no timestamp', batch(1, {}, { timestamp: -1 }))
        await send('old', batch(1, {}, { timestamp: 0 }))
        await send('in the future', batch(1, {}, { timestamp: 4_000_000_000_000 }))
        await send('400 bytes', batch(1, {}, { value: Buffer.alloc(400) }))
        await send('large', batch(1, {}, { value: Buffer.alloc(LARGE) }))
        await send('two, mixed keys', mixedKeys())
        for (const compression of [CompressionType.GZIP, CompressionType.ZSTD]) {
          await send('compressed', batch(3, { compression }))
          await send('compressed, no key', batch(3, { compression }, { key: null }))
        }
        await send(
          'headers',
          batch(
            1,
            {},
            {
              headers: [
                { key: '', value: null },
                { key: 'a', value: Buffer.from('b') },
              ],
            },
          ),
        )
      }
    }
  },
}

function mixedKeys(): Buffer {
  const value = Buffer.from('v')
  return buildBatch({}, [
    { key: Buffer.from('k'), value, timestamp: TIMESTAMP_MS },
    { key: null, value, timestamp: TIMESTAMP_MS },
    { key: null, value, timestamp: TIMESTAMP_MS },
  ])
}

const flagged: Scenario = {
  name: 'writes: flags of a batch',
  quick: true,
  async run(session) {
    await session.createTopic('flags')
    const kinds: [string, BatchOptions][] = [
      ['control', { isControl: true }],
      ['transactional without id', { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }],
      ['transactional without producer', { isTransactional: true }],
      ['producer without sequence', { producerId: 5, producerEpoch: 0 }],
      ['producer without epoch', { producerId: 5, baseSequence: 0 }],
      ['sequence without producer', { baseSequence: 4 }],
      ['base offset', { baseOffset: 77 }],
      ['leader epoch', { partitionLeaderEpoch: 9 }],
      ['append time', { logAppendTimeMs: TIMESTAMP_MS }],
      ['delete horizon', { deleteHorizonMs: TIMESTAMP_MS }],
    ]
    for (const version of versionsOf('Produce')) {
      for (const [label, options] of kinds) {
        for (const transactionalId of [null, 'flags']) {
          await produce(session, version, { topic: 'flags' }, batch(1, options), { label, transactionalId })
        }
      }
    }
  },
}

export const writeScenarios: readonly Scenario[] = [destinations, malformed, configured, flagged]
