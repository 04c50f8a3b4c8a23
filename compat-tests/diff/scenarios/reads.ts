/** Fetch, its sessions, ListOffsets and OffsetForLeaderEpoch. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'
import { batch, produce, TIMESTAMP_MS } from './writes.ts'

const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'
const RECORDS = 10

async function filledTopic(session: Session, name: string, configs: Record<string, string> = {}): Promise<void> {
  await session.createTopic(name, 2, configs)
  for (let written = 0; written < RECORDS; written += 2) {
    await produce(session.aside, 9, { topic: name }, batch(2, {}, { timestamp: TIMESTAMP_MS + written * 1000 }))
  }
}

interface Read {
  topic: string
  partition?: number
  fetchOffset?: bigint
  currentLeaderEpoch?: number
  lastFetchedEpoch?: number
  logStartOffset?: bigint
  partitionMaxBytes?: number
}

function fetchTopics(session: Session, reads: readonly Read[]): object[] {
  return reads.map(({ topic, ...partition }) => ({
    topic,
    topicId: session.topicId(topic),
    partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20, ...partition }],
  }))
}

const limits = { maxWaitMs: 1, minBytes: 0, maxBytes: 1 << 20, sessionId: 0, sessionEpoch: -1 }

const fetch: Scenario = {
  name: 'reads: Fetch',
  quick: true,
  async run(session) {
    await filledTopic(session, 'reads')
    for (const version of versionsOf('Fetch')) {
      const ask = (label: string, reads: Read[], body: object = {}) =>
        session.send('Fetch', version, { ...limits, topics: fetchTopics(session, reads), ...body }, { label })
      const topic = 'reads'
      for (const fetchOffset of [0n, 1n, 3n, 9n, 10n, 11n, -1n, -2n, 1n << 62n])
        await ask('offset', [{ topic, fetchOffset }])
      for (const partitionMaxBytes of [0, 1, 60, 100, 200, -1, 2147483647])
        await ask('partition bytes', [{ topic, partitionMaxBytes }])
      for (const maxBytes of [0, 1, 100, 200, -1])
        await ask('max bytes', [{ topic }, { topic, partition: 1 }], { maxBytes })
      for (const partition of [1, 2, -1, 2147483647]) await ask('partition', [{ topic, partition }])
      for (const currentLeaderEpoch of [-1, 0, 1, 99, -2]) await ask('leader epoch', [{ topic, currentLeaderEpoch }])
      for (const lastFetchedEpoch of [-1, 0, 1, 99, -2]) {
        for (const fetchOffset of [0n, 5n, 10n, 20n])
          await ask('fetched epoch', [{ topic, lastFetchedEpoch, fetchOffset }])
      }
      for (const isolationLevel of [0, 1, 2, -1]) await ask('isolation', [{ topic }], { isolationLevel })
      for (const name of ['nope', '', 'a/b']) await ask('topic', [{ topic: name }, { topic }])
      await ask('nothing', [])
      await ask('no partitions', [], { topics: [{ topic, topicId: session.topicId(topic), partitions: [] }] })
      await ask('twice', [{ topic }, { topic, fetchOffset: 4n }])
      await ask('waits', [{ topic, fetchOffset: 10n }], { maxWaitMs: 30, minBytes: 1 })
      await ask('negative wait', [{ topic, fetchOffset: 10n }], { maxWaitMs: -1, minBytes: 1 })
      await ask('enough at once', [{ topic, fetchOffset: 0n }], { maxWaitMs: 1_000, minBytes: 1 })
      await ask('an error and nothing', [{ topic: 'nope' }, { topic, fetchOffset: 10n }], {
        maxWaitMs: 50,
        minBytes: 1,
      })
      for (const replicaId of [-2, -3, 0, 1, 2, 99]) {
        await ask(`replica ${replicaId}`, [{ topic }], { replicaId, replicaState: { replicaId, replicaEpoch: -1n } })
      }
      await ask('rack', [{ topic }], { rackId: 'r1' })
      await ask('cluster id', [{ topic }], { clusterId: 'wrong' })
      if (version >= 13)
        await ask('unknown id', [], { topics: [{ topicId: UNKNOWN_ID, partitions: [{ partition: 0 }] }] })
      if (version >= 13) await ask('zero id', [], { topics: [{ partitions: [{ partition: 0 }] }] })
    }
  },
}

const sessions: Scenario = {
  name: 'reads: fetch sessions',
  quick: true,
  async run(session) {
    await filledTopic(session, 'session-a')
    await filledTopic(session, 'session-b')
    for (const version of versionsOf('Fetch').filter((version) => version >= 7)) {
      const ask = async (label: string, sessionId: number, sessionEpoch: number, reads: Read[], more: object = {}) => {
        const topics = fetchTopics(session, reads)
        const body = { ...limits, sessionId, sessionEpoch, topics, ...more }
        return (await session.send('Fetch', version, body, { label })).sessionId
      }
      const a = { topic: 'session-a', fetchOffset: 10n }
      const b = { topic: 'session-b', fetchOffset: 0n }
      for (const epoch of [1, 2, -2, 2147483647]) await ask('no session, an epoch', 0, epoch, [a])
      for (const epoch of [0, -1, 1, 7]) await ask('unknown session', 1234567, epoch, [a])
      const id = await ask('opens', 0, 0, [a, b])
      await ask('nothing new', id, 1, [])
      await ask('moves', id, 2, [{ ...b, fetchOffset: 8n }])
      await ask('nothing of a', id, 3, [{ ...b, fetchOffset: 10n }])
      await ask('empty', id, 4, [])
      const forgottenTopicsData = [{ topic: 'session-b', topicId: session.topicId('session-b'), partitions: [0] }]
      await ask('forgets', id, 5, [], { forgottenTopicsData })
      await ask('adds one that is not there', id, 6, [{ topic: 'session-nope' }])
      await ask('still not there', id, 7, [])
      await ask('adds a bad partition', id, 8, [{ topic: 'session-a', partition: 9 }])
      await ask('out of range', id, 9, [{ ...a, fetchOffset: 99n }])
      await ask('still out of range', id, 10, [])
      await ask('wrong epoch', id, 99, [])
      await ask('goes on', id, 11, [a])
      await ask('opens in place', id, 0, [a])
      await ask('the old one', id, 12, [])
      const other = await ask('opens another', 0, 0, [a, b])
      await ask('closes', other, -1, [a])
      await ask('closed', other, 1, [a])
      await ask('opens with nothing', 0, 0, [])
      await ask('opens with an unknown', 0, 0, [{ topic: 'session-nope' }])
    }
  },
}

const versionsMixed: Scenario = {
  name: 'reads: a session across versions',
  async run(session) {
    await filledTopic(session, 'mixed')
    const ask = async (version: number, sessionId: number, sessionEpoch: number) => {
      const topics = fetchTopics(session, [{ topic: 'mixed' }])
      return (await session.send('Fetch', version, { ...limits, sessionId, sessionEpoch, topics })).sessionId
    }
    await ask(13, await ask(12, 0, 0), 1)
    await ask(12, await ask(13, 0, 0), 1)
  },
}

const listOffsets: Scenario = {
  name: 'reads: ListOffsets',
  quick: true,
  async run(session) {
    await filledTopic(session, 'list')
    await session.createTopic('list-lat', 1, { 'message.timestamp.type': 'LogAppendTime' })
    await produce(session.aside, 9, { topic: 'list-lat' }, batch(3))
    const times = [-1n, -2n, -3n, -4n, -5n, -6n, -7n, -100n, 0n, 1n, BigInt(TIMESTAMP_MS), BigInt(TIMESTAMP_MS + 3_000)]
    times.push(BigInt(TIMESTAMP_MS + 8_000), BigInt(TIMESTAMP_MS + 9_000), 1n << 62n)
    for (const version of versionsOf('ListOffsets')) {
      const ask = (label: string, name: string, partition: object, more: object = {}) =>
        session.send(
          'ListOffsets',
          version,
          {
            replicaId: -1,
            topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1n, ...partition }] }],
            timeoutMs: 1_000,
            ...more,
          },
          { label },
        )
      for (const timestamp of times) {
        for (const isolationLevel of [0, 1]) await ask('time', 'list', { timestamp }, { isolationLevel })
        await ask('empty', 'list', { timestamp, partitionIndex: 1 })
        await ask('append time', 'list-lat', { timestamp })
        await ask('unknown', 'nope', { timestamp })
      }
      for (const replicaId of [-2, -3, 0, 1, 99]) await ask('replica', 'list', {}, { replicaId })
      for (const currentLeaderEpoch of [0, 1, 99, -2]) await ask('leader epoch', 'list', { currentLeaderEpoch })
      for (const partitionIndex of [2, -1]) await ask('partition', 'list', { partitionIndex })
      for (const name of ['', 'a/b', '__consumer_offsets']) await ask('name', name, {})
      for (const isolationLevel of [2, -1]) await ask('isolation', 'list', {}, { isolationLevel })
      const one = { partitionIndex: 0, timestamp: -1n }
      await ask('twice', 'list', {}, { topics: [{ name: 'list', partitions: [one, one] }] })
      await ask(
        'twice, apart',
        'list',
        {},
        {
          topics: [
            { name: 'list', partitions: [one] },
            { name: 'list', partitions: [one] },
          ],
        },
      )
      await ask('nothing', 'list', {}, { topics: [] })
      await ask('no partitions', 'list', {}, { topics: [{ name: 'list', partitions: [] }] })
    }
  },
}

const leaderEpochs: Scenario = {
  name: 'reads: OffsetForLeaderEpoch',
  quick: true,
  async run(session) {
    await filledTopic(session, 'epochs')
    for (const version of versionsOf('OffsetForLeaderEpoch')) {
      const ask = (label: string, topic: string, asked: object, more: object = {}) =>
        session.send(
          'OffsetForLeaderEpoch',
          version,
          {
            replicaId: -1,
            topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, ...asked }] }],
            ...more,
          },
          { label },
        )
      for (const leaderEpoch of [-2, -1, 0, 1, 2147483647]) {
        for (const currentLeaderEpoch of [-2, -1, 0, 1])
          await ask('epoch', 'epochs', { leaderEpoch, currentLeaderEpoch })
        await ask('empty', 'epochs', { leaderEpoch, partition: 1 })
        await ask('partition', 'epochs', { leaderEpoch, partition: 2 })
        await ask('negative partition', 'epochs', { leaderEpoch, partition: -1 })
      }
      for (const replicaId of [-2, -3, 0, 1]) await ask('replica', 'epochs', { leaderEpoch: 0 }, { replicaId })
      for (const topic of ['nope', '', 'a/b']) await ask('topic', topic, { leaderEpoch: 0 })
      await ask('nothing', 'epochs', {}, { topics: [] })
    }
  },
}

export const readScenarios: readonly Scenario[] = [fetch, sessions, versionsMixed, listOffsets, leaderEpochs]
