import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { CommitCheck, Committer, OffsetReader } from '../group-kind.ts'
import type { GroupTopics } from '../group-topics.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { sourceTopicsOf, type Topology } from './topology/topology.ts'

/** From this version on members of the new protocols may commit. */
const FIRST_VERSION_OF_NEW_MEMBERS = 9
const NO_EPOCH = -1

/**
 * Anybody may commit in a streams group while it is empty; else a member may, in its epoch, or in an older one the source
 * partitions of tasks that it has had since then and still has. Throws UNKNOWN_MEMBER_ID or STALE_MEMBER_EPOCH.
 */
export function checkStreamsCommit(group: StreamsGroup, committer: Committer, topics: GroupTopics): CommitCheck | null {
  const { memberId, groupInstanceId, memberEpoch, apiVersion } = committer
  if (memberEpoch < 0 && group.isEmpty) return null
  const isNameless = memberEpoch === NO_EPOCH && memberId === '' && groupInstanceId === null
  if (apiVersion === null && isNameless) return null
  const member = group.member(memberId)
  if (apiVersion !== null && apiVersion < FIRST_VERSION_OF_NEW_MEMBERS) {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }
  if (memberEpoch === member.memberEpoch) return null
  const { topology } = group
  if (memberEpoch > member.memberEpoch || topology === null) throw stale()
  return (topicId, partition) => {
    const since = assignedSince(member, topology, topics.identified(topicId)?.name, partition)
    if (since === undefined || memberEpoch < since) throw stale()
  }
}

/** The epoch in which the member got the task that reads the partition; undefined: it does not have it. */
function assignedSince(
  { assigned, pendingRevocation }: StreamsMember,
  { subtopologies }: Topology,
  topic: string | undefined,
  partition: number,
): number | undefined {
  const reader = subtopologies.find((one) => topic !== undefined && sourceTopicsOf(one).includes(topic))
  if (reader === undefined) return undefined
  const { subtopologyId } = reader
  const held = assigned.active.get(subtopologyId)?.get(partition)
  return held ?? pendingRevocation.active.get(subtopologyId)?.get(partition)
}

/** OffsetFetch names the member from v9 on; then it must be one, and in its epoch. */
export function checkStreamsFetch(group: StreamsGroup, { memberId, memberEpoch }: OffsetReader, epoch: number): void {
  if (memberId === null) {
    if (memberEpoch < 0) return
    // Kafka fails on an epoch without a member.
    throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  }
  const member = group.members.get(memberId, epoch)
  if (member === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  if (member.memberEpoch !== memberEpoch) throw stale()
}

const stale = (): KafkaError => new KafkaError(ErrorCode.STALE_MEMBER_EPOCH)
