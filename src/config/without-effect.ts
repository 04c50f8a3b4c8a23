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
  names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
