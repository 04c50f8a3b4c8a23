/** What the group coordinator reads of the broker's configuration, under Kafka's keys. */
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
  readonly compressionType: number
  /** group.coordinator.append.linger.ms */
  readonly appendLingerMs: number
}

/** A new member has this long to come back for its first assignment, whatever its session timeout (as in Kafka). */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
