/** Keys of streams groups (KIP-1071), as members of them see them. */
import { errorName } from '../../../protocol/errors.ts'
import type { Bench, Values } from './bench.ts'
import { GROUP, prove } from './prove.ts'

const TOPOLOGY = {
  epoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: ['t'],
      stateChangelogTopics: [{ name: 'log', partitions: 0, replicationFactor: 0, topicConfigs: [] }],
    },
  ],
}
const NO_DELAY = { 'group.streams.initial.rebalance.delay.ms': '0' }

const heartbeat = (bench: Bench, memberId: string, body: object = {}) =>
  bench.ask('StreamsGroupHeartbeat', 1, {
    groupId: GROUP,
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 60_000,
    processId: memberId,
    topology: TOPOLOGY,
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    ...body,
  })

/** Asks until there is a coordinator: its topic has to be created first. */
async function join(bench: Bench, memberId: string, body: object = {}) {
  for (;;) {
    const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: [GROUP] })
    if (coordinators[0].errorCode === 0) return heartbeat(bench, memberId, body)
    await bench.runFor(100)
  }
}

const again = { rebalanceTimeoutMs: -1, topology: null, activeTasks: null, standbyTasks: null, warmupTasks: null }

const group = async (bench: Bench) => (await bench.ask('StreamsGroupDescribe', 1, { groupIds: [GROUP] })).groups[0]

const statuses = (answer: { status: { statusCode: number }[] | null }) =>
  (answer.status ?? []).map(({ statusCode }) => statusCode)

/** Whether a group may have this value. */
const allows = (values: Values) => (bench: Bench) => bench.alter('GROUP', GROUP, values)

