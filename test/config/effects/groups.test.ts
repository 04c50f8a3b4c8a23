/** Keys of the group coordinator, as members of groups see them. */
import { errorName } from '../../../protocol/errors.ts'
import { subscription } from '../../coordinator/support/group-bench.ts'
import type { Bench, Values } from './bench.ts'
import { GROUP, prove } from './prove.ts'

const heartbeat = (bench: Bench, memberId: string, body: object = {}) =>
  bench.ask('ConsumerGroupHeartbeat', 1, {
    groupId: GROUP,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    subscribedTopicNames: ['t'],
    topicPartitions: [],
    ...body,
  })

const consumer = async (bench: Bench, memberId: string, body: object = {}) => {
  await coordinator(bench)
  return heartbeat(bench, memberId, body)
}

/** Asks until there is one: the topic of the coordinators has to be created first. */
async function coordinator(bench: Bench): Promise<void> {
  for (;;) {
    const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
    if (coordinators[0].errorCode === 0) return
    await bench.runFor(100)
  }
}

const errorOf = async (answer: Promise<{ errorCode: number }>) => errorName((await answer).errorCode)

const join = (bench: Bench, body: object = {}, version = 3) =>
  bench.ask('JoinGroup', version, {
    groupId: GROUP,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription('t') }],
    ...body,
  })

const commit = (bench: Bench, committedMetadata = '') =>
  bench.ask('OffsetCommit', 8, {
    groupId: GROUP,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata }] }],
  })

const committed = async (bench: Bench) => {
  const topics = [{ name: 't', partitionIndexes: [0] }]
  for (;;) {
    const { groups } = await bench.ask('OffsetFetch', 8, { groups: [{ groupId: GROUP, topics }] })
    if (groups[0].errorCode === 0) return Number(groups[0].topics[0].partitions[0].committedOffset)
    await bench.runFor(100)
  }
}

const members = async (bench: Bench) => {
  const { groups } = await bench.ask('ConsumerGroupDescribe', 0, { groupIds: [GROUP] })
  return groups[0].members.length
}

/** Whether a group may have this value. */
const allows = (values: Values) => (bench: Bench) => bench.alter('GROUP', GROUP, values)

const elapsed = async (bench: Bench, work: () => Promise<unknown>) => {
  const beforeMs = bench.world.timeMs
  await work()
  return bench.world.timeMs - beforeMs
}

