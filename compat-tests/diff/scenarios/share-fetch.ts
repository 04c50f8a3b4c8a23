/** ShareFetch and ShareAcknowledge (KIP-932): sessions, what is acquired, and what becomes of it. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'
import { ShareConversation, ShareMember } from '../share-member.ts'
import { begin, completed } from './transactions.ts'
import { batch, produce } from './writes.ts'

const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'
const [GAP, ACCEPT, RELEASE, REJECT, RENEW] = [0, 1, 2, 3, 4]
const PARTITIONS = 2
const GROUP = 32
/** The states of partitions are read by then. */
const LOADED_WITHIN_MS = 300

interface World {
  readonly session: Session
  readonly version: number
  readonly topic: string
  readonly topicId: string
  readonly groupId: string
  /** One more member of the group, and its conversation. */
  member(name: string): Promise<ShareConversation>
  produce(count: number, partition?: number): Promise<void>
}

/** A group that begins at the first record of a topic of its own. */
async function newWorld(session: Session, version: number, name: string, configs: Record<string, string> = {}) {
  const topic = `share-${name}-${version}`
  const groupId = `g-${topic}`
  const topicId = await session.createTopic(topic, PARTITIONS)
  await configure(session, groupId, { 'share.auto.offset.reset': 'earliest', ...configs })
  const world: World = {
    session,
    version,
    topic,
    topicId,
    groupId,
    async member(memberName) {
      const member = new ShareMember(session, groupId, memberName)
      await member.joinAndGet([topic], 1)
      return new ShareConversation(session, member)
    },
    produce: (count, index = 0) => produce(session.aside, 9, { topic, index }, batch(count)),
  }
  return world
}

async function configure(session: Session, groupId: string, values: Record<string, string>): Promise<void> {
  const configs = Object.entries(values).map(([name, value]) => ({ name, configOperation: 0, value }))
  const resources = [{ resourceType: GROUP, resourceName: groupId, configs }]
  await session.send('IncrementalAlterConfigs', 1, { resources })
  await session.settle()
}

const scenario = (
  name: string,
  run: (world: World) => Promise<void>,
  configs: Record<string, string> = {},
): Scenario => ({
  name: `share fetch: ${name}`,
  quick: true,
  async run(session) {
    for (const version of versionsOf('ShareFetch')) {
      const world = await newWorld(session, version, name.replaceAll(' ', '-'), configs)
      await run(world)
      await offsetsOf(world)
    }
  },
})

async function offsetsOf({ session, groupId, topic }: World): Promise<void> {
  const topics = [{ topicName: topic, partitions: [0, 1] }]
  await session.send('DescribeShareGroupOffsets', 1, { groups: [{ groupId, topics }] })
}

const all = (count: number, type = ACCEPT, first = 0) => ({ first, last: first + count - 1, types: [type] })

