import type { BrokerConfig } from '../../config/broker-config.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../log/log-config.ts'

/** Segments are removed below a snapshot, never by age or size; batches are bounded by the controller alone. */
export function metadataLogConfig(config: BrokerConfig): LogConfig {
  return {
    ...DEFAULT_LOG_CONFIG,
    segmentBytes: config.get('metadata.log.segment.bytes'),
    segmentMs: config.get('metadata.log.segment.ms'),
    retentionBytes: -1,
    retentionMs: -1,
    maxMessageBytes: 2 ** 31 - 1,
  }
}
