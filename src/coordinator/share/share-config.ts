import type { BrokerConfig } from '../../config/index.ts'

/** The share coordinator's part of the broker's configuration; none of it can be changed while the broker runs. */
export interface ShareCoordinatorConfig {
  /** share.coordinator.snapshot.update.records.per.snapshot */
  readonly updatesPerSnapshot: number
  /** share.coordinator.state.topic.prune.interval.ms */
  readonly pruneIntervalMs: number
  /** share.coordinator.cold.partition.snapshot.interval.ms */
  readonly coldSnapshotIntervalMs: number
  /** share.coordinator.write.timeout.ms */
  readonly writeTimeoutMs: number
  /** share.coordinator.load.buffer.size */
  readonly loadBufferBytes: number
  /** share.coordinator.append.linger.ms */
  readonly appendLingerMs: number
  /** share.coordinator.state.topic.compression.codec, by number */
  readonly compressionTypeId: number
}

export function shareCoordinatorConfig(config: BrokerConfig): ShareCoordinatorConfig {
  return {
    updatesPerSnapshot: config.get('share.coordinator.snapshot.update.records.per.snapshot'),
    pruneIntervalMs: config.get('share.coordinator.state.topic.prune.interval.ms'),
    coldSnapshotIntervalMs: config.get('share.coordinator.cold.partition.snapshot.interval.ms'),
    writeTimeoutMs: config.get('share.coordinator.write.timeout.ms'),
    loadBufferBytes: config.get('share.coordinator.load.buffer.size'),
    appendLingerMs: config.get('share.coordinator.append.linger.ms'),
    compressionTypeId: config.get('share.coordinator.state.topic.compression.codec'),
  }
}