const sessions = scenario('sessions', async (world) => {
  const { version, topicId } = world
  await world.produce(5)
  const one = await world.member('a')
  const shares = [{ topicId }]
  for (const shareSessionEpoch of [1, 5, -1, -2]) await one.fetch(version, [], { shareSessionEpoch }, 'no session')
  for (const shareSessionEpoch of [0, 1, -1, -2]) {
    await one.acknowledge(version, shares, { shareSessionEpoch }, 'no session')
  }
  for (const more of [
    { groupId: null },
    { memberId: null },
    { memberId: '' },
    { groupId: '' },
    { memberId: 'x'.repeat(37) },
  ]) {
    await one.fetch(version, shares, { ...more, shareSessionEpoch: 0, maxWaitMs: LOADED_WITHIN_MS }, 'who')
    await one.acknowledge(version, shares, { ...more, shareSessionEpoch: 1 }, 'who')
  }
  one.epoch = 0
  await one.fetch(version, [{ topicId, acknowledge: [all(1)] }], {}, 'acknowledges at the first epoch')
  await one.fetch(version, shares, {}, 'first')
  await one.fetch(version, [], { maxWaitMs: 10 }, 'nothing left')
  for (const shareSessionEpoch of [7, -2]) await one.fetch(version, [], { shareSessionEpoch, maxWaitMs: 10 }, 'epoch')
  await one.fetch(version, [{ topicId, partition: 1 }], { maxWaitMs: LOADED_WITHIN_MS }, 'one more')
  await one.fetch(version, [{ topicId, partition: 9 }], { maxWaitMs: 10 }, 'no such partition')
  await one.fetch(version, [{ topicId: UNKNOWN_ID }], { maxWaitMs: 10 }, 'no such topic')
  await one.fetch(version, [], { maxWaitMs: 10 }, 'with errors')
  const forgottenTopicsData = [
    { topicId, partitions: [9] },
    { topicId: UNKNOWN_ID, partitions: [0] },
  ]
  await one.fetch(version, [], { maxWaitMs: 10, forgottenTopicsData }, 'forgets')
  await one.acknowledge(version, [{ topicId, acknowledge: [all(5)] }])
  await one.fetch(version, [], { shareSessionEpoch: -1 }, 'last')
  await one.fetch(version, [], { shareSessionEpoch: -1 }, 'after the last')
  one.epoch = 0
  await one.fetch(version, shares, { maxWaitMs: 10 }, 'again')
  await one.fetch(version, shares, { shareSessionEpoch: 0, maxWaitMs: 10 }, 'begins anew')
  await one.end(version)
  await one.end(version)
})

const acknowledgements = scenario('acknowledgements', async (world) => {
  const { version, topicId } = world
  await world.produce(20)
  const [one, other] = [await world.member('a'), await world.member('b')]
  await one.fetch(version, [{ topicId }])
  await other.fetch(version, [{ topicId }], { maxWaitMs: 10 })
  const say = (label: string, ...acknowledge: { first: number; last: number; types: number[] }[]) =>
    one.acknowledge(version, [{ topicId, acknowledge }], {}, label)
  await say('none')
  await say('one type for all', all(2))
  await say('again', all(2))
  await say('a type for each', { first: 2, last: 5, types: [ACCEPT, RELEASE, REJECT, GAP] })
  await say('two batches', all(1, ACCEPT, 6), all(1, REJECT, 8))
  await say('half of them again', all(4, ACCEPT, 5))
  await say('out of order', all(1, ACCEPT, 12), all(1, ACCEPT, 10))
  await say('overlapping', all(3, ACCEPT, 10), all(3, ACCEPT, 11))
  await say('beyond', all(3, ACCEPT, 18), all(5, ACCEPT, 19))
  await say('far beyond', all(3, ACCEPT, 100))
  await say('backwards', { first: 12, last: 10, types: [ACCEPT] })
  await say('negative', { first: -3, last: -1, types: [ACCEPT] })
  await say('too few types', { first: 10, last: 13, types: [ACCEPT, ACCEPT] })
  await say('no types', { first: 10, last: 13, types: [] })
  for (const type of [RENEW, 5, -1, 127]) await say('what type', all(1, type, 10))
  const wrongPlaces = [{ topicId: UNKNOWN_ID, acknowledge: [all(1)] }]
  await one.acknowledge(version, wrongPlaces, {}, 'no such topic')
  await one.acknowledge(version, [{ topicId, partition: 9, acknowledge: [all(1)] }], {}, 'no such partition')
  await one.acknowledge(version, [{ topicId, partition: 1, acknowledge: [all(1)] }], {}, 'not fetched')
  await other.acknowledge(version, [{ topicId, acknowledge: [all(1, ACCEPT, 10)] }], {}, "another's")
  await other.fetch(version, [], { maxWaitMs: 1_000 }, 'what was released')
  await other.acknowledge(version, [{ topicId, acknowledge: [all(1, ACCEPT, 3)] }], {}, 'what was released')
  await offsetsOf(world)
  await one.fetch(version, [{ topicId, acknowledge: [all(10, RELEASE, 10)] }], { maxWaitMs: 500 }, 'on the way')
  await one.end(version, [{ topicId, acknowledge: [all(5, ACCEPT, 10)] }])
  await other.fetch(version, [], {}, 'what the end released')
  await other.end(version)
})

