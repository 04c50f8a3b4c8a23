/** The requests of an observer, for the one partition of the metadata log (KIP-595, KIP-630, KIP-853). */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import type { FetchSnapshotRequest, FetchSnapshotResponse } from '../../../protocol/messages/fetch-snapshot.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../../log/files/file-names.ts'
import type { SnapshotId } from '../metadata-log/snapshot-file.ts'
import type { QuorumAnswer } from './observed-quorum.ts'

/** Kafka's MAX_FETCH_WAIT_MS. */
const MAX_WAIT_MS = 500
const FIRST_VERSION_WITH_REPLICA_STATE = 15

export interface Observer {
  readonly clusterId: string
  readonly nodeId: number
  /** The id of the directory that holds the metadata log. */
  readonly directoryId: string
}

export interface FetchPosition {
  readonly epoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  /** -1: not known. */
  readonly highWatermark: number
}

export function fetchRequest(
  { clusterId, nodeId, directoryId }: Observer,
  { epoch, fetchOffset, lastFetchedEpoch, highWatermark }: FetchPosition,
  { version, maxBytes }: { readonly version: number; readonly maxBytes: number },
): Encodable<typeof FetchRequest> {
  const partition = {
    partition: 0,
    currentLeaderEpoch: epoch,
    fetchOffset: BigInt(fetchOffset),
    lastFetchedEpoch,
    partitionMaxBytes: 0,
    replicaDirectoryId: directoryId,
    highWatermark: BigInt(highWatermark),
  }
  const replica =
    version < FIRST_VERSION_WITH_REPLICA_STATE ? { replicaId: nodeId } : { replicaState: { replicaId: nodeId } }
  const topic = { topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }
  return { clusterId, ...replica, maxWaitMs: MAX_WAIT_MS, minBytes: 0, maxBytes, topics: [topic] }
}

export function fetchSnapshotRequest(
  { clusterId, nodeId, directoryId }: Observer,
  { epoch, id, position }: { readonly epoch: number; readonly id: SnapshotId; readonly position: number },
  maxBytes: number,
): Encodable<typeof FetchSnapshotRequest> {
  const partition = {
    partition: 0,
    currentLeaderEpoch: epoch,
    snapshotId: { endOffset: BigInt(id.offset), epoch: id.epoch },
    position: BigInt(position),
    replicaDirectoryId: directoryId,
  }
  const topics = [{ name: METADATA_TOPIC, partitions: [partition] }]
  return { clusterId, replicaId: nodeId, maxBytes, topics }
}

export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number]
export type FetchedSnapshot = FetchSnapshotResponse['topics'][number]['partitions'][number]

/** An answer, split into the words on the quorum and the content. */
export interface RaftAnswer<Partition> extends QuorumAnswer {
  readonly partition: Partition
}

/** The answer as far as it concerns the metadata log. Throws a `KafkaError` where it is an error of the whole request. */
export function fetchAnswer({ errorCode, responses, nodeEndpoints }: FetchResponse): RaftAnswer<FetchedPartition> {
  return raftAnswer(errorCode, responses[0]?.partitions[0], nodeEndpoints)
}

/** See `fetchAnswer`. */
export function fetchSnapshotAnswer(response: FetchSnapshotResponse): RaftAnswer<FetchedSnapshot> {
  return raftAnswer(response.errorCode, response.topics[0]?.partitions[0], response.nodeEndpoints)
}

interface OfQuorum {
  readonly errorCode: number
  readonly currentLeader: { readonly leaderId: number; readonly leaderEpoch: number }
}
type NodeEndpoints = readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]

function raftAnswer<Partition extends OfQuorum>(
  errorCode: number,
  partition: Partition | undefined,
  endpoints: NodeEndpoints,
): RaftAnswer<Partition> {
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode)
  if (partition === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const { leaderId, leaderEpoch } = partition.currentLeader
  const found = endpoints.find(({ nodeId }) => nodeId === leaderId)
  const leader = found === undefined ? null : { host: found.host, port: found.port }
  return { errorCode: partition.errorCode, leaderId, leaderEpoch, leader, partition }
}
