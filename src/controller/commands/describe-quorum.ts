import { ErrorCode, errorMessage } from '../../../protocol/errors.ts'
import type { DescribeQuorumRequest, DescribeQuorumResponse } from '../../../protocol/messages/describe-quorum.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { QuorumImage } from '../../metadata/image/quorum-image.ts'
import { CLUSTER_METADATA_TOPIC } from '../../metadata/internal-topics.ts'
import type { CommandContext, CommandResult, CommandState } from './command.ts'

type Response = Encodable<typeof DescribeQuorumResponse>

/** And with the directories of the replicas (KIP-853). */
const FIRST_VERSION_WITH_NODES = 2

/** A quorum of one, which has always just caught up with itself, and who reads its log. Any other log is unknown. */
export function describeQuorum(
  state: CommandState,
  { topics }: DescribeQuorumRequest,
  { apiVersion }: Pick<CommandContext, 'apiVersion'>,
): CommandResult<Response> {
  const asked = topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topicName, partitionIndex })),
  )
  const isMetadata =
    topics.length === 1 &&
    asked.length === 1 &&
    asked.every(({ topicName, partitionIndex }) => topicName === CLUSTER_METADATA_TOPIC && partitionIndex === 0)
  return { records: [], response: isMetadata ? describeMetadataLog(state, apiVersion) : unknownPartitions(topics) }
}

function describeMetadataLog(state: CommandState, apiVersion: number): Response {
  const { image, nodeId: leaderId, epoch, endOffset, nowMs, observers } = state
  const hasDirectories = apiVersion >= FIRST_VERSION_WITH_NODES
  const voter = {
    replicaId: leaderId,
    ...(hasDirectories && directoryOf(image.quorum, leaderId)),
    logEndOffset: BigInt(endOffset),
    lastFetchTimestamp: BigInt(nowMs),
    lastCaughtUpTimestamp: BigInt(nowMs),
  }
  const partition = {
    partitionIndex: 0,
    leaderId,
    leaderEpoch: epoch,
    highWatermark: BigInt(endOffset),
    currentVoters: [voter],
    observers: observers.map(({ replicaId, directoryId, logEndOffset, lastFetchMs, lastCaughtUpMs }) => ({
      replicaId,
      ...(hasDirectories && { replicaDirectoryId: directoryId }),
      logEndOffset: BigInt(logEndOffset),
      lastFetchTimestamp: BigInt(lastFetchMs),
      lastCaughtUpTimestamp: BigInt(lastCaughtUpMs),
    })),
  }
  const answer = { topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [partition] }] }
  return !hasDirectories ? answer : { ...answer, nodes: [nodeOf(image, leaderId)] }
}

/** Only a quorum whose voters are in its log knows their directories. */
function directoryOf({ voters }: QuorumImage, nodeId: number): { replicaDirectoryId?: string } {
  const voter = voters?.voters.find(({ voterId }) => voterId === nodeId)
  return voter === undefined ? {} : { replicaDirectoryId: voter.voterDirectoryId }
}

function nodeOf(image: MetadataImage, nodeId: number) {
  const endPoints = image.cluster.controllers.get(String(nodeId))?.endPoints ?? []
  return { nodeId, listeners: endPoints.map(({ name, host, port }) => ({ name, host, port })) }
}

const unknownPartitions = (topics: DescribeQuorumRequest['topics']): Response => ({
  topics: topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: errorMessage(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    })),
  })),
})
