/** The parts of an answer to a heartbeat that tell of more than the member: statuses, and the endpoints of all. */
import type { StreamsGroupHeartbeatResponse } from '../../../../protocol/messages/streams-group-heartbeat.ts'
import type { GroupContext } from '../group-kind.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import type { Target } from './target-assignment.ts'
import type { ConfiguredTopology } from './topology/configured-topology.ts'
import { StatusCode } from './topology/partition-counts.ts'
import type { Topology } from './topology/topology.ts'
import { partitionsByEndpoint } from './topology/user-endpoints.ts'

type Response = StreamsGroupHeartbeatResponse
type Status = NonNullable<Response['status']>[number]

/** From this version on members know the status of client tags that are missing. */
const FIRST_VERSION_OF_TAGS = 1

export interface Situation {
  readonly group: StreamsGroup
  /** As it is after the heartbeat. */
  readonly member: StreamsMember
  readonly topology: Topology
  readonly configured: ConfiguredTopology
  readonly target: Target
  readonly apiVersion: number
}

export function statusOf({ state, config }: GroupContext, situation: Situation): Status[] {
  const { group, member, topology, configured, target, apiVersion } = situation
  const { groupId } = group
  const status: Status[] = []
  const add = (statusCode: number, statusDetail: string) => status.push({ statusCode, statusDetail })
  if (group.topology !== null && member.topologyEpoch < topology.epoch) {
    const behind = `The member's topology epoch ${member.topologyEpoch} is behind the group's topology epoch ${topology.epoch}.`
    add(StatusCode.STALE_TOPOLOGY, behind)
  }
  if (target.delay !== null) add(StatusCode.ASSIGNMENT_DELAYED, target.delay)
  if (configured.obstacle !== null) add(configured.obstacle.statusCode, configured.obstacle.message)
  const { shutdownRequestedBy } = state.streams.soft(groupId)
  if (shutdownRequestedBy !== null) {
    const what = 'encountered a fatal error and requested a shutdown for the entire application.'
    add(StatusCode.SHUTDOWN_APPLICATION, `Streams group member ${shutdownRequestedBy} ${what}`)
  }
  const has = new Set(member.clientTags.map(({ key }) => key))
  const missing = config.streams.rackAwareTags(groupId).filter((tag) => !has.has(tag))
  if (apiVersion >= FIRST_VERSION_OF_TAGS && missing.length > 0) {
    const what = `Missing required client tags for rack-aware standby assignment: [${missing.join(', ')}].`
    add(StatusCode.MISSING_CLIENT_TAGS, `${what} Configure them via 'client.tag.<tagKey>' in your Streams config.`)
  }
  return status
}

/** The endpoints are told to a member that does not know the newest ones; a group that is new has none to tell of. */
export function endpointsFor(
  { state, topics }: GroupContext,
  { group, member, configured }: Situation,
  knownEpoch: number,
): Partial<Response> {
  const { groupId } = group
  const { endpointEpoch } = state.streams.soft(groupId)
  const told: Partial<Response> = {}
  if (state.streams.find(groupId) !== undefined) told.endpointInformationEpoch = endpointEpoch
  if (endpointEpoch === knownEpoch) return told
  const isReplaced = (other: StreamsMember): boolean =>
    other.memberId === member.memberId || (member.instanceId !== null && other.instanceId === member.instanceId)
  const members = [...[...group.members.values()].filter((other) => !isReplaced(other)), member]
  const countOf = (topic: string): number | undefined => topics.named(topic)?.partitionCount
  return { ...told, partitionsByUserEndpoint: partitionsByEndpoint(members, configured.subtopologies ?? [], countOf) }
}
