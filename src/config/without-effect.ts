import type { BrokerConfigName } from './tables.ts'

/** Keys that Kafka needs for its threads, its JVM, or more nodes than one. */
const names: ReadonlySet<string> = new Set<BrokerConfigName>([
  'alter.config.policy.class.name',
  'background.threads',
  'client.quota.callback.class',
  'config.providers',
  'create.topic.policy.class.name',
  'group.coordinator.background.threads',
  'group.coordinator.threads',
  'kafka.metrics.polling.interval.secs',
  'kafka.metrics.reporters',
  'metric.reporters',
  'metrics.num.samples',
  'metrics.recording.level',
  'metrics.sample.window.ms',
  'num.io.threads',
  'num.network.threads',
  'num.replica.alter.log.dirs.threads',
  'num.replica.fetchers',
  'security.providers',
  'share.coordinator.threads',
  'socket.receive.buffer.bytes',
  'socket.send.buffer.bytes',
])

const prefixes = ['controller.quorum.', 'replica.', 'remote.']

/** Accepted, checked, shown by DescribeConfigs, and of no effect here. */
export const isWithoutEffect = (name: string): boolean =>
  names.has(name) || prefixes.some((prefix) => name.startsWith(prefix)) || (KEYS_OF_4_4[name] ?? null) !== null

const NO_TIERED_STORAGE = 'every segment stays on local disk'
const NO_SHARE_GROUPS = 'share groups are not served'
const NO_STREAMS_GROUPS = 'streams groups are not served'

/**
 * The keys of brokers, topics and groups that Kafka 4.4 brought, each with why it has no effect here yet; null for those
 * that have one.
 */
export const KEYS_OF_4_4: Readonly<Record<string, string | null>> = {
  'max.decompressed.message.bytes': null,
  'consumer.assignor.offload.enable': 'assignments are computed between two requests, never in a thread of their own',
  'group.consumer.assignor.offload.enable':
    'assignments are computed between two requests, never in a thread of their own',
  'log.remote.copy.lag.bytes': NO_TIERED_STORAGE,
  'log.remote.copy.lag.ms': NO_TIERED_STORAGE,
  'remote.copy.lag.bytes': NO_TIERED_STORAGE,
  'remote.copy.lag.ms': NO_TIERED_STORAGE,
  'errors.deadletterqueue.auto.create.topics.enable': NO_SHARE_GROUPS,
  'errors.deadletterqueue.copy.record.enable': NO_SHARE_GROUPS,
  'errors.deadletterqueue.group.enable': NO_SHARE_GROUPS,
  'errors.deadletterqueue.topic.name': NO_SHARE_GROUPS,
  'errors.deadletterqueue.topic.name.prefix': NO_SHARE_GROUPS,
  'group.share.assignor.offload.enable': NO_SHARE_GROUPS,
  'group.share.dlq.manager.class.name': NO_SHARE_GROUPS,
  'share.assignor.offload.enable': NO_SHARE_GROUPS,
  'group.streams.acceptable.recovery.lag': NO_STREAMS_GROUPS,
  'group.streams.assignor.offload.enable': NO_STREAMS_GROUPS,
  'group.streams.assignors': NO_STREAMS_GROUPS,
  'group.streams.max.warmup.replicas': NO_STREAMS_GROUPS,
  'group.streams.min.task.offset.interval.ms': NO_STREAMS_GROUPS,
  'group.streams.num.warmup.replicas': NO_STREAMS_GROUPS,
  'group.streams.rack.aware.assignment.tags': NO_STREAMS_GROUPS,
  'group.streams.task.offset.interval.ms': NO_STREAMS_GROUPS,
  'group.streams.topology.description.plugin.class': NO_STREAMS_GROUPS,
  'streams.acceptable.recovery.lag': NO_STREAMS_GROUPS,
  'streams.assignor.name': NO_STREAMS_GROUPS,
  'streams.assignor.offload.enable': NO_STREAMS_GROUPS,
  'streams.num.warmup.replicas': NO_STREAMS_GROUPS,
  'streams.rack.aware.assignment.tags': NO_STREAMS_GROUPS,
  'streams.task.offset.interval.ms': NO_STREAMS_GROUPS,
  'sasl.oauthbearer.allow.unverified.audience': 'SASL is not spoken',
  'sasl.oauthbearer.allow.unverified.issuer': 'SASL is not spoken',
}
