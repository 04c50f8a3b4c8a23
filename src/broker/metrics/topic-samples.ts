/** Topics, logs and replicas, in the names that Strimzi's rules give Kafka's metrics. */
import type { LogManager } from '../../log/manager/log-manager.ts'
import { counter, type Exposition, gauge } from '../../metrics/exposition.ts'
import { TOPIC_COUNTERS, type TopicCounter } from '../../metrics/topic-metrics.ts'
import type { Partition } from '../../replication/partition.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'

const HELP: Readonly<Record<TopicCounter, string>> = {
  messagesIn: 'Records that were appended',
  bytesIn: 'Bytes of records that were appended',
  bytesOut: 'Bytes of records that consumers were sent',
  bytesRejected: 'Bytes of batches that were too large',
  totalProduceRequests: 'Appends that were asked for, one for each partition of a request',
  failedProduceRequests: 'Appends that were refused',
  totalFetchRequests: 'Reads that were asked for, one for each partition of a request',
  failedFetchRequests: 'Reads that were refused',
  replicationBytesIn: 'Bytes of records that were copied from leaders',
  replicationBytesOut: 'Bytes of records that followers were sent',
  invalidMessageCrcRecords: 'Batches with a checksum that is wrong',
}
const COUNTERS = TOPIC_COUNTERS.map(
  (name) => [counter(`kafka_server_brokertopicmetrics_${name.toLowerCase()}_total`, HELP[name]), name] as const,
)

const SIZE = gauge('kafka_log_log_size', 'Bytes of a log')
const START = gauge('kafka_log_log_logstartoffset', 'The first offset of a log')
const END = gauge('kafka_log_log_logendoffset', 'The offset behind the last record of a log')
const SEGMENTS = gauge('kafka_log_log_numlogsegments', 'Segments of a log')
const OFFLINE_DIRECTORIES = gauge('kafka_log_logmanager_offlinelogdirectorycount', 'Log directories that have failed')
const OFFLINE_DIRECTORY = gauge('kafka_log_logmanager_logdirectoryoffline', 'Whether a log directory has failed')
export const MEMORY = gauge('samsa_memory_bytes', 'Memory by what holds it, in bytes')

const REPLICAS = 'kafka_server_replicamanager_'
const LEADERS = gauge(`${REPLICAS}leadercount`, 'Partitions that this broker leads')
const PARTITIONS = gauge(`${REPLICAS}partitioncount`, 'Partitions of which this broker has a replica')
const OFFLINE = gauge(`${REPLICAS}offlinereplicacount`, 'Replicas whose log is offline')
const UNDER_REPLICATED = gauge(
  `${REPLICAS}underreplicatedpartitions`,
  'Partitions led here of which a replica is not in sync',
)
const UNDER_MIN_ISR = gauge(
  `${REPLICAS}underminisrpartitioncount`,
  'Partitions led here with fewer replicas in sync than min.insync.replicas',
)
const AT_MIN_ISR = gauge(
  `${REPLICAS}atminisrpartitioncount`,
  'Partitions led here with min.insync.replicas in sync, and none more',
)
const WAITING = gauge(
  'kafka_server_delayedoperationpurgatory_purgatorysize',
  'Requests that wait for others to do something',
)

const PARTITION = 'kafka_cluster_partition_'
const P_REPLICAS = gauge(`${PARTITION}replicascount`, 'Replicas of a partition, as its leader knows them')
const P_IN_SYNC = gauge(`${PARTITION}insyncreplicascount`, 'Replicas of a partition that are in sync')
const P_UNDER = gauge(`${PARTITION}underreplicated`, 'Whether a replica of a partition is not in sync')
const P_UNDER_MIN = gauge(`${PARTITION}underminisr`, 'Whether fewer replicas are in sync than min.insync.replicas')
const P_AT_MIN = gauge(
  `${PARTITION}atminisr`,
  'Whether as many replicas are in sync as min.insync.replicas, and none more',
)
const P_STABLE_LAG = gauge(`${PARTITION}laststableoffsetlag`, 'Committed records behind the first open transaction')

export function collectTopics(to: Exposition, replicas: ReplicaManager): void {
  const all = replicas.topicMetrics.sum()
  const topics = [...replicas.topicMetrics.all()]
  for (const [family, name] of COUNTERS) {
    to.add(family, all[name])
    for (const [topic, metrics] of topics) to.add(family, metrics[name], { topic })
  }
}

export function collectLogs(to: Exposition, logs: LogManager): void {
  for (const log of logs.logs()) {
    const labels = { topic: log.topic, partition: log.partition }
    to.add(SIZE, log.sizeBytes, labels)
    to.add(START, log.logStartOffset, labels)
    to.add(END, log.logEndOffset, labels)
    to.add(SEGMENTS, log.state.segments.count, labels)
  }
  to.add(OFFLINE_DIRECTORIES, logs.directories.filter(({ offline }) => offline).length)
  for (const { path, offline } of logs.directories) to.add(OFFLINE_DIRECTORY, Number(offline), { logDirectory: path })
  to.add(MEMORY, logs.context.tailCache.pinnedBytes, { owner: 'tail cache' })
}

export function collectReplicas(to: Exposition, replicas: ReplicaManager): void {
  const counts = { leaders: 0, partitions: 0, offline: 0, underReplicated: 0, underMin: 0, atMin: 0 }
  for (const partition of replicas.all()) {
    counts.partitions++
    if (partition.log.offline) counts.offline++
    if (partition.role.kind !== 'leader' || partition.role.resigned) continue
    counts.leaders++
    const { isUnderReplicated, isUnderMin, isAtMin } = collectPartition(to, partition)
    counts.underReplicated += isUnderReplicated
    counts.underMin += isUnderMin
    counts.atMin += isAtMin
  }
  to.add(LEADERS, counts.leaders)
  to.add(PARTITIONS, counts.partitions)
  to.add(OFFLINE, counts.offline)
  to.add(UNDER_REPLICATED, counts.underReplicated)
  to.add(UNDER_MIN_ISR, counts.underMin)
  to.add(AT_MIN_ISR, counts.atMin)
  to.add(WAITING, replicas.waiting.size, { delayedOperation: 'Fetch' })
}

function collectPartition(
  to: Exposition,
  { topic, partition, state, log, highWatermark, lastStableOffset }: Partition,
) {
  const { replicas, inSyncReplicas } = state
  const minInSync = Math.min(log.config.minInsyncReplicas, replicas.length)
  const isUnderReplicated = Number(inSyncReplicas.length < replicas.length)
  const isUnderMin = Number(inSyncReplicas.length < minInSync)
  const isAtMin = Number(inSyncReplicas.length === minInSync)
  const labels = { topic, partition }
  to.add(P_REPLICAS, replicas.length, labels)
  to.add(P_IN_SYNC, inSyncReplicas.length, labels)
  to.add(P_UNDER, isUnderReplicated, labels)
  to.add(P_UNDER_MIN, isUnderMin, labels)
  to.add(P_AT_MIN, isAtMin, labels)
  to.add(P_STABLE_LAG, highWatermark - lastStableOffset, labels)
  return { isUnderReplicated, isUnderMin, isAtMin }
}