const limits = scenario('limits', async (world) => {
  const { version, topicId } = world
  for (let batches = 0; batches < 10; batches++) await world.produce(10)
  const one = await world.member('a')
  await one.fetch(version, [{ topicId }], { maxRecords: 1 }, 'one record')
  await one.fetch(version, [], { maxRecords: 15 }, '15 records')
  await one.fetch(version, [], { maxRecords: 25, batchSize: 5 }, 'batches of 5')
  await one.fetch(version, [], { maxRecords: 20, batchSize: 1 }, 'batches of 1')
  for (const more of [
    { maxRecords: 0 },
    { maxRecords: -1 },
    { batchSize: 0, maxRecords: 5 },
    { batchSize: -1, maxRecords: 5 },
    { maxBytes: 0 },
    { maxBytes: -1, maxRecords: 1 },
    { maxBytes: 1 },
    { minBytes: 1 << 20, maxWaitMs: 100 },
    { minBytes: -1, maxWaitMs: 0 },
    { maxWaitMs: -1 },
  ]) {
    await one.fetch(version, [], { maxWaitMs: 50, ...more }, Object.keys(more).join())
    await offsetsOf(world)
  }
  await one.end(version)
  for (const shareAcquireMode of [1, 0, 2, -1]) {
    const two = await world.member(`b${shareAcquireMode}`)
    await two.fetch(version, [{ topicId }], { maxRecords: 7, shareAcquireMode }, 'mode')
    await two.fetch(version, [], { maxRecords: 7, shareAcquireMode, maxWaitMs: 50 }, 'mode')
    await two.acknowledge(version, [{ topicId, acknowledge: [all(2), all(5, RELEASE, 2)] }], {}, 'mode')
    await two.end(version)
  }
})

const renewals = scenario('renewals', async (world) => {
  const { version, topicId } = world
  await world.produce(10)
  const one = await world.member('a')
  await one.fetch(version, [{ topicId }])
  const isRenewAck = true
  const renew = [{ topicId, acknowledge: [all(4, RENEW)] }]
  await one.acknowledge(version, renew, {}, 'without saying so')
  await one.acknowledge(version, renew, { isRenewAck })
  await one.acknowledge(version, [{ topicId, acknowledge: [all(2)] }], { isRenewAck }, 'accepts')
  const mixed = [{ topicId, acknowledge: [{ first: 2, last: 4, types: [RENEW, ACCEPT, RELEASE] }] }]
  await one.acknowledge(version, mixed, { isRenewAck }, 'mixed')
  await one.acknowledge(version, renew, { isRenewAck }, 'what is accepted')
  await one.acknowledge(version, [{ topicId, acknowledge: [all(4, RENEW, 50)] }], { isRenewAck }, 'beyond')
  const nothing = { maxWaitMs: 0, minBytes: 0, maxBytes: 0, maxRecords: 0 }
  const last = [{ topicId, acknowledge: [all(2, RENEW, 8)] }]
  await one.fetch(version, last, { isRenewAck, ...nothing }, 'on the way')
  await one.fetch(version, last, { isRenewAck }, 'on the way, with limits')
  for (const name of Object.keys(nothing)) {
    await one.fetch(version, last, { isRenewAck, ...nothing, [name]: 1 }, `on the way, with ${name}`)
  }
  await one.fetch(version, [], { isRenewAck, ...nothing }, 'nothing to renew')
  await one.fetch(version, [], { maxWaitMs: 50 }, 'what was released')
  await one.end(version)
})

const deliveries = scenario(
  'deliveries',
  async (world) => {
    const { version, topicId } = world
    await world.produce(4)
    await world.produce(4)
    const one = await world.member('a')
    await one.fetch(version, [{ topicId }])
    for (let times = 0; times < 4; times++) {
      await one.acknowledge(version, [{ topicId, acknowledge: [all(3, RELEASE), all(3, RELEASE, 5)] }])
      await one.fetch(version, [], { maxWaitMs: 200 })
      await offsetsOf(world)
    }
    await world.produce(3)
    await one.fetch(version, [], {}, 'new ones')
    await one.end(version)
    await one.fetch(version, [{ topicId }], { maxWaitMs: 200 }, 'after all')
  },
  { 'share.delivery.count.limit': '3' },
)

