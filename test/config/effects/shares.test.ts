/** Keys of share groups, as their members see them. */
import t from 'tap'
import { errorName } from '../../../protocol/errors.ts'
import { Bench, type Values } from './bench.ts'
import { GROUP, prove } from './prove.ts'
// A broker loads these when a client first needs them. Loading takes real time, in which the virtual clock may run far.
import '../../../src/coordinator/share-coordinator.ts'
import '../../../src/coordinator/share-persister.ts'
import '../../../src/broker/shares/dead-letters.ts'
import '../../../src/share/dead-letters/dead-letter-queue.ts'
import '../../../src/share/dead-letters/original-records.ts'
import '../../../src/share/share-config.ts'
import '../../../src/share/share-partitions.ts'

const MEMBER = 'm'
const EARLIEST: Values = { 'share.auto.offset.reset': 'earliest' }

const heartbeat = (bench: Bench, memberId = MEMBER, memberEpoch = 0) =>
  bench.ask('ShareGroupHeartbeat', 1, {
    groupId: GROUP,
    memberId,
    memberEpoch,
    subscribedTopicNames: memberEpoch === 0 ? ['t'] : null,
  })

const LATER = ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE']

/** Joins until there is a coordinator: the topic of the coordinators has to be created first. */
async function join(bench: Bench, memberId = MEMBER) {
  for (;;) {
    await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
    const answer = await heartbeat(bench, memberId)
    if (!LATER.includes(errorName(answer.errorCode))) return answer
    await bench.runFor(100)
  }
}

const members = async (bench: Bench) => {
  const { groups } = await bench.ask('ShareGroupDescribe', 1, { groupIds: [GROUP], includeAuthorizedOperations: false })
  return groups[0].members.length
}

/** A member of the group that reads topic t, which has records. */
class Reader {
  readonly #bench: Bench
  readonly #topicId: string
  #epoch = 0

  private constructor(bench: Bench, topicId: string) {
    this.#bench = bench
    this.#topicId = topicId
  }

