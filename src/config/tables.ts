import { type Definition, type Definitions, definitionIn, LONG_MAX, long, type ValuesOf } from './definition.ts'
import { authorizerDefinitions } from './definitions/authorizer.ts'
import { clientMetricsDefinitions } from './definitions/client-metrics.ts'
import { controllerDefinitions } from './definitions/controller.ts'
import { coordinatorDefinitions } from './definitions/coordinators.ts'
import { groupCoordinatorDefinitions } from './definitions/group-coordinator.ts'
import { groupDefinitions } from './definitions/group-resource.ts'
import { logDefinitions } from './definitions/log.ts'
import { remoteLogDefinitions } from './definitions/remote-log.ts'
import { replicationDefinitions } from './definitions/replication.ts'
import { samsaDefinitions } from './definitions/samsa.ts'
import { securityDefinitions } from './definitions/security.ts'
import { serverDefinitions } from './definitions/server.ts'
import { topicDefinitions } from './definitions/topic.ts'

/** Every key of a broker: Apache Kafka 4.4.0's, those of its authorizer, then samsa's own. */
export const brokerDefinitions = {
  ...controllerDefinitions,
  ...coordinatorDefinitions,
  ...groupCoordinatorDefinitions,
  ...logDefinitions,
  ...remoteLogDefinitions,
  ...replicationDefinitions,
  ...securityDefinitions,
  ...serverDefinitions,
  ...authorizerDefinitions,
  ...samsaDefinitions,
}

export { clientMetricsDefinitions, groupDefinitions, topicDefinitions }

export type BrokerConfigName = keyof typeof brokerDefinitions
export type BrokerConfigValues = ValuesOf<typeof brokerDefinitions>
export type TopicConfigName = keyof typeof topicDefinitions
export type TopicConfigValues = ValuesOf<typeof topicDefinitions>
export type GroupConfigName = keyof typeof groupDefinitions
export type GroupConfigValues = ValuesOf<typeof groupDefinitions>

/** Replication quotas (KIP-73): keys of a broker that exist as dynamic values only. */
export const dynamicOnlyDefinitions = {
  'follower.replication.throttled.rate': long(LONG_MAX, { min: 0, update: 'cluster-wide' }),
  'leader.replication.throttled.rate': long(LONG_MAX, { min: 0, update: 'cluster-wide' }),
  'replica.alter.log.dirs.io.max.bytes.per.second': long(LONG_MAX, { min: 0, update: 'cluster-wide' }),
} as const

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Broker keys that say the same in other units, the strongest first (retention in ms beats minutes beats hours). */
export const brokerSynonyms: Readonly<Record<string, readonly { name: BrokerConfigName; factor: number }[]>> = {
  'log.flush.interval.ms': [
    { name: 'log.flush.interval.ms', factor: 1 },
    { name: 'log.flush.scheduler.interval.ms', factor: 1 },
  ],
  'log.retention.ms': [
    { name: 'log.retention.ms', factor: 1 },
    { name: 'log.retention.minutes', factor: MINUTE_MS },
    { name: 'log.retention.hours', factor: HOUR_MS },
  ],
  'log.roll.ms': [
    { name: 'log.roll.ms', factor: 1 },
    { name: 'log.roll.hours', factor: HOUR_MS },
  ],
  'log.roll.jitter.ms': [
    { name: 'log.roll.jitter.ms', factor: 1 },
    { name: 'log.roll.jitter.hours', factor: HOUR_MS },
  ],
}

/** The broker key that decides where a topic does not; null where there is none. */
export const topicSynonyms: Readonly<Record<TopicConfigName, BrokerConfigName | null>> = {
  'cleanup.policy': 'log.cleanup.policy',
  'compression.gzip.level': 'compression.gzip.level',
  'confluent.key.schema.validation': null,
  'confluent.key.subject.name.strategy': null,
  'confluent.value.schema.validation': null,
  'confluent.value.subject.name.strategy': null,
  'compression.lz4.level': 'compression.lz4.level',
  'compression.type': 'compression.type',
  'compression.zstd.level': 'compression.zstd.level',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'errors.deadletterqueue.group.enable': null,
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'follower.replication.throttled.replicas': null,
  'index.interval.bytes': 'log.index.interval.bytes',
  'internal.segment.bytes': null,
  'leader.replication.throttled.replicas': null,
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.decompressed.message.bytes': 'max.decompressed.message.bytes',
  'max.message.bytes': 'message.max.bytes',
  'message.timestamp.after.max.ms': 'log.message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms': 'log.message.timestamp.before.max.ms',
  'message.timestamp.type': 'log.message.timestamp.type',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  preallocate: 'log.preallocate',
  'remote.copy.lag.bytes': 'log.remote.copy.lag.bytes',
  'remote.copy.lag.ms': 'log.remote.copy.lag.ms',
  'remote.log.copy.disable': null,
  'remote.log.delete.on.disable': null,
  'remote.storage.enable': null,
  'retention.bytes': 'log.retention.bytes',
  'retention.ms': 'log.retention.ms',
  'segment.bytes': 'log.segment.bytes',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
}

