import type { BrokerConfig } from '../config/index.ts'
import type { Isolation } from '../replication/partition.ts'
import type { ShareLimits } from './partition/share-partition.ts'

/** Where a group begins to read that has read nothing yet (KIP-1106). */
export type OffsetReset = 'earliest' | 'latest' | { readonly beforeNowMs: number }

/** The part of the configuration that leaders of share partitions need; most of it may be set for single groups. */
export interface SharePartitionConfig {
  /** group.share.max.share.sessions */
  readonly maxSessions: number
  /** share.isolation.level */
  isolation(groupId: string): Isolation
  /** share.auto.offset.reset */
  offsetReset(groupId: string): OffsetReset
  limits(groupId: string): ShareLimits
  /** errors.deadletterqueue.topic.name; empty without a dead-letter queue. */
  deadLetterTopic(groupId: string): string
  /** errors.deadletterqueue.copy.record.enable */
  copiesDeadRecords(groupId: string): boolean
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 }

export function sharePartitionConfig(
  config: BrokerConfig,
  ofGroup: (groupId: string) => ReadonlyMap<string, string>,
  allowsDeadLetters: () => boolean,
): SharePartitionConfig {
  const own = (groupId: string, key: string) => ofGroup(groupId).get(key)
  const number = (groupId: string, key: string, fallback: number) => Number(own(groupId, key) ?? fallback)
  const deadLetterTopic = (groupId: string) => own(groupId, 'errors.deadletterqueue.topic.name') ?? ''
  return {
    maxSessions: config.get('group.share.max.share.sessions'),
    isolation: (groupId) =>
      own(groupId, 'share.isolation.level') === 'read_committed' ? 'readCommitted' : 'readUncommitted',
    offsetReset: (groupId) => offsetReset(own(groupId, 'share.auto.offset.reset') ?? 'latest'),
    limits: (groupId) => ({
      maxInFlight: number(
        groupId,
        'share.partition.max.record.locks',
        config.get('group.share.partition.max.record.locks'),
      ),
      maxDeliveryCount: number(groupId, 'share.delivery.count.limit', config.get('group.share.delivery.count.limit')),
      lockMs: number(groupId, 'share.record.lock.duration.ms', config.get('group.share.record.lock.duration.ms')),
      mayRenew: own(groupId, 'share.renew.acknowledge.enable') !== 'false',
      hasDeadLetterQueue: allowsDeadLetters() && deadLetterTopic(groupId) !== '',
    }),
    deadLetterTopic,
    copiesDeadRecords: (groupId) => own(groupId, 'errors.deadletterqueue.copy.record.enable') === 'true',
  }
}

function offsetReset(strategy: string): OffsetReset {
  if (strategy === 'earliest' || strategy === 'latest') return strategy
  const duration = strategy.slice(strategy.indexOf(':') + 1).toUpperCase()
  let beforeNowMs = 0
  for (const [, amount = '0', unit = 'S'] of duration.matchAll(/([\d.]+)([DHMS])/g)) {
    beforeNowMs += Number(amount) * (MS_PER_UNIT[unit] ?? 0)
  }
  return { beforeNowMs }
}
