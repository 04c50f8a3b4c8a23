import type { BrokerConfig } from '../../config/index.ts'

/** The group coordinator's part of the broker's configuration. */
export interface GroupCoordinatorConfig {
  /** group.min.session.timeout.ms and group.max.session.timeout.ms */
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  /** group.max.size */
  readonly maxGroupSize: number
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** offset.metadata.max.bytes; Kafka counts UTF-16 units. */
  readonly offsetMetadataMaxBytes: number
  /** offsets.retention.minutes */
  readonly offsetsRetentionMs: number
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckIntervalMs: number
  /** offsets.commit.timeout.ms */
  readonly commitTimeoutMs: number
  /** offsets.load.buffer.size */
  readonly loadBufferBytes: number
  /** offsets.topic.compression.codec, by number */
  readonly compressionTypeId: number
  /** group.coordinator.append.linger.ms */
  readonly appendLingerMs: number
  readonly consumer: ConsumerGroupConfig
}

/** Concerns groups of KIP-848; times may be set for single groups. */
export interface ConsumerGroupConfig {
  /** group.coordinator.rebalance.protocols */
  readonly isEnabled: boolean
  /** group.consumer.max.size */
  readonly maxSize: number
  /** group.consumer.assignors by name; the first one is the default. */
  readonly assignors: readonly string[]
  /** group.consumer.migration.policy */
  readonly mayUpgrade: boolean
  readonly mayDowngrade: boolean
  /** group.consumer.regex.refresh.interval.ms */
  readonly regexRefreshIntervalMs: number
  /** consumer.session.timeout.ms */
  sessionTimeoutMs(groupId: string): number
  /** consumer.heartbeat.interval.ms */
  heartbeatIntervalMs(groupId: string): number
  /** consumer.assignment.interval.ms */
  assignmentIntervalMs(groupId: string): number
}

/** The dynamic configuration of a group, by key. */
export type GroupProperties = (groupId: string) => ReadonlyMap<string, string>

const MS_PER_MINUTE = 60_000

/** None of these can be changed while the broker runs, in Kafka as here. */
export function groupCoordinatorConfig(
  config: BrokerConfig,
  ofGroup: GroupProperties = () => NO_PROPERTIES,
): GroupCoordinatorConfig {
  return {
    minSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    maxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    maxGroupSize: config.get('group.max.size'),
    initialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    offsetMetadataMaxBytes: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * MS_PER_MINUTE,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    commitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    loadBufferBytes: config.get('offsets.load.buffer.size'),
    compressionTypeId: config.get('offsets.topic.compression.codec'),
    appendLingerMs: config.get('group.coordinator.append.linger.ms'),
    consumer: consumerGroupConfig(config, ofGroup),
  }
}

function consumerGroupConfig(config: BrokerConfig, ofGroup: GroupProperties): ConsumerGroupConfig {
  const policy = config.get('group.consumer.migration.policy').toLowerCase()
  const timeOf = (key: GroupTime) => (groupId: string) => {
    const own = ofGroup(groupId).get(`consumer.${key}`)
    return own === undefined ? config.get(`group.consumer.${key}`) : Number(own)
  }
  return {
    isEnabled: config.get('group.coordinator.rebalance.protocols').some((name) => name.toLowerCase() === 'consumer'),
    maxSize: config.get('group.consumer.max.size'),
    assignors: config.get('group.consumer.assignors').map((name) => ASSIGNOR_CLASSES[name] ?? name),
    mayUpgrade: policy === 'bidirectional' || policy === 'upgrade',
    mayDowngrade: policy === 'bidirectional' || policy === 'downgrade',
    regexRefreshIntervalMs: config.get('group.consumer.regex.refresh.interval.ms'),
    sessionTimeoutMs: timeOf('session.timeout.ms'),
    heartbeatIntervalMs: timeOf('heartbeat.interval.ms'),
    assignmentIntervalMs: timeOf('assignment.interval.ms'),
  }
}

type GroupTime = 'session.timeout.ms' | 'heartbeat.interval.ms' | 'assignment.interval.ms'

const NO_PROPERTIES: ReadonlyMap<string, string> = new Map()

/** Apache's assignors may be named by their classes. */
const ASSIGNOR_CLASSES: Readonly<Record<string, string>> = {
  'org.apache.kafka.coordinator.group.assignor.UniformAssignor': 'uniform',
  'org.apache.kafka.coordinator.group.assignor.RangeAssignor': 'range',
}

/** A new member has this long to come back for its first assignment, whatever its session timeout (as in Kafka). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
