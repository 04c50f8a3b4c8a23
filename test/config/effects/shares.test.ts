/** Keys of share groups, as their members see them. */
import t from 'tap'
import { errorName } from '../../../protocol/errors.ts'
import { Bench, type Values } from './bench.ts'
import { GROUP, prove } from './prove.ts'
// A broker loads these when a client first needs them. Loading takes real time, in which the virtual clock may run far.
import '../../../src/coordinator/share-coordinator.ts'
import '../../../src/coordinator/share-persister.ts'
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
    config: { 'group.share.max.share.sessions': '1' },
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
