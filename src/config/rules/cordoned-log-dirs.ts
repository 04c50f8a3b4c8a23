import type { BrokerConfig } from '../broker-config.ts'

const ALL = '*'

/** `cordoned.log.dirs`: the log directories that take no new partitions (KIP-1066); `*` stands for all of them. */
export function cordonedLogDirs(config: BrokerConfig): readonly string[] {
  const named = config.get('cordoned.log.dirs')
  return named.includes(ALL) ? config.logDirs : named
}

/** The message of Apache's KafkaConfig for a value that is none; null for one that is. */
export function problemOfCordonedLogDirs(config: BrokerConfig): string | null {
  const named = config.get('cordoned.log.dirs')
  if (named.includes(ALL)) {
    return named.length === 1 ? null : 'When cordoned.log.dirs is set to *, it must not contain other values'
  }
  const missing = named.filter((path) => !config.logDirs.includes(path))
  if (missing.length === 0) return null
  return `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`
}
