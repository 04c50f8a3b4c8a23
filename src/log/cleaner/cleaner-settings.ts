import type { BrokerConfig } from '../../config/index.ts'

/** The `log.cleaner.*` keys that are not a topic's as well. */
export interface CleanerSettings {
  readonly threads: number
  readonly backoffMs: number
  readonly dedupeBufferBytes: number
  readonly loadFactor: number
  readonly ioBufferBytes: number
  readonly ioMaxBytesPerSecond: number
}

/** Kafka's. */
export const DEFAULT_CLEANER_SETTINGS: CleanerSettings = {
  threads: 1,
  backoffMs: 15_000,
  dedupeBufferBytes: 134_217_728,
  loadFactor: 0.9,
  ioBufferBytes: 524_288,
  ioMaxBytesPerSecond: Number.MAX_VALUE,
}

const CLEANER_KEY = /^log\.cleaner\./

/** Null when compaction is turned off. */
export function cleanerSettings(config: BrokerConfig): CleanerSettings | null {
  if (!config.get('log.cleaner.enable')) return null
  return {
    threads: config.get('log.cleaner.threads'),
    backoffMs: Number(config.get('log.cleaner.backoff.ms')),
    dedupeBufferBytes: Number(config.get('log.cleaner.dedupe.buffer.size')),
    loadFactor: config.get('log.cleaner.io.buffer.load.factor'),
    ioBufferBytes: config.get('log.cleaner.io.buffer.size'),
    ioMaxBytesPerSecond: config.get('log.cleaner.io.max.bytes.per.second'),
  }
}

/** Calls `apply` whenever one of the keys has another value. */
export function onCleanerSettings(config: BrokerConfig, apply: (settings: CleanerSettings) => void): void {
  config.subscribe((changed) => {
    const settings = [...changed].some((key) => CLEANER_KEY.test(key)) ? cleanerSettings(config) : null
    if (settings !== null) apply(settings)
  })
}
