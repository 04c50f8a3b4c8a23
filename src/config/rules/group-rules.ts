/**
 * Checks between the keys of groups: a default lies between its bounds, and a session outlives a heartbeat
 * (GroupCoordinatorConfig and ShareGroupConfig of Kafka, with their words and in their order).
 */
import type { BrokerConfig } from '../broker-config.ts'
import type { BrokerConfigName } from '../tables.ts'

type Relation = readonly [left: BrokerConfigName, relation: '>=' | '<=' | '<', right: BrokerConfigName]

const WORDS = {
  '>=': 'must be greater than or equal to',
  '<=': 'must be less than or equal to',
  '<': 'must be less than',
}

function ofKind(kind: 'consumer' | 'share' | 'streams'): Relation[] {
  const between = (key: 'assignment.interval.ms' | 'heartbeat.interval.ms' | 'session.timeout.ms'): Relation[] => [
    [`group.${kind}.max.${key}`, '>=', `group.${kind}.min.${key}`],
    [`group.${kind}.${key}`, '>=', `group.${kind}.min.${key}`],
    [`group.${kind}.${key}`, '<=', `group.${kind}.max.${key}`],
  ]
  return [
    ...between('heartbeat.interval.ms'),
    ...between('session.timeout.ms'),
    [`group.${kind}.heartbeat.interval.ms`, '<', `group.${kind}.session.timeout.ms`],
    ...between('assignment.interval.ms'),
  ]
}

const RELATIONS: readonly Relation[] = [
  ...ofKind('consumer'),
  ...ofKind('share'),
  ...ofKind('streams'),
  ['group.streams.num.standby.replicas', '<=', 'group.streams.max.standby.replicas'],
  ['group.streams.task.offset.interval.ms', '>=', 'group.streams.min.task.offset.interval.ms'],
  ['group.streams.num.warmup.replicas', '<=', 'group.streams.max.warmup.replicas'],
  ['group.share.max.delivery.count.limit', '>=', 'group.share.delivery.count.limit'],
  ['group.share.delivery.count.limit', '>=', 'group.share.min.delivery.count.limit'],
  ['group.share.max.partition.max.record.locks', '>=', 'group.share.partition.max.record.locks'],
  ['group.share.partition.max.record.locks', '>=', 'group.share.min.partition.max.record.locks'],
  ['group.share.record.lock.duration.ms', '>=', 'group.share.min.record.lock.duration.ms'],
  ['group.share.max.record.lock.duration.ms', '>=', 'group.share.record.lock.duration.ms'],
  ['group.share.max.share.sessions', '>=', 'group.share.max.size'],
]

/** The message of the first relation that does not hold; null where all do. */
export function problemOfGroups(config: BrokerConfig): string | null {
  const broken = RELATIONS.find(([left, relation, right]) => {
    const [a, b] = [Number(config.get(left)), Number(config.get(right))]
    return !(relation === '<' ? a < b : relation === '<=' ? a <= b : a >= b)
  })
  return broken === undefined ? null : `${broken[0]} ${WORDS[broken[1]]} ${broken[2]}`
}
