/**
 * StreamsGroupHeartbeat (KIP-1071): how a member joins, brings the topology, says what it has, learns what it is to have,
 * and leaves. One request does up to four things: the member's record; the topology beside the topics as they are; the
 * target assignment of everybody, if that is of an older epoch; and the next step of this member on its way to its target.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
} from '../../../../protocol/messages/streams-group-heartbeat.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { GroupContext } from '../group-kind.ts'
import { configureGroup, takeUpTopology } from './configure.ts'
import { reconcile } from './current-assignment.ts'
import { scheduleSession } from './fencing.ts'
import { endpointsFor, statusOf } from './heartbeat-answer.ts'
import { ensureRoom, groupOf, groupToJoin, leave, memberOf, updatedMember } from './membership.ts'
import type { StreamsGroup } from './streams-group.ts'
import {
  isReconciledTo,
  LEAVE_GROUP_EPOCH,
  LEAVE_GROUP_STATIC_EPOCH,
  type StreamsMember,
  sameAssignment,
  sameEndpoint,
  sameForAssignment,
  sameHeld,
  sameMetadata,
} from './streams-member.ts'
import { assignmentRecord, memberRecord } from './streams-records.ts'
import { firstAssignmentTimer, rebalanceTimer } from './streams-words.ts'
import { assignmentConfigs, sameConfigs, type Target, updateTarget } from './target-assignment.ts'
import { NO_OFFSETS, reportedOffsets } from './task-offsets.ts'
import { type Tasks, taskIds, taskSet } from './tasks.ts'
import type { ConfiguredTopology } from './topology/configured-topology.ts'
import type { InternalTopic, Topology } from './topology/topology.ts'

/** A group looks at its topics again when it is told that they have changed; otherwise, in effect, never. */
const METADATA_REFRESH_INTERVAL_MS = 0x7fff_ffff

export interface StreamsHeartbeatInput {
  readonly request: StreamsGroupHeartbeatRequest
  readonly apiVersion: number
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
}

type Response = Partial<StreamsGroupHeartbeatResponse>

/** The answer, and the topics that the application lacks: the API creates them, and the next heartbeat looks again. */
export interface StreamsHeartbeatResult {
  readonly response: Response
  readonly topicsToCreate: readonly InternalTopic[]
}

export function streamsGroupHeartbeat(context: GroupContext, input: StreamsHeartbeatInput, id: RequestId): void {
  const { request } = input
  const { groupId, memberId, memberEpoch, shutdownApplication } = request
  if (memberEpoch !== LEAVE_GROUP_EPOCH && memberEpoch !== LEAVE_GROUP_STATIC_EPOCH) {
    context.effects.reply(id, heartbeat(context, input))
    return
  }
  const group = groupOf(context, groupId, `Group ${groupId} not found.`)
  if (shutdownApplication) requestShutdown(context, groupId, memberId)
  leave(context, group, request)
  const result: StreamsHeartbeatResult = { response: { memberId, memberEpoch, status: [] }, topicsToCreate: [] }
  context.effects.reply(id, result)
}

function heartbeat(context: GroupContext, input: StreamsHeartbeatInput): StreamsHeartbeatResult {
  const { request } = input
  const { groupId, memberId, memberEpoch } = request
  const { config, effects } = context
  const joins = memberEpoch === 0
  const group = joins ? groupToJoin(context, groupId) : groupOf(context, groupId, `Streams group ${groupId} not found.`)
  if (joins) ensureRoom(context, group, request)
  const member = memberOf(context, group, request)

  const updated = updatedMember(member, request, input)
  if (!sameMetadata(member, updated)) effects.append(memberRecord(groupId, updated))
  const topology = takeUpTopology(context, group, request.topology)
  const { configured, metadataHash } = configureGroup(context, group, topology)
  if (configured.obstacle === null) checkOwnedTasks(configured, request)
  noteOffsets(context, request)
  const moves = request.instanceId === null ? !sameMetadata(member, updated) : !sameForAssignment(member, updated)
  const groupEpoch = updateEpoch(context, group, { configured, topology, metadataHash, moves })
  if (group.isEmpty) delayFirstAssignment(context, groupId)
  const target = updateTarget(context, group, groupEpoch, updated, configured)
  const next = stepTowards(context, group, updated, target, ownedTasks(request))
  scheduleSession(context, groupId, memberId)
  if (request.shutdownApplication) requestShutdown(context, groupId, memberId)

  const hasNewTasks = !sameHeld(member.assigned, next.assigned)
  if (!sameEndpoint(member, next) || (hasNewTasks && next.userEndpoint !== null)) {
    context.state.streams.soft(groupId).endpointEpoch++
  }
  const situation = { group, member: next, topology, configured, target, apiVersion: input.apiVersion }
  const response: Response = {
    memberId,
    memberEpoch: next.memberEpoch,
    heartbeatIntervalMs: config.streams.heartbeatIntervalMs(groupId),
    acceptableRecoveryLag: BigInt(config.streams.acceptableRecoveryLag(groupId)),
    taskOffsetIntervalMs: config.streams.taskOffsetIntervalMs(groupId),
    status: statusOf(context, situation),
    ...(joins || hasNewTasks ? assignedTasks(next) : {}),
    ...endpointsFor(context, situation, request.endpointInformationEpoch),
  }
  return { response, topicsToCreate: configured.topicsToCreate }
}