prove([
  {
    title: 'group.streams.heartbeat.interval.ms is told to members',
    config: { 'group.streams.heartbeat.interval.ms': '7000' },
    group: { 'streams.heartbeat.interval.ms': '7000' },
    see: async (bench) => (await join(bench, 'a')).heartbeatIntervalMs,
    without: 5000,
    with: 7000,
  },
  {
    title: 'group.streams.task.offset.interval.ms is told to members',
    config: { 'group.streams.task.offset.interval.ms': '70000' },
    group: { 'streams.task.offset.interval.ms': '70000' },
    see: async (bench) => (await join(bench, 'a')).taskOffsetIntervalMs,
    without: 60_000,
    with: 70_000,
  },
  {
    title: 'group.streams.acceptable.recovery.lag is told to members',
    config: { 'group.streams.acceptable.recovery.lag': '5' },
    group: { 'streams.acceptable.recovery.lag': '5' },
    see: async (bench) => Number((await join(bench, 'a')).acceptableRecoveryLag),
    without: 10_000,
    with: 5,
  },
  {
    title: 'group.streams.session.timeout.ms is how long a member may be silent',
    config: { 'group.streams.session.timeout.ms': '50000' },
    group: { 'streams.session.timeout.ms': '50000' },
    see: async (bench) => {
      await join(bench, 'a')
      await bench.runFor(47_000)
      return (await group(bench)).members.length
    },
    without: 0,
    with: 1,
  },
  {
    title: 'group.streams.initial.rebalance.delay.ms is how long the first members wait for one another',
    config: { 'group.streams.initial.rebalance.delay.ms': '0' },
    group: { 'streams.initial.rebalance.delay.ms': '0' },
    see: async (bench) => statuses(await join(bench, 'a')).includes(5),
    without: true,
    with: false,
  },
  {
    title: 'group.streams.assignment.interval.ms is how long a group waits between two assignments',
    config: { 'group.streams.assignment.interval.ms': '15000' },
    dynamic: { 'group.streams.assignment.interval.ms': '15000' },
    group: { 'streams.assignment.interval.ms': '15000' },
    see: async (bench) => {
      await bench.createTopic('t', {}, 2)
      await join(bench, 'a')
      await bench.runFor(4000)
      await heartbeat(bench, 'b')
      await bench.runFor(5000)
      const { memberEpoch } = (await group(bench)).members.find(
        ({ memberId }: { memberId: string }) => memberId === 'a',
      )
      await heartbeat(bench, 'a', { memberEpoch, ...again })
      const { groupEpoch, assignmentEpoch } = await group(bench)
      return groupEpoch > assignmentEpoch
    },
    without: false,
    with: true,
  },
  {
    title: 'group.streams.num.standby.replicas is how many copies a task with state has',
    always: NO_DELAY,
    config: { 'group.streams.num.standby.replicas': '1' },
    group: { 'streams.num.standby.replicas': '1' },
    see: async (bench) => {
      await bench.createTopic('t', {}, 2)
      await bench.createTopic('log', {}, 2)
      await join(bench, 'a')
      await bench.runFor(2000)
      await heartbeat(bench, 'b')
      const { members } = await group(bench)
      return members.flatMap(
        ({ targetAssignment }: { targetAssignment: { standbyTasks: { partitions: number[] }[] } }) =>
          targetAssignment.standbyTasks.flatMap(({ partitions }) => partitions),
      ).length
    },
    without: 0,
    with: 2,
  },
  {
    title: 'group.streams.rack.aware.assignment.tags are tags that members must have',
    config: { 'group.streams.rack.aware.assignment.tags': 'zone' },
    group: { 'streams.rack.aware.assignment.tags': 'zone' },
    see: async (bench) => statuses(await join(bench, 'a')).includes(6),
    without: false,
    with: true,
  },
  {
    title: 'group.streams.max.size is how many members a group may have',
    config: { 'group.streams.max.size': '1' },
    see: async (bench) => {
      await join(bench, 'a')
      return errorName((await heartbeat(bench, 'b')).errorCode)
    },
    without: 'NONE',
    with: 'GROUP_MAX_SIZE_REACHED',
  },
  {
    title: 'group.streams.assignors are those that a group may name',
    config: { 'group.streams.assignors': 'other' },
    see: allows({ 'streams.assignor.name': 'sticky' }),
    without: 'NONE',
    with: 'INVALID_CONFIG',
  },
  {
    title: 'streams.assignor.name is the assignor of the group; the first of group.streams.assignors is of all others',
    always: { 'group.streams.assignors': 'sticky,other' },
    config: { 'group.streams.assignors': 'other,sticky' },
    group: { 'streams.assignor.name': 'other' },
    see: async (bench) => {
      await join(bench, 'a')
      return (await group(bench)).assignorName
    },
    without: 'sticky',
    with: 'other',
  },
  ...(
    [
      ['heartbeat.interval.ms', '4000', '16000'],
      ['session.timeout.ms', '40000', '61000'],
      ['assignment.interval.ms', '100', '16000'],
    ] as const
  ).flatMap(([time, least, most]) => [
    {
      title: `group.streams.min.${time} is the least that a group may set`,
      // The least assignment interval is 0 by default: a larger one forbids what was allowed.
      config: { [`group.streams.min.${time}`]: time === 'assignment.interval.ms' ? '200' : least },
      see: allows({ [`streams.${time}`]: least }),
      without: time === 'assignment.interval.ms' ? 'NONE' : 'INVALID_CONFIG',
      with: time === 'assignment.interval.ms' ? 'INVALID_CONFIG' : 'NONE',
    },
    {
      title: `group.streams.max.${time} is the most that a group may set`,
      config: { [`group.streams.max.${time}`]: most },
      see: allows({ [`streams.${time}`]: most }),
      without: 'INVALID_CONFIG',
      with: 'NONE',
    },
  ]),
  {
    title: 'group.streams.max.standby.replicas is the most that a group may set',
    config: { 'group.streams.max.standby.replicas': '3' },
    see: allows({ 'streams.num.standby.replicas': '3' }),
    without: 'INVALID_CONFIG',
    with: 'NONE',
  },
  {
    title: 'group.streams.max.warmup.replicas is the most that a group may set',
    config: { 'group.streams.max.warmup.replicas': '21' },
    see: allows({ 'streams.num.warmup.replicas': '21' }),
    without: 'INVALID_CONFIG',
    with: 'NONE',
  },
  {
    title: 'group.streams.min.task.offset.interval.ms is the least that a group may set',
    config: { 'group.streams.min.task.offset.interval.ms': '14000' },
    see: allows({ 'streams.task.offset.interval.ms': '14000' }),
    without: 'INVALID_CONFIG',
    with: 'NONE',
  },
])