const committed = scenario(
  'committed records alone',
  async (world) => {
    const { session, version, topicId, topic, groupId } = world
    const transactionalId = `t-${groupId}`
    await world.produce(2)
    const aside = session.aside
    const { producerId, producerEpoch } = await begin(session, transactionalId)
    const one = await world.member('a')
    await one.fetch(version, [{ topicId }], {}, 'before')
    let baseSequence = 0
    for (const committed of [false, true]) {
      const v3AndBelow = { v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: producerId }
      const v3AndBelowTopics = [{ name: topic, partitions: [0] }]
      await aside.send('AddPartitionsToTxn', 3, {
        ...v3AndBelow,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics,
      })
      const records = batch(3, { producerId, producerEpoch, baseSequence, isTransactional: true })
      await produce(aside, 9, { topic, index: 0 }, records, { transactionalId })
      baseSequence += 3
      await one.fetch(version, [], { maxWaitMs: 100 }, 'open')
      await aside.send('EndTxn', 3, { transactionalId, producerId, producerEpoch, committed })
      await completed(session, transactionalId)
      await one.fetch(version, [], { maxWaitMs: 500 }, 'ended')
      await offsetsOf(world)
    }
    await world.produce(1)
    await one.fetch(version, [], {}, 'behind')
    await one.acknowledge(version, [{ topicId, acknowledge: [all(2)] }])
    await offsetsOf(world)
    await one.end(version)
  },
  { 'share.isolation.level': 'read_committed' },
)

/** The log begins later than the group has come to. */
const deleted = scenario('deleted records', async (world) => {
  const { session, version, topicId, topic } = world
  await world.produce(5)
  await world.produce(5)
  const one = await world.member('a')
  await one.fetch(version, [{ topicId }], { maxRecords: 5 })
  const partitions = [{ partitionIndex: 0, offset: 8n }]
  await session.send('DeleteRecords', 2, { topics: [{ name: topic, partitions }], timeoutMs: 5_000 })
  await one.fetch(version, [], {}, 'what is left')
  await one.acknowledge(version, [{ topicId, acknowledge: [all(5)] }], {}, 'what is gone')
  await offsetsOf(world)
  await world.produce(2)
  await one.fetch(version, [], {}, 'new ones')
  await one.end(version)
})

/** Many small rounds, so that the sums of the APIs' requests are large. */
const rounds = scenario('rounds', async (world) => {
  const { version, topicId } = world
  const members = [await world.member('a'), await world.member('b')]
  for (const each of members)
    await each.fetch(version, [{ topicId }, { topicId, partition: 1 }], { maxWaitMs: LOADED_WITHIN_MS })
  for (let round = 0; round < 40; round++) {
    await world.produce((round % 4) + 1, round % 2)
    for (const [index, each] of members.entries()) {
      const type = [ACCEPT, RELEASE, REJECT, ACCEPT, GAP][(round + index) % 5] as number
      const { responses = [] } = await each.fetch(version, [], { maxWaitMs: index === 0 ? 500 : 20 })
      const shares = responses.flatMap(({ topicId: id, partitions = [] }: Record<string, never[]>) =>
        partitions.map(({ partitionIndex, acquiredRecords }: Record<string, never>) => ({
          topicId: id,
          partition: partitionIndex,
          acknowledge: (acquiredRecords as { firstOffset: bigint; lastOffset: bigint }[]).map((records) => {
            return { first: Number(records.firstOffset), last: Number(records.lastOffset), types: [type] }
          }),
        })),
      )
      await each.acknowledge(version, shares)
    }
  }
  for (const each of members) await each.end(version)
})

export const shareFetchScenarios: readonly Scenario[] = [
  sessions,
  acknowledgements,
  limits,
  renewals,
  deliveries,
  committed,
  deleted,
  rounds,
]
