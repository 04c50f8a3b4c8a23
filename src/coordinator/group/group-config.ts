import type { BrokerConfig } from '../../config/index.ts'

/** What the group coordinator reads of the broker's configuration. */
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
}

const MS_PER_MINUTE = 60_000

/** None of these can be changed while the broker runs, in Kafka as here. */
export function groupCoordinatorConfig(config: BrokerConfig): GroupCoordinatorConfig {
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
  }
}

/** A new member has this long to come back for its first assignment, whatever its session timeout (as in Kafka). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
