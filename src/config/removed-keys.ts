/**
 * Keys of brokers that files and environments written for older Kafkas still hold, with what stands in their place; null
 * where nothing has to. Kafka 4 reads none of them.
 */
const removed: Readonly<Record<string, string | null>> = {
  'advertised.host.name': 'advertised.listeners',
  'advertised.port': 'advertised.listeners',
  'broker.id.generation.enable': null,
  'control.plane.listener.name': null,
  'controlled.shutdown.max.retries': null,
  'controlled.shutdown.retry.backoff.ms': null,
  'delegation.token.master.key': 'delegation.token.secret.key',
  'eligible.leader.replicas.enable': null,
  'group.coordinator.new.enable': 'group.coordinator.rebalance.protocols',
  'host.name': 'listeners',
  'inter.broker.protocol.version': null,
  'leader.imbalance.per.broker.percentage': null,
  'log.message.downconversion.enable': null,
  'log.message.format.version': null,
  'log.message.timestamp.difference.max.ms': 'log.message.timestamp.before.max.ms',
  'offsets.commit.required.acks': null,
  port: 'listeners',
  'quota.consumer.default': null,
  'quota.producer.default': null,
  'reserved.broker.max.id': null,
}
const prefixes = ['zookeeper.', 'password.encoder.']

export const isRemovedKey = (name: string): boolean =>
  Object.hasOwn(removed, name) || prefixes.some((prefix) => name.startsWith(prefix))

/** `port (use listeners), zookeeper.connect`: for a sentence that says of all of them that Kafka 4 has removed them. */
export const namesOfRemovedKeys = (names: readonly string[]): string =>
  names.map((name) => (removed[name] ? `${name} (use ${removed[name]})` : name)).join(', ')
