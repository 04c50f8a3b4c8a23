/**
 * Topics and groups in the names of kafka_exporter, whose dashboards ask for them: offsets and lag of groups of all kinds,
 * those of whose partitions this broker has a replica. A group is told by its coordinator alone, so that a sum over all
 * brokers is right.
 */
import { aliveBrokers } from '../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { type Exposition, gauge } from '../../metrics/exposition.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { GroupNow } from './groups-now.ts'
import type { RecordTimes } from './record-times.ts'

const BROKERS = gauge('kafka_brokers', 'Brokers of the cluster that are not fenced')
const BROKER = gauge('kafka_broker_info', 'Brokers of the cluster and where they are reached')
const T_PARTITIONS = gauge('kafka_topic_partitions', 'Partitions of a topic')
const T_LEADER = gauge('kafka_topic_partition_leader', 'The broker that leads a partition')
const T_CURRENT = gauge(
  'kafka_topic_partition_current_offset',
  'The offset behind the last committed record of a partition',
)
const T_OLDEST = gauge('kafka_topic_partition_oldest_offset', 'The first offset of a partition')
const T_REPLICAS = gauge('kafka_topic_partition_replicas', 'Replicas of a partition')
const T_IN_SYNC = gauge('kafka_topic_partition_in_sync_replica', 'Replicas of a partition that are in sync')
const T_PREFERRED = gauge(
  'kafka_topic_partition_leader_is_preferred',
  'Whether the preferred replica leads a partition',
)
const T_UNDER = gauge(
  'kafka_topic_partition_under_replicated_partition',
  'Whether a replica of a partition is not in sync',
)
const G_MEMBERS = gauge('kafka_consumergroup_members', 'Members of a group')
const G_CURRENT = gauge(
  'kafka_consumergroup_current_offset',
  'Where a group has come to in a partition; -1: nowhere yet',
)
const G_CURRENT_SUM = gauge(
  'kafka_consumergroup_current_offset_sum',
  'Where a group has come to in a topic, over all partitions',
)
const G_LAG = gauge(
  'kafka_consumergroup_lag',
  'Records of a partition that a group has not come to; -1: it has not begun',
)
const G_LAG_SUM = gauge('kafka_consumergroup_lag_sum', 'Records of a topic that a group has not come to')
const G_LAG_SECONDS = gauge(
  'kafka_consumergroup_lag_seconds',
  'The age of the first record of a partition that a group has not come to; 0 where it has come to all',
)
const GROUPS = gauge('samsa_groups', 'Groups that this broker coordinates, by their type and state')

export function collectMetadata(to: Exposition, { cluster, topics }: MetadataImage): void {
  const brokers = aliveBrokers(cluster)
  to.add(BROKERS, brokers.length)
  for (const { brokerId, endPoints } of brokers) {
    const [endPoint] = endPoints
    to.add(BROKER, 1, { id: brokerId, address: endPoint === undefined ? '' : `${endPoint.host}:${endPoint.port}` })
  }
  for (const { name: topic, partitions } of topics) {
    to.add(T_PARTITIONS, partitions.length, { topic })
    partitions.forEach(({ leader, replicas, isr }, partition) => {
      const labels = { topic, partition }
      to.add(T_LEADER, leader, labels)
      to.add(T_REPLICAS, replicas.length, labels)
      to.add(T_IN_SYNC, isr.length, labels)
      to.add(T_PREFERRED, Number(leader === replicas[0]), labels)
      to.add(T_UNDER, Number(isr.length < replicas.length), labels)
    })
  }
}

/** Offsets of the partitions that this broker leads: the others tell of theirs. */
export function collectOffsets(to: Exposition, replicas: ReplicaManager): void {
  for (const { topic, partition, role, highWatermark, log } of replicas.all()) {
    if (role.kind !== 'leader') continue
    to.add(T_CURRENT, highWatermark, { topic, partition })
    to.add(T_OLDEST, log.logStartOffset, { topic, partition })
  }
}

export async function collectGroups(
  to: Exposition,
  groups: readonly GroupNow[],
  replicas: ReplicaManager,
  times: RecordTimes,
): Promise<void> {
  const counts = new Map<string, number>()
  for (const { type, state } of groups) {
    const key = JSON.stringify([type, state])
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const [key, count] of counts) {
    const [type, state] = JSON.parse(key) as [string, string]
    to.add(GROUPS, count, { type, state })
  }
  for (const group of groups) {
    to.add(G_MEMBERS, group.members, { consumergroup: group.groupId })
    for (const [topic, offsets] of group.offsets) await collectTopic(to, { group, topic, offsets, replicas, times })
  }
  times.sweep()
}

interface TopicOfGroup {
  readonly group: GroupNow
  readonly topic: string
  /** By partition; -1: none is committed. */
  readonly offsets: ReadonlyMap<number, number>
  readonly replicas: ReplicaManager
  readonly times: RecordTimes
}

async function collectTopic(to: Exposition, { group, topic, offsets, replicas, times }: TopicOfGroup): Promise<void> {
  const { groupId: consumergroup } = group
  let [offsetSum, lagSum] = [0, 0]
  for (const [index, offset] of offsets) {
    const labels = { consumergroup, topic, partition: index }
    offsetSum += offset
    to.add(G_CURRENT, offset, labels)
    const partition = replicas.get(topic, index)
    if (partition === undefined) continue
    const lag = offset === -1 ? -1 : Math.max(0, partition.highWatermark - offset)
    if (lag > 0) lagSum += lag
    to.add(G_LAG, lag, labels)
    const seconds = lag < 0 ? null : lag === 0 ? 0 : await times.ageSeconds(consumergroup, partition, offset)
    if (seconds !== null) to.add(G_LAG_SECONDS, seconds, labels)
  }
  to.add(G_CURRENT_SUM, offsetSum, { consumergroup, topic })
  to.add(G_LAG_SUM, lagSum, { consumergroup, topic })
}
