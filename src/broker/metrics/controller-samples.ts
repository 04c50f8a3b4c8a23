/** The cluster and its metadata log, in the names that Strimzi's rules give Kafka's metrics. */
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { counter, type Exposition, gauge } from '../../metrics/exposition.ts'
import type { ClusterChanges } from './cluster-changes.ts'

const CONTROLLER = 'kafka_controller_kafkacontroller_'
const ACTIVE = gauge(`${CONTROLLER}activecontrollercount`, 'Whether the controller of this node is the active one')
const TOPICS = gauge(`${CONTROLLER}globaltopiccount`, 'Topics of the cluster')
const PARTITIONS = gauge(`${CONTROLLER}globalpartitioncount`, 'Partitions of the cluster')
const OFFLINE = gauge(`${CONTROLLER}offlinepartitionscount`, 'Partitions of the cluster that nobody leads')
const IMBALANCE = gauge(
  `${CONTROLLER}preferredreplicaimbalancecount`,
  'Partitions whose leader is not their preferred replica',
)
const BROKERS = gauge(`${CONTROLLER}activebrokercount`, 'Brokers that are not fenced')
const FENCED = gauge(`${CONTROLLER}fencedbrokercount`, 'Brokers that are registered and fenced')
const APPLIED = gauge(
  `${CONTROLLER}lastappliedrecordoffset`,
  'The offset of the metadata log up to which this node knows it',
)
const UNCLEAN = counter(
  'kafka_controller_controllerstats_uncleanleaderelections_total',
  'Leaders that may lack records',
)
const ELECTIONS = counter('kafka_controller_controllerstats_leaderelection_total', 'Partitions that got another leader')
const SHRINKS = counter(
  'kafka_server_replicamanager_isrshrinks_total',
  'Replicas fell out of sync, by partition led here',
)
const EXPANDS = counter(
  'kafka_server_replicamanager_isrexpands_total',
  'Replicas came into sync, by partition led here',
)
const METADATA = 'kafka_server_brokermetadatametrics_'
const BROKER_APPLIED = gauge(
  `${METADATA}last_applied_record_offset`,
  'The offset of the metadata log up to which this broker knows it',
)

const RAFT = 'kafka_server_raftmetrics_'
const STATE = {
  name: `${RAFT}current_state`,
  type: 'untyped',
  help: 'The role in the quorum of the metadata log',
} as const
const LEADER = gauge(`${RAFT}current_leader`, 'The node whose controller is active; -1 where that is not known')
const EPOCH = gauge(`${RAFT}current_epoch`, 'The epoch of the quorum')
const VOTE = gauge(`${RAFT}current_vote`, 'The node that this one has voted for; -1: none')
const WATERMARK = gauge(`${RAFT}high_watermark`, 'The offset up to which the metadata log is committed')
const END = gauge(`${RAFT}log_end_offset`, 'The offset behind the last record of the metadata log')
const APPEND_RATE = gauge(
  `${RAFT}append_records_rate`,
  'Records that came to the metadata log since the last scrape, a second',
)
const FETCH_RATE = gauge(
  `${RAFT}fetch_records_rate`,
  'Records that this node fetched of the metadata log since the last scrape, a second',
)

export function collectCluster(
  to: Exposition,
  { topics, cluster, provenance }: MetadataImage,
  changes: ClusterChanges,
  isController: boolean,
): void {
  let [partitions, offline, imbalance] = [0, 0, 0]
  for (const topic of topics) {
    for (const { leader, replicas } of topic.partitions) {
      partitions++
      if (leader === -1) offline++
      if (leader !== replicas[0]) imbalance++
    }
  }
  const brokers = [...cluster.brokers.values()]
  const fenced = brokers.filter((broker) => broker.fenced).length
  to.add(BROKER_APPLIED, provenance.lastContainedOffset)
  to.add(SHRINKS, changes.isrShrinks)
  to.add(EXPANDS, changes.isrExpands)
  to.add(ACTIVE, Number(isController))
  // As in Kafka, these are the controller's: a sum over all nodes is right.
  to.add(TOPICS, isController ? topics.size : 0)
  to.add(PARTITIONS, isController ? partitions : 0)
  to.add(OFFLINE, isController ? offline : 0)
  to.add(IMBALANCE, isController ? imbalance : 0)
  to.add(BROKERS, isController ? brokers.length - fenced : 0)
  to.add(FENCED, isController ? fenced : 0)
  to.add(APPLIED, provenance.lastContainedOffset)
  to.add(UNCLEAN, isController ? changes.uncleanElections : 0)
  to.add(ELECTIONS, isController ? changes.leaderElections : 0)
}

export interface QuorumNow {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logEndOffset: number
}

/** Rates need two scrapes. */
export class QuorumSamples {
  #before: { readonly endOffset: number; readonly atMs: number } | null = null

  collect(
    to: Exposition,
    quorum: QuorumNow,
    { nodeId, isController, nowMs }: { nodeId: number; isController: boolean; nowMs: number },
  ): void {
    const isLeader = quorum.leaderId === nodeId
    to.add(STATE, 1, { current_state: isLeader ? 'leader' : isController ? 'follower' : 'observer' })
    to.add(LEADER, quorum.leaderId)
    to.add(EPOCH, quorum.leaderEpoch)
    to.add(VOTE, isLeader ? nodeId : -1)
    to.add(WATERMARK, quorum.highWatermark)
    to.add(END, quorum.logEndOffset)
    const before = this.#before
    this.#before = { endOffset: quorum.logEndOffset, atMs: nowMs }
    const seconds = before === null ? 0 : (nowMs - before.atMs) / 1000
    const rate = before === null || seconds <= 0 ? 0 : Math.max(0, quorum.logEndOffset - before.endOffset) / seconds
    to.add(APPEND_RATE, isLeader ? rate : 0)
    to.add(FETCH_RATE, isLeader ? 0 : rate)
  }
}
