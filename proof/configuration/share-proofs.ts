import type { Proof } from './proof.ts'

/** Proofs of the keys of share groups, by the file that they are in. */
export const shareProofs: Readonly<Record<string, readonly Proof[]>> = {
  'test/config/effects/shares.test.ts': [
    {
      title: 'group.share.heartbeat.interval.ms is told to members',
      keys: { broker: ['group.share.heartbeat.interval.ms'], group: ['share.heartbeat.interval.ms'] },
    },
    {
      title: 'group.share.session.timeout.ms is how long a member may be silent',
      keys: { broker: ['group.share.session.timeout.ms'], group: ['share.session.timeout.ms'] },
    },
    {
      title: 'group.share.assignment.interval.ms is how long a group waits between two assignments',
      keys: { broker: ['group.share.assignment.interval.ms'], group: ['share.assignment.interval.ms'] },
    },
    { title: 'group.share.max.size is how many members a group may have', keys: { broker: ['group.share.max.size'] } },
    { title: 'share.auto.offset.reset is where a group begins', keys: { group: ['share.auto.offset.reset'] } },
    {
      title: 'group.share.record.lock.duration.ms is how long a member has a record',
      keys: { broker: ['group.share.record.lock.duration.ms'], group: ['share.record.lock.duration.ms'] },
    },
    {
      title: 'group.share.delivery.count.limit is how often a record is delivered',
      keys: { broker: ['group.share.delivery.count.limit'], group: ['share.delivery.count.limit'] },
    },
    {
      title: 'group.share.partition.max.record.locks is how many records may be in flight',
      keys: { broker: ['group.share.partition.max.record.locks'], group: ['share.partition.max.record.locks'] },
    },
    {
      title: 'share.renew.acknowledge.enable says whether a lock may be renewed',
      keys: { group: ['share.renew.acknowledge.enable'] },
    },
    {
      title: 'share.isolation.level says whether records of open transactions are read',
      keys: { group: ['share.isolation.level'] },
    },
    {
      title: 'group.share.max.share.sessions is how many members may fetch',
      keys: { broker: ['group.share.max.share.sessions'] },
    },
    {
      title: 'share.coordinator.state.topic.segment.bytes is what the topic of the states gets',
      keys: { broker: ['share.coordinator.state.topic.segment.bytes'] },
    },
    {
      title: 'share.coordinator.state.topic.min.isr is what the topic of the states gets',
      keys: { broker: ['share.coordinator.state.topic.min.isr'] },
    },
    {
      title: 'share.coordinator.state.topic.num.partitions is how many partitions the topic of the states gets',
      keys: { broker: ['share.coordinator.state.topic.num.partitions'] },
    },
    {
      title: 'share.coordinator.state.topic.replication.factor is how many replicas it gets, or cannot have',
      keys: { broker: ['share.coordinator.state.topic.replication.factor'] },
    },
    {
      title: 'share.coordinator.snapshot.update.records.per.snapshot is how many updates come before a snapshot',
      keys: { broker: ['share.coordinator.snapshot.update.records.per.snapshot'] },
    },
    {
      title: 'group.share.min.heartbeat.interval.ms is the least that a group may set',
      keys: { broker: ['group.share.min.heartbeat.interval.ms'] },
    },
    {
      title: 'group.share.max.heartbeat.interval.ms is the most that a group may set',
      keys: { broker: ['group.share.max.heartbeat.interval.ms'] },
    },
    {
      title: 'group.share.min.session.timeout.ms is the least that a group may set',
      keys: { broker: ['group.share.min.session.timeout.ms'] },
    },
    {
      title: 'group.share.max.session.timeout.ms is the most that a group may set',
      keys: { broker: ['group.share.max.session.timeout.ms'] },
    },
    {
      title: 'group.share.min.assignment.interval.ms is the least that a group may set',
      keys: { broker: ['group.share.min.assignment.interval.ms'] },
    },
    {
      title: 'group.share.max.assignment.interval.ms is the most that a group may set',
      keys: { broker: ['group.share.max.assignment.interval.ms'] },
    },
    {
      title: 'group.share.min.delivery.count.limit is the least that a group may set',
      keys: { broker: ['group.share.min.delivery.count.limit'] },
    },
    {
      title: 'group.share.max.delivery.count.limit is the most that a group may set',
      keys: { broker: ['group.share.max.delivery.count.limit'] },
    },
    {
      title: 'group.share.min.partition.max.record.locks is the least that a group may set',
      keys: { broker: ['group.share.min.partition.max.record.locks'] },
    },
    {
      title: 'group.share.max.partition.max.record.locks is the most that a group may set',
      keys: { broker: ['group.share.max.partition.max.record.locks'] },
    },
    {
      title: 'group.share.min.record.lock.duration.ms is the least that a group may set',
      keys: { broker: ['group.share.min.record.lock.duration.ms'] },
    },
    {
      title: 'group.share.max.record.lock.duration.ms is the most that a group may set',
      keys: { broker: ['group.share.max.record.lock.duration.ms'] },
    },
    {
      title: 'errors.deadletterqueue.topic.name is where records go that a group gives up',
      keys: { group: ['errors.deadletterqueue.topic.name'] },
    },
    {
      title: 'errors.deadletterqueue.copy.record.enable says whether keys and values go along',
      keys: { group: ['errors.deadletterqueue.copy.record.enable'] },
    },
    {
      title: 'errors.deadletterqueue.group.enable says whether a topic is such a queue',
      keys: { topic: ['errors.deadletterqueue.group.enable'] },
    },
    {
      title: 'errors.deadletterqueue.auto.create.topics.enable says whether the topic is created',
      keys: { broker: ['errors.deadletterqueue.auto.create.topics.enable'] },
    },
    {
      title: 'errors.deadletterqueue.topic.name.prefix is how the topic must begin',
      keys: { broker: ['errors.deadletterqueue.topic.name.prefix'] },
    },
  ],
  'test/coordinator/group/share-groups.test.ts': [
    {
      title: 'group.share.initialize.retry.interval.ms is how long nobody asks again for a state',
      keys: { broker: ['group.share.initialize.retry.interval.ms'] },
    },
  ],
  'test/coordinator/share-coordinator.test.ts': [
    {
      title: 'share.coordinator.state.topic.prune.interval.ms is how often records are forgotten',
      keys: { broker: ['share.coordinator.state.topic.prune.interval.ms'] },
    },
    {
      title: 'share.coordinator.cold.partition.snapshot.interval.ms is how old a state gets without a snapshot',
      keys: { broker: ['share.coordinator.cold.partition.snapshot.interval.ms'] },
    },
    {
      title: 'share.coordinator.write.timeout.ms is how long a write waits for the followers',
      keys: { broker: ['share.coordinator.write.timeout.ms'] },
    },
    {
      title: 'share.coordinator.append.linger.ms is how long records wait for others',
      keys: { broker: ['share.coordinator.append.linger.ms'] },
    },
    {
      title: 'share.coordinator.state.topic.compression.codec is how its records are compressed',
      keys: { broker: ['share.coordinator.state.topic.compression.codec'] },
    },
    {
      title: 'share.coordinator.load.buffer.size is how much is read at a time',
      keys: { broker: ['share.coordinator.load.buffer.size'] },
    },
  ],
}
