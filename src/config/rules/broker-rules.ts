import type { BrokerConfig } from '../broker-config.ts'
import { checkControlListener, parseHttpListeners } from '../http-listeners.ts'
import { advertisedListeners, brokerListeners, controllerListeners, interBrokerListenerName } from '../listeners.ts'
import { isControllerAlone, mayHavePeers, problemOfRole } from '../roles.ts'
import { parseTopicsToCreate } from '../sources/topics-to-create.ts'
import { ConfigError } from '../values.ts'
import { problemOfCordonedLogDirs } from './cordoned-log-dirs.ts'
import { problemOfGroups } from './group-rules.ts'
import { checkSecurity } from './security-rules.ts'

/**
 * Checks between keys: those of KafkaConfig that concern a node in its roles. Throws
 * `ConfigError` for the first that fails.
 */
export function checkBrokerConfig(config: BrokerConfig): void {
  for (const [holds, problem] of rules) {
    if (!holds(config)) throw new ConfigError(problem(config))
  }
  checkListeners(config)
  checkConnectionLimits(config)
  parseTopicsToCreate(config.get('samsa.create.topics'))
  parseHttpListeners('samsa.http.listeners', config.get('samsa.http.listeners') ?? [])
  parseHttpListeners('samsa.schema.registry.listeners', config.get('samsa.schema.registry.listeners') ?? [])
  checkControlListener(config)
}

const hasLogins = (config: BrokerConfig): boolean =>
  brokerListeners(config).some(({ securityProtocol }) => securityProtocol.startsWith('SASL_'))

type Rule = readonly [holds: (config: BrokerConfig) => boolean, problem: (config: BrokerConfig) => string]

/** A check that says by itself what is wrong; null: nothing. */
const asRule = (problemOf: (config: BrokerConfig) => string | null): Rule => [
  (config) => problemOf(config) === null,
  (config) => problemOf(config) ?? '',
]

const rules: readonly Rule[] = [
  [
    (config) => !config.isSet('broker.id') || config.get('broker.id') === config.get('node.id'),
    () => 'You must set `node.id` to the same value as `broker.id`.',
  ],
  asRule(problemOfRole),
  [
    (config) => !isControllerAlone(config) || (config.get('samsa.schema.registry.listeners') ?? []).length === 0,
    () =>
      'samsa.schema.registry.listeners needs a broker: this node is a controller alone. Add broker to process.roles, or leave the key out.',
  ],
  [
    (config) => config.get('samsa.schema.registry.authentication.method') !== 'BASIC' || hasLogins(config),
    () =>
      'samsa.schema.registry.authentication.method=BASIC needs users, and no listener of this broker has any: give one SASL_PLAINTEXT or SASL_SSL, or start with --user name:password.',
  ],
  [
    (config) => config.get('samsa.like') === null || !mayHavePeers(config),
    () => 'samsa.like is for a broker that is alone: other nodes speak to it in the versions of this release.',
  ],
  [(config) => (config.get('log.roll.ms') ?? 1) >= 1, () => 'log.roll.ms must be greater than or equal to 1'],
  [
    (config) => (config.get('log.roll.jitter.ms') ?? 0) >= 0,
    () => 'log.roll.jitter.ms must be greater than or equal to 0',
  ],
  [
    (config) => config.topicConfig()['retention.ms'] !== 0,
    () => 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1',
  ],
  [
    (config) => config.topicConfig()['min.compaction.lag.ms'] <= config.topicConfig()['max.compaction.lag.ms'],
    (config) =>
      `conflict topic config setting min.compaction.lag.ms (${config.topicConfig()['min.compaction.lag.ms']}) > max.compaction.lag.ms (${config.topicConfig()['max.compaction.lag.ms']})`,
  ],
  [
    (config) =>
      config.get('log.cleaner.threads') === 0 ||
      config.get('log.cleaner.dedupe.buffer.size') / config.get('log.cleaner.threads') > 1_048_576,
    () => 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
  ],
  [
    (config) => {
      const bytes = config.get('queued.max.request.bytes')
      return bytes <= 0 || bytes >= config.get('socket.request.max.bytes')
    },
    () => 'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
  ],
  [
    (config) => !(config.isSet('inter.broker.listener.name') && config.isSet('security.inter.broker.protocol')),
    () => 'Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.',
  ],
  [
    (config) => config.get('group.min.session.timeout.ms') <= config.get('group.max.session.timeout.ms'),
    () => 'group.max.session.timeout.ms must be greater than or equal to group.min.session.timeout.ms',
  ],
  asRule(problemOfGroups),
  asRule(problemOfCordonedLogDirs),
  [
    (config) => config.get('offsets.topic.compression.codec') === 0,
    () =>
      'offsets.topic.compression.codec is not possible other than 0: the offsets topic is written without compression.',
  ],
  [
    (config) => !config.get('remote.log.storage.system.enable'),
    () =>
      'remote.log.storage.system.enable=true is not possible: tiered storage needs plugins of Java. Leave it out, and all segments stay in log.dirs.',
  ],
]

function checkListeners(config: BrokerConfig): void {
  const listeners = brokerListeners(config)
  if (listeners.length === 0 && !isControllerAlone(config)) {
    throw new ConfigError('listeners has no listener for clients: all of them are in controller.listener.names.')
  }
  checkSecurity(config, listeners, controllerListeners(config))
  if (isControllerAlone(config)) return
  const advertised = advertisedListeners(config)
  const interBroker = interBrokerListenerName(config)
  const chosen = config.isSet('inter.broker.listener.name') || config.isSet('security.inter.broker.protocol')
  if (chosen && !advertised.has(interBroker)) {
    throw new ConfigError(
      `inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${[...advertised.keys()].join(',')}`,
    )
  }
}

function checkConnectionLimits(config: BrokerConfig): void {
  const overrides = connectionOverrides(config.get('max.connections.per.ip.overrides'))
  if (config.get('max.connections.per.ip') === 0 && overrides.size === 0) {
    throw new ConfigError(
      'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
    )
  }
}

/** `max.connections.per.ip.overrides`: host or address → connections, as `127.0.0.1:200,example.org:5`. */
export function connectionOverrides(text: string): ReadonlyMap<string, number> {
  const overrides = new Map<string, number>()
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const colon = entry.lastIndexOf(':')
    const count = entry.slice(colon + 1).trim()
    if (colon < 1 || !/^\d+$/.test(count)) {
      throw new ConfigError(
        `Invalid value ${text} for configuration max.connections.per.ip.overrides: ${entry} is not host:connections`,
      )
    }
    overrides.set(
      entry
        .slice(0, colon)
        .trim()
        .replace(/^\[|\]$/g, ''),
      Number(count),
    )
  }
  return overrides
}
