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
  readonly streams: StreamsGroupConfig
  readonly share: ShareGroupConfig
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

/** Concerns groups of KIP-1071; what takes a group's id may be set for single groups. */
export interface StreamsGroupConfig {
  /** group.coordinator.rebalance.protocols */
  readonly isEnabled: boolean
  /** group.streams.max.size */
  readonly maxSize: number
  /** streams.session.timeout.ms */
  sessionTimeoutMs(groupId: string): number
  /** streams.heartbeat.interval.ms */
  heartbeatIntervalMs(groupId: string): number
  /** streams.assignment.interval.ms */
  assignmentIntervalMs(groupId: string): number
  /** streams.initial.rebalance.delay.ms */
  initialRebalanceDelayMs(groupId: string): number
  /** streams.num.standby.replicas */
  standbyReplicas(groupId: string): number
  /** streams.assignor.name, else the first of group.streams.assignors. */
  assignor(groupId: string): string
  /** streams.rack.aware.assignment.tags */
  rackAwareTags(groupId: string): readonly string[]
  /** streams.task.offset.interval.ms */
  taskOffsetIntervalMs(groupId: string): number
  /** streams.acceptable.recovery.lag, in records. */
  acceptableRecoveryLag(groupId: string): number
}

/** Concerns groups of KIP-932; times may be set for single groups. */
export interface ShareGroupConfig {
  /** group.share.max.size */
  readonly maxSize: number
  /** group.share.initialize.retry.interval.ms */
  readonly initializeRetryIntervalMs: number
  /** share.session.timeout.ms */
  sessionTimeoutMs(groupId: string): number
  /** share.heartbeat.interval.ms */
  heartbeatIntervalMs(groupId: string): number
  /** share.assignment.interval.ms */
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
    streams: streamsGroupConfig(config, ofGroup),
    share: shareGroupConfig(config, ofGroup),
  }
}

function consumerGroupConfig(config: BrokerConfig, ofGroup: GroupProperties): ConsumerGroupConfig {
  const policy = config.get('group.consumer.migration.policy').toLowerCase()
  const timeOf = timesOf('consumer', config, ofGroup)
  return {
    isEnabled: isProtocolEnabled(config, 'consumer'),
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

function streamsGroupConfig(config: BrokerConfig, ofGroup: GroupProperties): StreamsGroupConfig {
  const numberOf = (key: StreamsNumber) => (groupId: string) => {
    const own = ofGroup(groupId).get(`streams.${key}`)
    return own === undefined ? Number(config.get(`group.streams.${key}`)) : Number(own)
  }
  return {
    isEnabled: isProtocolEnabled(config, 'streams'),
    maxSize: config.get('group.streams.max.size'),
    sessionTimeoutMs: numberOf('session.timeout.ms'),
    heartbeatIntervalMs: numberOf('heartbeat.interval.ms'),
    assignmentIntervalMs: numberOf('assignment.interval.ms'),
    initialRebalanceDelayMs: numberOf('initial.rebalance.delay.ms'),
    standbyReplicas: numberOf('num.standby.replicas'),
    assignor: (groupId) =>
      ofGroup(groupId).get('streams.assignor.name') ?? config.get('group.streams.assignors')[0] ?? '',
    rackAwareTags: (groupId) => {
      const own = ofGroup(groupId).get('streams.rack.aware.assignment.tags')
      if (own === undefined) return config.get('group.streams.rack.aware.assignment.tags')
      return own === '' ? [] : own.split(',').map((tag) => tag.trim())
    },
    taskOffsetIntervalMs: numberOf('task.offset.interval.ms'),
    acceptableRecoveryLag: numberOf('acceptable.recovery.lag'),
  }
}

type StreamsNumber =
  | GroupTime
  | 'initial.rebalance.delay.ms'
  | 'num.standby.replicas'
  | 'task.offset.interval.ms'
  | 'acceptable.recovery.lag'

function isProtocolEnabled(config: BrokerConfig, protocol: string): boolean {
  return config.get('group.coordinator.rebalance.protocols').some((name) => name.toLowerCase() === protocol)
}

function shareGroupConfig(config: BrokerConfig, ofGroup: GroupProperties): ShareGroupConfig {
  const timeOf = timesOf('share', config, ofGroup)
  return {
    maxSize: config.get('group.share.max.size'),
    initializeRetryIntervalMs: config.get('group.share.initialize.retry.interval.ms'),
    sessionTimeoutMs: timeOf('session.timeout.ms'),
    heartbeatIntervalMs: timeOf('heartbeat.interval.ms'),
    assignmentIntervalMs: timeOf('assignment.interval.ms'),
  }
}

/** A group's own time, or what the broker says for groups of the kind. */
function timesOf(kind: 'consumer' | 'share', config: BrokerConfig, ofGroup: GroupProperties) {
  return (key: GroupTime) =>
    (groupId: string): number => {
      const own = ofGroup(groupId).get(`${kind}.${key}`)
      return own === undefined ? config.get(`group.${kind}.${key}`) : Number(own)
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
