/**
 * The answers of the leader of a quorum of one voter to requests of a quorum (KIP-595, KIP-853): pure.
 *
 * This node is the only voter, so nobody else may stand for election, or lead. A vote is never granted, and whoever says
 * that he leads is told who does: INCONSISTENT_VOTER_SET, "not one of the expected voters". No epoch is taken from a
 * stranger: a node that was configured by mistake cannot end the one leadership that there is.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { UpdateRaftVoterRequest } from '../../../protocol/messages/update-raft-voter.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import { METADATA_TOPIC } from '../../log/files/file-names.ts'
import type { QuorumImage, Voter } from '../../metadata/image/quorum-image.ts'

/** This node, as the leader that it is. */
export interface QuorumLeader {
  readonly clusterId: string
  readonly leaderId: number
  readonly directoryId: string
  readonly leaderEpoch: number
}

/** A request that names one partition of one topic. */
export interface RaftRequest<Partition> {
  readonly clusterId: string | null
  readonly topics: readonly { readonly topicName: string; readonly partitions: readonly Partition[] }[]
}

/** The error of the whole request, or the one partition that it names. */
export type Addressed<Partition> = { readonly errorCode: number } | { readonly partition: Partition }

/** Every request of a quorum is for one cluster, and for the one partition of the metadata log. */
export function addressed<Partition extends { readonly partitionIndex: number }>(
  { clusterId }: QuorumLeader,
  request: RaftRequest<Partition>,
): Addressed<Partition> {
  if (isOfOtherCluster(clusterId, request.clusterId)) return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID }
  const [topic, ...others] = request.topics
  const [partition, ...more] = topic?.partitions ?? []
  const isMetadata = topic?.topicName === METADATA_TOPIC && partition?.partitionIndex === 0
  if (!isMetadata || partition === undefined || others.length + more.length > 0) {
    return { errorCode: ErrorCode.INVALID_REQUEST }
  }
  return { partition }
}

/** null stands for "any". */
export const isOfOtherCluster = (clusterId: string, named: string | null): boolean =>
  named !== null && named !== clusterId

interface Candidacy {
  readonly replicaEpoch: number
  readonly replicaId: number
  readonly voterDirectoryId: string
  readonly lastOffsetEpoch: number
  readonly lastOffset: bigint
  readonly preVote: boolean
}

/** The error of the answer to a Vote; there is no answer that grants one. `voterId`: -1 where it is not named. */
export function voteError(leader: QuorumLeader, voterId: number, candidacy: Candidacy): number {
  const { replicaEpoch, replicaId, lastOffsetEpoch, lastOffset, preVote } = candidacy
  const isIllegal = preVote ? lastOffsetEpoch > replicaEpoch : lastOffsetEpoch >= replicaEpoch
  if (lastOffset < 0n || lastOffsetEpoch < 0 || isIllegal) return ErrorCode.INVALID_REQUEST
  return strangerError(leader, replicaId, replicaEpoch) ?? voterKeyError(leader, voterId, candidacy.voterDirectoryId)
}

/** The error of the answer to somebody who says that he leads. `voterId`: -1 where it is not named. */
export function leadershipError(
  leader: QuorumLeader,
  voterId: number,
  claim: { readonly leaderId: number; readonly leaderEpoch: number; readonly voterDirectoryId?: string },
): number {
  const { leaderId, leaderEpoch, voterDirectoryId = ZERO_UUID } = claim
  return strangerError(leader, leaderId, leaderEpoch) ?? voterKeyError(leader, voterId, voterDirectoryId)
}

function strangerError({ leaderEpoch }: QuorumLeader, nodeId: number, epoch: number): number | null {
  if (epoch < leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
  return nodeId < 0 ? ErrorCode.INVALID_REQUEST : null
}

/** The request may be meant for the one who had this address before. */
function voterKeyError({ leaderId, directoryId }: QuorumLeader, voterId: number, voterDirectoryId: string): number {
  const isOther = voterId >= 0 && voterId !== leaderId
  const isOtherDirectory = voterDirectoryId !== ZERO_UUID && voterDirectoryId !== directoryId
  return isOther || isOtherDirectory ? ErrorCode.INVALID_VOTER_KEY : ErrorCode.INCONSISTENT_VOTER_SET
}

/**
 * The error of the answer to UpdateRaftVoter. The only voter leads, and writes what is new of itself into the log when it
 * begins to: a request that says the same is well, everything else is of a voter that there is not.
 */
export function updateVoterError(
  leader: QuorumLeader,
  { kraftVersion }: QuorumImage,
  self: Voter,
  request: UpdateRaftVoterRequest,
): number {
  if (isOfOtherCluster(leader.clusterId, request.clusterId)) return ErrorCode.INCONSISTENT_CLUSTER_ID
  const epochError = leaderEpochError(leader, request.currentLeaderEpoch)
  if (epochError !== ErrorCode.NONE) return epochError
  const { voterId, voterDirectoryId, listeners, kRaftVersionFeature } = request
  const { minSupportedVersion: least, maxSupportedVersion: most } = kRaftVersionFeature
  const isNobody = voterId < 0 || voterDirectoryId === ZERO_UUID || listeners.length === 0
  if (isNobody || least < 0 || most < least) return ErrorCode.INVALID_REQUEST
  if (kraftVersion < least || kraftVersion > most) return ErrorCode.INVALID_REQUEST
  const isSelf = voterId === self.voterId && voterDirectoryId === self.voterDirectoryId
  const isSame = self.endpoints.every(({ name, host, port }) =>
    listeners.some((each) => each.name === name && each.host === host && each.port === port),
  )
  return isSelf && isSame ? ErrorCode.NONE : ErrorCode.VOTER_NOT_FOUND
}

/** For requests that only the leader of an epoch may answer. */
export function leaderEpochError({ leaderEpoch }: QuorumLeader, epoch: number): number {
  if (epoch < leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
  return epoch > leaderEpoch ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NONE
}