/** The broker key that decides where a group does not. */
export const groupSynonyms: Readonly<Record<GroupConfigName, BrokerConfigName | null>> = {
  'consumer.assignment.interval.ms': 'group.consumer.assignment.interval.ms',
  'consumer.assignor.offload.enable': 'group.consumer.assignor.offload.enable',
  'consumer.heartbeat.interval.ms': 'group.consumer.heartbeat.interval.ms',
  'consumer.session.timeout.ms': 'group.consumer.session.timeout.ms',
  'errors.deadletterqueue.copy.record.enable': null,
  'errors.deadletterqueue.topic.name': null,
  'share.assignment.interval.ms': 'group.share.assignment.interval.ms',
  'share.assignor.offload.enable': 'group.share.assignor.offload.enable',
  'share.auto.offset.reset': null,
  'share.delivery.count.limit': 'group.share.delivery.count.limit',
  'share.heartbeat.interval.ms': 'group.share.heartbeat.interval.ms',
  'share.isolation.level': null,
  'share.partition.max.record.locks': 'group.share.partition.max.record.locks',
  'share.record.lock.duration.ms': 'group.share.record.lock.duration.ms',
  'share.renew.acknowledge.enable': null,
  'share.session.timeout.ms': 'group.share.session.timeout.ms',
  'streams.acceptable.recovery.lag': 'group.streams.acceptable.recovery.lag',
  'streams.assignment.interval.ms': 'group.streams.assignment.interval.ms',
  'streams.assignor.name': 'group.streams.assignors',
  'streams.assignor.offload.enable': 'group.streams.assignor.offload.enable',
  'streams.heartbeat.interval.ms': 'group.streams.heartbeat.interval.ms',
  'streams.initial.rebalance.delay.ms': 'group.streams.initial.rebalance.delay.ms',
  'streams.num.standby.replicas': 'group.streams.num.standby.replicas',
  'streams.num.warmup.replicas': 'group.streams.num.warmup.replicas',
  'streams.rack.aware.assignment.tags': 'group.streams.rack.aware.assignment.tags',
  'streams.session.timeout.ms': 'group.streams.session.timeout.ms',
  'streams.task.offset.interval.ms': 'group.streams.task.offset.interval.ms',
}

const allBrokerKeys: Definitions = { ...brokerDefinitions, ...dynamicOnlyDefinitions }

/** The definition of a broker key, also of one with a listener's prefix (`listener.name.internal.ssl.key.password`). */
export const brokerDefinition = (name: string): Definition | undefined => definitionIn(allBrokerKeys, baseName(name))

/** Whether a value of this key of a broker is nobody's to see; a key that nobody knows may hold a secret, as in DescribeConfigs. */
export const isSecretConfig = (name: string): boolean => brokerDefinition(name)?.sensitive ?? true

const listenerPrefix = /^listener\.name\.[^.]+\./
/** Keys that may stand behind a SASL mechanism as well: listener.name.{listener}.{mechanism}.{key}. */
const mechanismKeys = [
  'connections.max.reauth.ms',
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
]

/** The key without the listener and the mechanism in front of it. */
export function baseName(name: string): string {
  const prefix = listenerPrefix.exec(name)
  if (!prefix) return name
  const rest = name.slice(prefix[0].length)
  return mechanismKeys.find((key) => rest.endsWith(key)) ?? rest
}

export const hasListenerPrefix = (name: string): boolean => listenerPrefix.test(name)

/** Kafka's words for a key that no properties line can change while the broker runs. */
export const isDynamic = (name: string): boolean => (brokerDefinition(name)?.updateMode ?? 'read-only') !== 'read-only'
