import { anyList, boolean, int, list, long, oneOf, string } from '../definition.ts'
import { shareAutoOffsetReset } from '../validators.ts'

/** Configs of one group (KIP-848, KIP-932, KIP-1071). */
export const groupDefinitions = {
  'consumer.assignment.interval.ms': int(1000, { min: 0 }),
  'consumer.assignor.offload.enable': boolean(true, { internal: true }),
  'consumer.heartbeat.interval.ms': int(5000, { min: 1 }),
  'consumer.session.timeout.ms': int(45_000, { min: 1 }),
  'errors.deadletterqueue.copy.record.enable': boolean(false),
  'errors.deadletterqueue.topic.name': string(''),
  'share.assignment.interval.ms': int(1000, { min: 0 }),
  'share.assignor.offload.enable': boolean(true, { internal: true }),
  'share.auto.offset.reset': string('latest', { check: shareAutoOffsetReset }),
  'share.delivery.count.limit': int(5, { min: 2 }),
  'share.heartbeat.interval.ms': int(5000, { min: 1 }),
  'share.isolation.level': string('read_uncommitted', { check: oneOf('read_committed', 'read_uncommitted') }),
  'share.partition.max.record.locks': int(2000, { min: 100 }),
  'share.record.lock.duration.ms': int(30_000, { min: 1000 }),
  'share.renew.acknowledge.enable': boolean(true),
  'share.session.timeout.ms': int(45_000, { min: 1 }),
  'streams.acceptable.recovery.lag': long(10_000, { min: 0, internal: true }),
  'streams.assignment.interval.ms': int(1000, { min: 0 }),
  'streams.assignor.name': string(null),
  'streams.assignor.offload.enable': boolean(true, { internal: true }),
  'streams.heartbeat.interval.ms': int(5000, { min: 1 }),
  'streams.initial.rebalance.delay.ms': int(3000, { min: 0 }),
  'streams.num.standby.replicas': int(0, { min: 0 }),
  'streams.num.warmup.replicas': int(2, { min: 0, internal: true }),
  'streams.rack.aware.assignment.tags': list('', { check: anyList(true) }),
  'streams.session.timeout.ms': int(45_000, { min: 1 }),
  'streams.task.offset.interval.ms': int(60_000, { min: 1, internal: true }),
} as const