function assignedTasks({ assigned }: StreamsMember): Response {
  return {
    activeTasks: taskIds(assigned.active),
    standbyTasks: taskIds(assigned.standby),
    warmupTasks: taskIds(assigned.warmup),
  }
}

function ownedTasks({ activeTasks, standbyTasks, warmupTasks }: StreamsGroupHeartbeatRequest): Tasks | null {
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return null
  return { active: taskSet(activeTasks), standby: taskSet(standbyTasks), warmup: taskSet(warmupTasks) }
}

/** Throws INVALID_REQUEST for tasks that the topology does not have. */
function checkOwnedTasks({ subtopologies }: ConfiguredTopology, request: StreamsGroupHeartbeatRequest): void {
  const counts = new Map((subtopologies ?? []).map((one) => [one.subtopologyId, one.taskCount]))
  for (const tasks of [request.activeTasks, request.standbyTasks, request.warmupTasks]) {
    for (const { subtopologyId, partitions } of tasks ?? []) {
      const count = counts.get(subtopologyId)
      if (count === undefined) invalid(`Subtopology ${subtopologyId} does not exist in the topology.`)
      const beyond = partitions.find((partition) => partition < 0 || partition >= count)
      if (beyond === undefined) continue
      invalid(
        `Task ${beyond} for subtopology ${subtopologyId} is invalid. Number of tasks for this subtopology: ${count}`,
      )
    }
  }
}

function noteOffsets({ state }: GroupContext, request: StreamsGroupHeartbeatRequest): void {
  const { groupId, memberId, taskOffsets, taskEndOffsets } = request
  if (taskOffsets === null && taskEndOffsets === null) return
  const { taskOffsets: known } = state.streams.soft(groupId)
  known.set(memberId, reportedOffsets(known.get(memberId) ?? NO_OFFSETS, request))
}

interface Changes {
  readonly configured: ConfiguredTopology
  readonly topology: Topology
  readonly metadataHash: bigint
  /** The member is another one in the eyes of the assignor. */
  readonly moves: boolean
}

/** The group's epoch after this request: it moves on when members, topics, the topology or its configuration are others. */
function updateEpoch(context: GroupContext, group: StreamsGroup, changes: Changes): number {
  const { state, effects, nowMs } = context
  const { groupId, epoch: before } = group
  const { configured, topology, metadataHash } = changes
  const validatedTopologyEpoch = configured.obstacle === null ? topology.epoch : -1
  const lastAssignmentConfigs = assignmentConfigs(context, groupId)
  const moves =
    changes.moves ||
    metadataHash !== before.metadataHash ||
    validatedTopologyEpoch !== before.validatedTopologyEpoch ||
    !sameConfigs(lastAssignmentConfigs, before.lastAssignmentConfigs)
  const epoch = moves ? before.epoch + 1 : before.epoch
  if (moves) {
    const value = { ...before, epoch, metadataHash, validatedTopologyEpoch, lastAssignmentConfigs }
    effects.append({ kind: 'streams', type: 'epoch', group: groupId, value })
  }
  state.streams.soft(groupId).refresh = { atMs: nowMs + METADATA_REFRESH_INTERVAL_MS, groupEpoch: epoch }
  return epoch
}

/** Members of one application start together: the first assignment waits for them. */
function delayFirstAssignment({ state, config, effects, nowMs }: GroupContext, groupId: string): void {
  const soft = state.streams.soft(groupId)
  const delayMs = config.streams.initialRebalanceDelayMs(groupId)
  if (delayMs === 0 || nowMs < soft.assignsAtMs) return
  soft.assignsAtMs = nowMs + delayMs
  effects.setTimer(firstAssignmentTimer(groupId), delayMs, { kind: 'streams', type: 'first-assignment', groupId })
}

/** The member's next step, written down; it has its rebalance timeout to let go of what it must. */
function stepTowards(
  { effects }: GroupContext,
  group: StreamsGroup,
  member: StreamsMember,
  target: Target,
  owned: Tasks | null,
): StreamsMember {
  if (isReconciledTo(member, target.epoch)) return member
  const { groupId } = group
  const task = { targetEpoch: target.epoch, target: target.tasks, owned, owners: group.owners }
  const next = reconcile(member, task)
  if (sameAssignment(member, next)) return next
  effects.append(assignmentRecord(groupId, next))
  const { memberId, memberEpoch, rebalanceTimeoutMs } = next
  const timer = rebalanceTimer(groupId, memberId)
  if (next.state !== 'unrevoked') effects.cancelTimer(timer)
  else
    effects.setTimer(timer, rebalanceTimeoutMs, { kind: 'streams', type: 'rebalance', groupId, memberId, memberEpoch })
  return next
}

/** The member that met the error first is named to all. */
function requestShutdown({ state }: GroupContext, groupId: string, memberId: string): void {
  state.streams.soft(groupId).shutdownRequestedBy ??= memberId
}

function invalid(message: string): never {
  throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
}