prove([
  {
    title: 'group.consumer.heartbeat.interval.ms is told to members',
    config: { 'group.consumer.heartbeat.interval.ms': '7000' },
    group: { 'consumer.heartbeat.interval.ms': '7000' },
    see: async (bench) => (await consumer(bench, 'a')).heartbeatIntervalMs,
    without: 5000,
    with: 7000,
  },
  {
    title: 'group.consumer.session.timeout.ms is how long a member may be silent',
    config: { 'group.consumer.session.timeout.ms': '50000' },
    group: { 'consumer.session.timeout.ms': '50000' },
    see: async (bench) => {
      await consumer(bench, 'a')
      await bench.runFor(47_000)
      return members(bench)
    },
    without: 0,
    with: 1,
  },
  {
    title: 'group.consumer.assignment.interval.ms is how long a group waits between two assignments',
    config: { 'group.consumer.assignment.interval.ms': '15000' },
    dynamic: { 'group.consumer.assignment.interval.ms': '15000' },
    group: { 'consumer.assignment.interval.ms': '15000' },
    see: async (bench) => {
      await bench.createTopic('t', {}, 2)
      const { memberEpoch } = await consumer(bench, 'a')
      await heartbeat(bench, 'b')
      await bench.runFor(5000)
      await heartbeat(bench, 'a', {
        memberEpoch,
        rebalanceTimeoutMs: -1,
        subscribedTopicNames: null,
        topicPartitions: null,
      })
      await bench.runFor(1000)
      const { groups } = await bench.ask('ConsumerGroupDescribe', 0, { groupIds: [GROUP] })
      return groups[0].groupEpoch > groups[0].assignmentEpoch
    },
    without: false,
    with: true,
  },
  {
    title: 'group.consumer.assignors are those that members may ask for',
    config: { 'group.consumer.assignors': 'range' },
    see: async (bench) => errorOf(consumer(bench, 'a', { serverAssignor: 'uniform' })),
    without: 'NONE',
    with: 'UNSUPPORTED_ASSIGNOR',
  },
  {
    title: 'group.consumer.max.size is how many members a group may have',
    config: { 'group.consumer.max.size': '1' },
    see: async (bench) => {
      await consumer(bench, 'a')
      return errorOf(heartbeat(bench, 'b'))
    },
    without: 'NONE',
    with: 'GROUP_MAX_SIZE_REACHED',
  },
  {
    title: 'group.consumer.migration.policy says whether a classic group may be taken in',
    config: { 'group.consumer.migration.policy': 'disabled' },
    see: async (bench) => {
      await coordinator(bench)
      await join(bench)
      return errorOf(heartbeat(bench, 'b'))
    },
    without: 'NONE',
    with: 'GROUP_ID_NOT_FOUND',
  },
  {
    title: 'group.consumer.regex.refresh.interval.ms is how often patterns are looked up',
    config: { 'group.consumer.regex.refresh.interval.ms': '11000' },
    see: async (bench) => {
      const pattern = { subscribedTopicNames: null, subscribedTopicRegex: 't.*' }
      await consumer(bench, 'a', pattern)
      await bench.runFor(2000)
      const before = bench.story.length
      for (let i = 0; i < 6; i++) {
        await bench.runFor(12_000)
        await heartbeat(bench, 'a', pattern)
      }
      await bench.runFor(2000)
      return (
        bench.story.slice(before).filter((line) => / write \/data\/__consumer_offsets-0\/0+\.log/.test(line)).length > 3
      )
    },
    without: false,
    with: true,
  },
  ...(['heartbeat.interval.ms', 'session.timeout.ms', 'assignment.interval.ms'] as const).flatMap((time) => {
    const least = { 'heartbeat.interval.ms': 4000, 'session.timeout.ms': 40_000, 'assignment.interval.ms': 100 }[time]
    const most = { 'heartbeat.interval.ms': 16_000, 'session.timeout.ms': 61_000, 'assignment.interval.ms': 16_000 }[
      time
    ]
    return [
      {
        title: `group.consumer.min.${time} is the least that a group may set`,
        // The least assignment interval is 0 by default: a larger one forbids what was allowed.
        config: { [`group.consumer.min.${time}`]: time === 'assignment.interval.ms' ? '200' : String(least) },
        see: allows({ [`consumer.${time}`]: String(least) }),
        without: time === 'assignment.interval.ms' ? 'NONE' : 'INVALID_CONFIG',
        with: time === 'assignment.interval.ms' ? 'INVALID_CONFIG' : 'NONE',
      },
      {
        title: `group.consumer.max.${time} is the most that a group may set`,
        config: { [`group.consumer.max.${time}`]: String(most) },
        see: allows({ [`consumer.${time}`]: String(most) }),
        without: 'INVALID_CONFIG',
        with: 'NONE',
      },
    ]
  }),
  {
    title: 'group.coordinator.append.linger.ms is how long records wait for others',
    config: { 'group.coordinator.append.linger.ms': '500' },
    see: async (bench) => {
      await bench.createTopic('t')
      await coordinator(bench)
      await bench.runFor(1000)
      return (await elapsed(bench, () => commit(bench))) > 450
    },
    without: false,
    with: true,
  },
  {
    title: 'group.coordinator.rebalance.protocols says which protocols are served',
    config: { 'group.coordinator.rebalance.protocols': 'classic' },
    see: async (bench) => errorOf(consumer(bench, 'a')),
    without: 'NONE',
    with: 'UNSUPPORTED_VERSION',
  },
  {
    title: 'group.initial.rebalance.delay.ms is how long a new group waits for more members',
    config: { 'group.initial.rebalance.delay.ms': '2000' },
    see: async (bench) => {
      await coordinator(bench)
      return (await elapsed(bench, () => join(bench))) >= 2000
    },
    without: false,
    with: true,
  },
  {
    title: 'group.min.session.timeout.ms is the least that a classic member may ask for',
    config: { 'group.min.session.timeout.ms': '1000' },
    see: async (bench) => {
      await coordinator(bench)
      return errorOf(join(bench, { sessionTimeoutMs: 2000 }))
    },
    without: 'INVALID_SESSION_TIMEOUT',
    with: 'NONE',
  },
  {
    title: 'group.max.session.timeout.ms is the most that a classic member may ask for',
    config: { 'group.max.session.timeout.ms': '9000' },
    see: async (bench) => {
      await coordinator(bench)
      return errorOf(join(bench))
    },
    without: 'NONE',
    with: 'INVALID_SESSION_TIMEOUT',
  },
  {
    title: 'group.max.size is how many members a classic group may have',
    config: { 'group.max.size': '1' },
    see: async (bench) => {
      await coordinator(bench)
      await join(bench)
      // The first member is told of the rebalance with its next heartbeat, which this one would wait for.
      const second = join(bench, { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 1000 })
      return errorOf(second)
    },
    without: 'NONE',
    with: 'GROUP_MAX_SIZE_REACHED',
  },
  {
    title: 'offset.metadata.max.bytes is how much may be noted beside an offset',
    config: { 'offset.metadata.max.bytes': '3' },
    see: async (bench) => {
      await bench.createTopic('t')
      await coordinator(bench)
      const { topics } = await commit(bench, 'four')
      return errorName(topics[0].partitions[0].errorCode)
    },
    without: 'NONE',
    with: 'OFFSET_METADATA_TOO_LARGE',
  },
  {
    title: 'offsets.retention.minutes is how long the offsets of a group without members stay',
    config: { 'offsets.retention.minutes': '1' },
    always: { 'offsets.retention.check.interval.ms': '60000' },
    see: async (bench) => {
      await bench.createTopic('t')
      await coordinator(bench)
      await commit(bench)
      await bench.runFor(180_000)
      return committed(bench)
    },
    without: 5,
    with: -1,
  },
  {
    title: 'offsets.retention.check.interval.ms is how often old offsets are looked for',
    config: { 'offsets.retention.check.interval.ms': '60000' },
    always: { 'offsets.retention.minutes': '1' },
    see: async (bench) => {
      await bench.createTopic('t')
      await coordinator(bench)
      await commit(bench)
      await bench.runFor(180_000)
      return committed(bench)
    },
    without: 5,
    with: -1,
  },
  {
    title: 'offsets.load.buffer.size is how much a coordinator reads at a time when it loads',
    config: { 'offsets.load.buffer.size': '1000' },
    see: async (bench) => {
      await bench.createTopic('t')
      await coordinator(bench)
      for (let i = 0; i < 40; i++) await commit(bench, 'noted beside it'.repeat(10))
      await bench.stop()
      const before = bench.story.length
      await bench.startAgain()
      await coordinator(bench)
      // The answer waits for the whole load.
      const offset = await committed(bench)
      const reads = bench.story.slice(before).filter((line) => / read \/data\/__consumer_offsets-0\/0+\.log/.test(line))
      return [reads.length > 5, offset]
    },
    without: [false, 5],
    with: [true, 5],
  },
  {
    title: 'offsets.topic.num.partitions is how many the topic of the coordinators gets',
    config: { 'offsets.topic.num.partitions': '3' },
    see: async (bench) => {
      await coordinator(bench)
      const { topics } = await bench.ask('Metadata', 12, { topics: [{ name: '__consumer_offsets' }] })
      return topics[0].partitions.length
    },
    without: 1,
    with: 3,
  },
  {
    title: 'offsets.topic.segment.bytes is how large its segments are',
    config: { 'offsets.topic.segment.bytes': '2000000' },
    see: async (bench) => {
      await coordinator(bench)
      return bench.topicValue('__consumer_offsets', 'segment.bytes')
    },
    without: '104857600',
    with: '2000000',
  },
  {
    title: 'offsets.topic.replication.factor is how many replicas it gets, or cannot have',
    config: { 'offsets.topic.replication.factor': '2' },
    see: async (bench) => {
      await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
      await bench.runFor(2000)
      const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
      return errorName(coordinators[0].errorCode)
    },
    without: 'NONE',
    with: 'COORDINATOR_NOT_AVAILABLE',
  },
])