  static async start(bench: Bench, { records = 10, group = EARLIEST }: { records?: number; group?: Values } = {}) {
    await bench.createTopic('t')
    if (Object.keys(group).length > 0) await bench.alter('GROUP', GROUP, group)
    for (let i = 0; i < records; i++) await bench.produce('t', [{ value: `v${i}` }])
    await join(bench)
    const { topics } = await bench.ask('Metadata', 12, { topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', name: 't' }] })
    // Its partitions are assigned once the share coordinator has begun their states.
    for (let answer = await join(bench); answer.assignment.topicPartitions.length === 0; answer = await join(bench)) {
      await bench.runFor(200)
    }
    return new Reader(bench, topics[0].topicId)
  }

  /** The offsets that were acquired, each with its delivery count; an error by its name. */
  async fetch({ maxRecords = 500, memberId = MEMBER, acknowledge = [] as object[] } = {}): Promise<string[]> {
    const answer = await this.#bench.ask('ShareFetch', 1, {
      groupId: GROUP,
      memberId,
      shareSessionEpoch: this.#epoch++,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 1_000_000,
      maxRecords,
      batchSize: maxRecords,
      topics: [{ topicId: this.#topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: acknowledge }] }],
      forgottenTopicsData: [],
    })
    if (answer.errorCode !== 0) return [errorName(answer.errorCode)]
    const partitions = answer.responses.flatMap((topic: { partitions: object[] }) => topic.partitions)
    return partitions.flatMap(({ acquiredRecords }: { acquiredRecords: Acquired[] }) =>
      acquiredRecords.flatMap(({ firstOffset, lastOffset, deliveryCount }) =>
        Array.from(
          { length: Number(lastOffset - firstOffset) + 1 },
          (_, i) => `${Number(firstOffset) + i}:${deliveryCount}`,
        ),
      ),
    )
  }

  async acknowledge(first: number, last: number, type: number): Promise<string> {
    const batch = { firstOffset: BigInt(first), lastOffset: BigInt(last), acknowledgeTypes: [type] }
    const { responses } = await this.#bench.ask('ShareAcknowledge', 2, {
      groupId: GROUP,
      memberId: MEMBER,
      shareSessionEpoch: this.#epoch++,
      isRenewAck: type === 4,
      topics: [{ topicId: this.#topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [batch] }] }],
    })
    return errorName(responses[0].partitions[0].errorCode)
  }
}

interface Acquired {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly deliveryCount: number
}

const stateTopic = async (bench: Bench, key: string) => {
  await Reader.start(bench, { records: 1 })
  return bench.topicValue('__share_group_state', key)
}

/** How many bytes of its own the share coordinator has written. */
const stateBytes = (bench: Bench): number =>
  bench.files(/__share_group_state-\d+\/.*\.log$/).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

prove([
  {
    title: 'group.share.heartbeat.interval.ms is told to members',
    config: { 'group.share.heartbeat.interval.ms': '7000' },
    group: { 'share.heartbeat.interval.ms': '7000' },
    see: async (bench) => (await join(bench)).heartbeatIntervalMs,
    without: 5000,
    with: 7000,
  },
  {
    title: 'group.share.session.timeout.ms is how long a member may be silent',
    config: { 'group.share.session.timeout.ms': '50000' },
    group: { 'share.session.timeout.ms': '50000' },
    see: async (bench) => {
      await join(bench)
      await bench.runFor(47_000)
      return members(bench)
    },
    without: 0,
    with: 1,
  },
  {
    title: 'group.share.assignment.interval.ms is how long a group waits between two assignments',
    config: { 'group.share.assignment.interval.ms': '15000' },
    dynamic: { 'group.share.assignment.interval.ms': '15000' },
    group: { 'share.assignment.interval.ms': '15000' },
    see: async (bench) => {
      await bench.createTopic('t')
      await join(bench)
      await bench.runFor(2000)
      await join(bench, 'n')
      const { groups } = await bench.ask('ShareGroupDescribe', 1, {
        groupIds: [GROUP],
        includeAuthorizedOperations: false,
      })
      return groups[0].groupEpoch === groups[0].assignmentEpoch
    },
    without: true,
    with: false,
  },
  {
    title: 'group.share.max.size is how many members a group may have',
    config: { 'group.share.max.size': '1' },
    see: async (bench) => {
      await join(bench)
      return errorName((await join(bench, 'n')).errorCode)
    },
    without: 'NONE',
    with: 'GROUP_MAX_SIZE_REACHED',
  },
  {
    title: 'group.share.record.lock.duration.ms is how long a member has a record',
    config: { 'group.share.record.lock.duration.ms': '20000' },
    group: { 'share.record.lock.duration.ms': '20000' },
    see: async (bench) => {
      const reader = await Reader.start(bench, { records: 1 })
      await reader.fetch()
      await bench.runFor(25_000)
      return reader.fetch()
    },
    without: [],
    with: ['0:2'],
  },
  {
    title: 'group.share.delivery.count.limit is how often a record is delivered',
    config: { 'group.share.delivery.count.limit': '2' },
    group: { 'share.delivery.count.limit': '2' },
    see: async (bench) => {
      const reader = await Reader.start(bench, { records: 1 })
      for (let i = 0; i < 2; i++) {
        await reader.fetch()
        await reader.acknowledge(0, 0, 2)
      }
      return reader.fetch()
    },
    without: ['0:3'],
    with: [],
  },
  {
    title: 'group.share.partition.max.record.locks is how many records may be in flight',
    config: { 'group.share.partition.max.record.locks': '100' },
    group: { 'share.partition.max.record.locks': '100' },
    see: async (bench) => {
      const reader = await Reader.start(bench, { records: 110 })
      return (await reader.fetch()).length
    },
    without: 110,
    with: 100,
  },
  {
    title: 'group.share.max.share.sessions is how many members may fetch',
    config: { 'group.share.max.share.sessions': '1', 'group.share.max.size': '1' },
    see: async (bench) => {
      const reader = await Reader.start(bench, { records: 1 })
      await reader.fetch()
      await join(bench, 'n')
      const other = await Reader.start(bench, { records: 0 })
      return other.fetch({ memberId: 'n' })
    },
    without: [],
    with: ['SHARE_SESSION_LIMIT_REACHED'],
  },
  ...(
    [
      ['segment.bytes', 'share.coordinator.state.topic.segment.bytes', '2000000', '104857600'],
      ['min.insync.replicas', 'share.coordinator.state.topic.min.isr', '2', '1'],
    ] as const
  ).map(([key, name, value, otherwise]) => ({
    title: `${name} is what the topic of the states gets`,
    config: { [name]: value },
    see: (bench: Bench) => stateTopic(bench, key),
    without: otherwise,
    with: value,
  })),
  {
    title: 'share.coordinator.state.topic.num.partitions is how many partitions the topic of the states gets',
    config: { 'share.coordinator.state.topic.num.partitions': '3' },
    see: async (bench) => {
      await Reader.start(bench, { records: 1 })
      const id = { topicId: 'AAAAAAAAAAAAAAAAAAAAAA', name: '__share_group_state' }
      const { topics } = await bench.ask('Metadata', 12, { topics: [id] })
      return topics[0].partitions.length
    },
    without: 50,
    with: 3,
  },
  {
    title: 'share.coordinator.state.topic.replication.factor is how many replicas it gets, or cannot have',
    config: { 'share.coordinator.state.topic.replication.factor': '2' },
    see: async (bench) => {
      const key = 'g:AAAAAAAAAAAAAAAAAAAAAQ:0'
      const find = () => bench.ask('FindCoordinator', 6, { keyType: 2, coordinatorKeys: [key] })
      await find()
      await bench.runFor(2000)
      return errorName((await find()).coordinators[0].errorCode)
    },
    without: 'NONE',
    with: 'COORDINATOR_NOT_AVAILABLE',
  },
  {
    title: 'share.coordinator.snapshot.update.records.per.snapshot is how many updates come before a snapshot',
    config: { 'share.coordinator.snapshot.update.records.per.snapshot': '0' },
    always: { 'share.coordinator.state.topic.num.partitions': '1' },
    see: async (bench) => {
      const reader = await Reader.start(bench, { records: 1 })
      await reader.fetch()
      const before = stateBytes(bench)
      await reader.acknowledge(0, 0, 1)
      // A snapshot says more than an update.
      return stateBytes(bench) - before > 150
    },
    without: false,
    with: true,
  },
])

/** Each key with values at which the broker's bounds decide. */
const bounds = [
  ['heartbeat.interval.ms', '4000', '16000'],
  ['session.timeout.ms', '44000', '61000'],
  ['assignment.interval.ms', '100', '16000'],
  ['delivery.count.limit', '2', '11'],
  ['partition.max.record.locks', '100', '3000'],
  ['record.lock.duration.ms', '14000', '60001'],
] as const

/** The least of these is what the broker allows by default: a larger bound forbids what was allowed. */
const RAISED: Values = {
  'assignment.interval.ms': '200',
  'delivery.count.limit': '3',
  'partition.max.record.locks': '101',
}
/** The most of these is all that the broker may allow. */
const LOWERED: Values = { 'partition.max.record.locks': '2500' }
const allows = (values: Values) => (bench: Bench) => bench.alter('GROUP', GROUP, values)

prove(
  bounds.flatMap(([key, least, most]) => {
    const raised = RAISED[key]
    return [
      {
        title: `group.share.min.${key} is the least that a group may set`,
        config: { [`group.share.min.${key}`]: raised ?? least },
        see: allows({ [`share.${key}`]: least }),
        without: raised === undefined ? 'INVALID_CONFIG' : 'NONE',
        with: raised === undefined ? 'NONE' : 'INVALID_CONFIG',
      },
      {
        title: `group.share.max.${key} is the most that a group may set`,
        config: { [`group.share.max.${key}`]: LOWERED[key] ?? most },
        see: allows({ [`share.${key}`]: most }),
        without: LOWERED[key] === undefined ? 'INVALID_CONFIG' : 'NONE',
        with: LOWERED[key] === undefined ? 'NONE' : 'INVALID_CONFIG',
      },
    ]
  }),
)

t.test('a group keeps to bounds that have become narrower', async (t) => {
  const bench = await Bench.start()
  await bench.alter('GROUP', GROUP, { 'share.heartbeat.interval.ms': '14000' })
  t.equal((await join(bench)).heartbeatIntervalMs, 14_000)
  await bench.stop()
  const narrower = { 'group.share.max.heartbeat.interval.ms': '12000' }
  await bench.startAgain(narrower)
  t.equal((await join(bench)).heartbeatIntervalMs, 12_000)
})

const QUEUE = 'dlq.t'
const WITH_QUEUE: Values = { ...EARLIEST, 'errors.deadletterqueue.topic.name': QUEUE }
const CREATES: Values = { 'errors.deadletterqueue.auto.create.topics.enable': 'true' }
const COPIES: Values = { 'errors.deadletterqueue.copy.record.enable': 'true' }

/** A record that is rejected, and what the dead-letter queue has of it; null: there is no such topic. */
async function rejected(bench: Bench, { group = WITH_QUEUE, queue = QUEUE, records = 2 } = {}) {
  const reader = await Reader.start(bench, { records, group })
  await reader.fetch()
  await reader.acknowledge(1, 1, 3)
  await bench.runFor(40_000)
  return (await partitionsOf(bench, queue)) > 0 ? deadRecords(bench, queue) : null
}

/** 0: there is no such topic. */
async function partitionsOf(bench: Bench, name: string): Promise<number> {
  const topics = [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', name }]
  const answer = await bench.ask('Metadata', 12, { topics, allowAutoTopicCreation: false })
  return answer.topics[0].partitions.length
}

async function deadRecords(bench: Bench, queue: string) {
  const { batches } = await bench.fetch(queue)
  const dead = batches.flatMap((batch) => batch.records)
  return dead.map(({ key, value, headers }) => ({
    value: value?.toString() ?? null,
    key: key?.toString() ?? null,
    ...Object.fromEntries(headers.map((header) => [header.key.replace('__dlq.errors.', ''), header.value?.toString()])),
  }))
}

const REJECTED = {
  key: null,
  value: null,
  topic: 't',
  partition: '0',
  offset: '1',
  group: GROUP,
  'delivery.count': '1',
  message: 'Offset rejected by client.',
}

prove([
  {
    title: 'errors.deadletterqueue.auto.create.topics.enable says whether the topic is created',
    config: CREATES,
    dynamic: CREATES,
    see: (bench) => rejected(bench),
    without: null,
    with: [REJECTED],
  },
  {
    title: 'errors.deadletterqueue.topic.name.prefix is how the topic must begin',
    config: { 'errors.deadletterqueue.topic.name.prefix': 'dead.' },
    dynamic: { 'errors.deadletterqueue.topic.name.prefix': 'dead.' },
    always: CREATES,
    see: (bench) => rejected(bench),
    without: [REJECTED],
    with: null,
  },
])

t.test('errors.deadletterqueue.topic.name is where records go that a group gives up', async (t) => {
  t.same(await rejected(await Bench.start(CREATES), { group: EARLIEST }), null)
  const group = { ...EARLIEST, 'errors.deadletterqueue.topic.name': 'dlq.other' }
  t.same(await rejected(await Bench.start(CREATES), { group, queue: 'dlq.other' }), [REJECTED])
})

t.test('errors.deadletterqueue.copy.record.enable says whether keys and values go along', async (t) => {
  const bench = await Bench.start(CREATES)
  t.same(await rejected(bench, { group: { ...WITH_QUEUE, ...COPIES } }), [{ ...REJECTED, value: 'v1' }])
})

t.test('errors.deadletterqueue.group.enable says whether a topic is such a queue', async (t) => {
  for (const [configs, expected] of [
    [{}, []],
    [{ 'errors.deadletterqueue.group.enable': 'true' }, [REJECTED]],
  ] as const) {
    const bench = await Bench.start()
    await bench.createTopic(QUEUE, configs)
    t.same(await rejected(bench), expected)
  }
})

t.test('records that were delivered too often go there too, as far as they fit into batches', async (t) => {
  const bench = await Bench.start()
  await bench.createTopic(QUEUE, { 'errors.deadletterqueue.group.enable': 'true', 'max.message.bytes': '600' })
  const group = { ...WITH_QUEUE, ...COPIES, 'share.delivery.count.limit': '2' }
  const reader = await Reader.start(bench, { records: 5, group })
  for (let deliveries = 0; deliveries < 2; deliveries++) {
    await reader.fetch()
    await reader.acknowledge(0, 4, 2)
  }
  await bench.runFor(5000)
  const message = 'Offset delivery count exceeded the threshold.'
  t.same(
    await deadRecords(bench, QUEUE),
    [0, 1, 2, 3, 4].map((offset) => {
      const dead = { ...REJECTED, offset: String(offset), value: `v${offset}`, 'delivery.count': '2', message }
      return dead
    }),
  )
  t.same(await reader.fetch(), [], 'nobody gets them again')
})

t.test('a broker that dies while a record is on its way to the queue writes it when it is back', async (t) => {
  const bench = await Bench.start(CREATES)
  const reader = await Reader.start(bench, { records: 2, group: WITH_QUEUE })
  await reader.fetch()
  await reader.acknowledge(1, 1, 3)
  await bench.crash('kill')
  await bench.startAgain()
  t.same(await (await Reader.start(bench, { records: 0, group: {} })).fetch(), ['0:1'], 'nobody gets the record again')
  await bench.runFor(5000)
  // It may have been written before, and was not known to be.
  const [first, ...others] = await deadRecords(bench, QUEUE)
  t.same([first, ...others], [REJECTED, ...others.map(() => REJECTED)])
})

t.test('a group cannot name an internal topic', async (t) => {
  const bench = await Bench.start()
  t.equal(await bench.alter('GROUP', GROUP, { 'errors.deadletterqueue.topic.name': '__dead' }), 'INVALID_CONFIG')
})

t.test('share.auto.offset.reset is where a group begins', async (t) => {
  for (const [reset, expected] of [
    [{}, []],
    [EARLIEST, ['0:1']],
    [{ 'share.auto.offset.reset': 'by_duration:PT1H' }, ['0:1']],
  ] as const) {
    const reader = await Reader.start(await Bench.start(), { records: 1, group: reset })
    t.same(await reader.fetch(), expected)
  }
})

t.test('share.renew.acknowledge.enable says whether a lock may be renewed', async (t) => {
  for (const [value, expected] of [
    ['true', 'NONE'],
    ['false', 'INVALID_RECORD_STATE'],
  ]) {
    const group = { ...EARLIEST, 'share.renew.acknowledge.enable': value }
    const reader = await Reader.start(await Bench.start(), { records: 1, group })
    await reader.fetch()
    t.equal(await reader.acknowledge(0, 0, 4), expected)
  }
})

t.test('share.isolation.level says whether records of open transactions are read', async (t) => {
  for (const [level, expected] of [
    ['read_uncommitted', ['0:1', '1:1']],
    ['read_committed', ['0:1']],
  ] as const) {
    const bench = await Bench.start({ 'transaction.partition.verification.enable': 'false' })
    const reader = await Reader.start(bench, { records: 1, group: { ...EARLIEST, 'share.isolation.level': level } })
    const batch = { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: 0 }
    const { error } = await bench.produce('t', [{ value: 'open' }], batch, 0, { version: 11, transactionalId: 'tx' })
    t.equal(error, 'NONE')
    t.same(await reader.fetch(), expected)
  }
})
