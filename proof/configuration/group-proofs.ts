import type { Proof } from './proof.ts'

/** Proofs of the keys of group coordinators, by the file that they are in. */
export const groupProofs: Readonly<Record<string, readonly Proof[]>> = {
  'test/config/effects/streams.test.ts': [
    {
      title: 'group.streams.heartbeat.interval.ms is told to members',
      keys: { broker: ['group.streams.heartbeat.interval.ms'], group: ['streams.heartbeat.interval.ms'] },
    },
    {
      title: 'group.streams.task.offset.interval.ms is told to members',
      keys: { broker: ['group.streams.task.offset.interval.ms'], group: ['streams.task.offset.interval.ms'] },
    },
    {
      title: 'group.streams.acceptable.recovery.lag is told to members',
      keys: { broker: ['group.streams.acceptable.recovery.lag'], group: ['streams.acceptable.recovery.lag'] },
    },
    {
      title: 'group.streams.session.timeout.ms is how long a member may be silent',
      keys: { broker: ['group.streams.session.timeout.ms'], group: ['streams.session.timeout.ms'] },
    },
    {
      title: 'group.streams.initial.rebalance.delay.ms is how long the first members wait for one another',
      keys: { broker: ['group.streams.initial.rebalance.delay.ms'], group: ['streams.initial.rebalance.delay.ms'] },
    },
    {
      title: 'group.streams.assignment.interval.ms is how long a group waits between two assignments',
      keys: { broker: ['group.streams.assignment.interval.ms'], group: ['streams.assignment.interval.ms'] },
    },
    {
      title: 'group.streams.num.standby.replicas is how many copies a task with state has',
      keys: { broker: ['group.streams.num.standby.replicas'], group: ['streams.num.standby.replicas'] },
    },
    {
      title: 'group.streams.rack.aware.assignment.tags are tags that members must have',
      keys: { broker: ['group.streams.rack.aware.assignment.tags'], group: ['streams.rack.aware.assignment.tags'] },
    },
    {
      title: 'group.streams.max.size is how many members a group may have',
      keys: { broker: ['group.streams.max.size'] },
    },
    {
      title: 'group.streams.assignors are those that a group may name',
      keys: { broker: ['group.streams.assignors'] },
    },
    {
      title:
        'streams.assignor.name is the assignor of the group; the first of group.streams.assignors is of all others',
      keys: { group: ['streams.assignor.name'] },
    },
    {
      title: 'group.streams.min.heartbeat.interval.ms is the least that a group may set',
      keys: { broker: ['group.streams.min.heartbeat.interval.ms'] },
    },
    {
      title: 'group.streams.max.heartbeat.interval.ms is the most that a group may set',
      keys: { broker: ['group.streams.max.heartbeat.interval.ms'] },
    },
    {
      title: 'group.streams.min.session.timeout.ms is the least that a group may set',
      keys: { broker: ['group.streams.min.session.timeout.ms'] },
    },
    {
      title: 'group.streams.max.session.timeout.ms is the most that a group may set',
      keys: { broker: ['group.streams.max.session.timeout.ms'] },
    },
    {
      title: 'group.streams.min.assignment.interval.ms is the least that a group may set',
      keys: { broker: ['group.streams.min.assignment.interval.ms'] },
    },
    {
      title: 'group.streams.max.assignment.interval.ms is the most that a group may set',
      keys: { broker: ['group.streams.max.assignment.interval.ms'] },
    },
    {
      title: 'group.streams.max.standby.replicas is the most that a group may set',
      keys: { broker: ['group.streams.max.standby.replicas'] },
    },
    {
      title: 'group.streams.max.warmup.replicas is the most that a group may set',
      keys: { broker: ['group.streams.max.warmup.replicas'] },
    },
    {
      title: 'group.streams.min.task.offset.interval.ms is the least that a group may set',
      keys: { broker: ['group.streams.min.task.offset.interval.ms'] },
    },
  ],
  'test/config/effects/groups.test.ts': [
    {
      title: 'group.consumer.heartbeat.interval.ms is told to members',
      keys: { broker: ['group.consumer.heartbeat.interval.ms'], group: ['consumer.heartbeat.interval.ms'] },
    },
    {
      title: 'group.consumer.session.timeout.ms is how long a member may be silent',
      keys: { broker: ['group.consumer.session.timeout.ms'], group: ['consumer.session.timeout.ms'] },
    },
    {
      title: 'group.consumer.assignment.interval.ms is how long a group waits between two assignments',
      keys: { broker: ['group.consumer.assignment.interval.ms'], group: ['consumer.assignment.interval.ms'] },
    },
    {
      title: 'group.consumer.assignors are those that members may ask for',
      keys: { broker: ['group.consumer.assignors'] },
    },
    {
      title: 'group.consumer.max.size is how many members a group may have',
      keys: { broker: ['group.consumer.max.size'] },
    },
    {
      title: 'group.consumer.migration.policy says whether a classic group may be taken in',
      keys: { broker: ['group.consumer.migration.policy'] },
    },
    {
      title: 'group.consumer.regex.refresh.interval.ms is how often patterns are looked up',
      keys: { broker: ['group.consumer.regex.refresh.interval.ms'] },
    },
    {
      title: 'group.coordinator.append.linger.ms is how long records wait for others',
      keys: { broker: ['group.coordinator.append.linger.ms'] },
    },
    {
      title: 'group.coordinator.rebalance.protocols says which protocols are served',
      keys: { broker: ['group.coordinator.rebalance.protocols'] },
    },
    {
      title: 'group.initial.rebalance.delay.ms is how long a new group waits for more members',
      keys: { broker: ['group.initial.rebalance.delay.ms'] },
    },
    {
      title: 'group.min.session.timeout.ms is the least that a classic member may ask for',
      keys: { broker: ['group.min.session.timeout.ms'] },
    },
    {
      title: 'group.max.session.timeout.ms is the most that a classic member may ask for',
      keys: { broker: ['group.max.session.timeout.ms'] },
    },
    { title: 'group.max.size is how many members a classic group may have', keys: { broker: ['group.max.size'] } },
    {
      title: 'offset.metadata.max.bytes is how much may be noted beside an offset',
      keys: { broker: ['offset.metadata.max.bytes'] },
    },
    {
      title: 'offsets.retention.minutes is how long the offsets of a group without members stay',
      keys: { broker: ['offsets.retention.minutes'] },
    },
    {
      title: 'offsets.retention.check.interval.ms is how often old offsets are looked for',
      keys: { broker: ['offsets.retention.check.interval.ms'] },
    },
    {
      title: 'offsets.load.buffer.size is how much a coordinator reads at a time when it loads',
      keys: { broker: ['offsets.load.buffer.size'] },
    },
    {
      title: 'offsets.topic.num.partitions is how many the topic of the coordinators gets',
      keys: { broker: ['offsets.topic.num.partitions'] },
    },
    {
      title: 'offsets.topic.segment.bytes is how large its segments are',
      keys: { broker: ['offsets.topic.segment.bytes'] },
    },
    {
      title: 'offsets.topic.replication.factor is how many replicas it gets, or cannot have',
      keys: { broker: ['offsets.topic.replication.factor'] },
    },
    {
      title: 'group.consumer.min.heartbeat.interval.ms is the least that a group may set',
      keys: { broker: ['group.consumer.min.heartbeat.interval.ms'] },
    },
    {
      title: 'group.consumer.max.heartbeat.interval.ms is the most that a group may set',
      keys: { broker: ['group.consumer.max.heartbeat.interval.ms'] },
    },
    {
      title: 'group.consumer.min.session.timeout.ms is the least that a group may set',
      keys: { broker: ['group.consumer.min.session.timeout.ms'] },
    },
    {
      title: 'group.consumer.max.session.timeout.ms is the most that a group may set',
      keys: { broker: ['group.consumer.max.session.timeout.ms'] },
    },
    {
      title: 'group.consumer.min.assignment.interval.ms is the least that a group may set',
      keys: { broker: ['group.consumer.min.assignment.interval.ms'] },
    },
    {
      title: 'group.consumer.max.assignment.interval.ms is the most that a group may set',
      keys: { broker: ['group.consumer.max.assignment.interval.ms'] },
    },
  ],
}
