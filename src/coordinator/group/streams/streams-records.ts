/** The records of streams groups in `__consumer_offsets` (KIP-1071). A null value is a tombstone. */
import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
} from '../../../../protocol/messages/group-state-streams-group-current-member-assignment.ts'
import {
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
} from '../../../../protocol/messages/group-state-streams-group-member-metadata.ts'
import {
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
} from '../../../../protocol/messages/group-state-streams-group-metadata.ts'
import {
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
} from '../../../../protocol/messages/group-state-streams-group-target-assignment-member.ts'
import {
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
} from '../../../../protocol/messages/group-state-streams-group-target-assignment-metadata.ts'
import {
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
} from '../../../../protocol/messages/group-state-streams-group-topology.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
} from '../../../../protocol/record-serde.ts'
import type { EncodedRecord } from '../../runtime/shard.ts'
import type { RecordFormat } from '../record-format.ts'
import type { MemberState, StreamsMember, StreamsMemberAssignment, StreamsMemberMetadata } from './streams-member.ts'
import { type HeldTasks, type TaskEpochs, type TaskSet, type Tasks, taskIds, taskSet } from './tasks.ts'
import type { Topology } from './topology/topology.ts'

/** The part of a group's state that moves with its epoch. */
export interface StreamsGroupEpoch {
  readonly epoch: number
  /** A hash of the required topics, as they were in that epoch. */
  readonly metadataHash: bigint
  /** The epoch of the topology that the topics could carry; -1: none yet. */
  readonly validatedTopologyEpoch: number
  /** Configuration of the group for which the last assignment was computed. */
  readonly lastAssignmentConfigs: ReadonlyMap<string, string>
  /** For a plugin of Apache Kafka that keeps descriptions of topologies (KIP-1331); kept as they were found. */
  readonly storedDescriptionTopologyEpoch: number
  readonly failedDescriptionTopologyEpoch: number
}

export interface TargetEpoch {
  readonly assignmentEpoch: number
  readonly timestampMs: number
}

export type StreamsGroupRecord = { readonly kind: 'streams'; readonly group: string } & (
  | { readonly type: 'epoch'; readonly value: StreamsGroupEpoch | null }
  | { readonly type: 'topology'; readonly value: Topology | null }
  | { readonly type: 'member'; readonly memberId: string; readonly value: StreamsMemberMetadata | null }
  | { readonly type: 'target-epoch'; readonly value: TargetEpoch | null }
  | { readonly type: 'target'; readonly memberId: string; readonly value: Tasks | null }
  | { readonly type: 'assignment'; readonly memberId: string; readonly value: StreamsMemberAssignment | null }
)

export const STREAMS_RECORDS: RecordFormat<StreamsGroupRecord> = {
  encode: encodeStreamsRecord,
  decode: decodeStreamsRecord,
}

const VERSION = 0
/** By the number that stands for it, less 1. */
const STATES: readonly MemberState[] = ['stable', 'unrevoked', 'unreleased']
const UNKNOWN_STATE = 127

function encodeStreamsRecord(record: StreamsGroupRecord): EncodedRecord {
  const { group: groupId } = record
  switch (record.type) {
    case 'epoch': {
      const key = encodeRecordKey(StreamsGroupMetadataKey, { groupId })
      return { key, value: record.value && encodeEpoch(record.value) }
    }
    case 'topology': {
      const key = encodeRecordKey(StreamsGroupTopologyKey, { groupId })
      return { key, value: record.value && encodeVersioned(StreamsGroupTopologyValue, VERSION, record.value) }
    }
    case 'member': {
      const key = encodeRecordKey(StreamsGroupMemberMetadataKey, { groupId, memberId: record.memberId })
      return { key, value: record.value && encodeVersioned(StreamsGroupMemberMetadataValue, VERSION, record.value) }
    }
    case 'target-epoch': {
      const key = encodeRecordKey(StreamsGroupTargetAssignmentMetadataKey, { groupId })
      if (record.value === null) return { key, value: null }
      const { assignmentEpoch, timestampMs } = record.value
      const value = { assignmentEpoch, assignmentTimestamp: BigInt(timestampMs) }
      return { key, value: encodeVersioned(StreamsGroupTargetAssignmentMetadataValue, VERSION, value) }
    }
    case 'target': {
      const key = encodeRecordKey(StreamsGroupTargetAssignmentMemberKey, { groupId, memberId: record.memberId })
      if (record.value === null) return { key, value: null }
      const { active, standby, warmup } = record.value
      const value = { activeTasks: taskIds(active), standbyTasks: taskIds(standby), warmupTasks: taskIds(warmup) }
      return { key, value: encodeVersioned(StreamsGroupTargetAssignmentMemberValue, VERSION, value) }
    }
    case 'assignment': {
      const key = encodeRecordKey(StreamsGroupCurrentMemberAssignmentKey, { groupId, memberId: record.memberId })
      return { key, value: record.value && encodeAssignment(record.value) }
    }
  }
}

function encodeEpoch({ lastAssignmentConfigs, ...rest }: StreamsGroupEpoch): Buffer {
  const configs = [...lastAssignmentConfigs].map(([key, value]) => ({ key, value }))
  return encodeVersioned(StreamsGroupMetadataValue, VERSION, { ...rest, lastAssignmentConfigs: configs })
}

function encodeAssignment({ state, assigned, pendingRevocation, ...epochs }: StreamsMemberAssignment): Buffer {
  return encodeVersioned(StreamsGroupCurrentMemberAssignmentValue, VERSION, {
    ...epochs,
    state: state === 'unknown' ? UNKNOWN_STATE : STATES.indexOf(state) + 1,
    activeTasks: withEpochs(assigned.active),
    standbyTasks: withoutEpochs(assigned.standby),
    warmupTasks: withoutEpochs(assigned.warmup),
    activeTasksPendingRevocation: withEpochs(pendingRevocation.active),
    standbyTasksPendingRevocation: withoutEpochs(pendingRevocation.standby),
    warmupTasksPendingRevocation: withoutEpochs(pendingRevocation.warmup),
  })
}

function withEpochs(tasks: TaskEpochs) {
  return taskIds(tasks).map(({ subtopologyId, partitions }) => ({
    subtopologyId,
    partitions,
    assignmentEpochs: partitions.map((partition) => tasks.get(subtopologyId)?.get(partition) ?? 0),
  }))
}

function withoutEpochs(tasks: TaskSet) {
  return taskIds(tasks).map((ids) => ({ ...ids, assignmentEpochs: null }))
}

/** Null for a record of another kind. */
function decodeStreamsRecord(type: number, key: Buffer, value: Buffer | null): StreamsGroupRecord | null {
  switch (type) {
    case StreamsGroupMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(StreamsGroupMetadataKey, key)
      return { kind: 'streams', type: 'epoch', group, value: value && decodeEpoch(value) }
    }
    case StreamsGroupTopologyKey.apiKey: {
      const { groupId: group } = decodeRecordKey(StreamsGroupTopologyKey, key)
      const topology = value && decodeVersioned(StreamsGroupTopologyValue, value).message
      return { kind: 'streams', type: 'topology', group, value: topology }
    }
    case StreamsGroupMemberMetadataKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(StreamsGroupMemberMetadataKey, key)
      const metadata = value && decodeVersioned(StreamsGroupMemberMetadataValue, value).message
      return { kind: 'streams', type: 'member', group, memberId, value: metadata }
    }
    case StreamsGroupTargetAssignmentMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(StreamsGroupTargetAssignmentMetadataKey, key)
      return { kind: 'streams', type: 'target-epoch', group, value: value && decodeTargetEpoch(value) }
    }
    case StreamsGroupTargetAssignmentMemberKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(StreamsGroupTargetAssignmentMemberKey, key)
      return { kind: 'streams', type: 'target', group, memberId, value: value && decodeTarget(value) }
    }
    case StreamsGroupCurrentMemberAssignmentKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(StreamsGroupCurrentMemberAssignmentKey, key)
      return { kind: 'streams', type: 'assignment', group, memberId, value: value && decodeAssignment(value) }
    }
    default:
      return null
  }
}

function decodeEpoch(bytes: Buffer): StreamsGroupEpoch {
  const { lastAssignmentConfigs, ...rest } = decodeVersioned(StreamsGroupMetadataValue, bytes).message
  return { ...rest, lastAssignmentConfigs: new Map(lastAssignmentConfigs?.map(({ key, value }) => [key, value])) }
}

function decodeTargetEpoch(bytes: Buffer): TargetEpoch {
  const { assignmentEpoch, assignmentTimestamp } = decodeVersioned(
    StreamsGroupTargetAssignmentMetadataValue,
    bytes,
  ).message
  return { assignmentEpoch, timestampMs: Number(assignmentTimestamp) }
}

function decodeTarget(bytes: Buffer): Tasks {
  const { activeTasks, standbyTasks, warmupTasks } = decodeVersioned(
    StreamsGroupTargetAssignmentMemberValue,
    bytes,
  ).message
  return { active: taskSet(activeTasks), standby: taskSet(standbyTasks), warmup: taskSet(warmupTasks) }
}

type StoredTasks = StreamsGroupCurrentMemberAssignmentValue['activeTasks']

function decodeAssignment(bytes: Buffer): StreamsMemberAssignment {
  const stored = decodeVersioned(StreamsGroupCurrentMemberAssignmentValue, bytes).message
  const { memberEpoch, previousMemberEpoch } = stored
  const held = (active: StoredTasks, standby: StoredTasks, warmup: StoredTasks): HeldTasks => ({
    active: taskEpochs(active, memberEpoch),
    standby: taskSet(standby),
    warmup: taskSet(warmup),
  })
  return {
    memberEpoch,
    previousMemberEpoch,
    state: STATES[stored.state - 1] ?? 'unknown',
    assigned: held(stored.activeTasks, stored.standbyTasks, stored.warmupTasks),
    pendingRevocation: held(
      stored.activeTasksPendingRevocation,
      stored.standbyTasksPendingRevocation,
      stored.warmupTasksPendingRevocation,
    ),
  }
}

/** Records of before Kafka 4.3 have no epochs: the member's own is what they meant. */
function taskEpochs(tasks: StoredTasks, memberEpoch: number): TaskEpochs {
  return new Map(
    tasks.map(({ subtopologyId, partitions, assignmentEpochs }) => {
      const epochOf = (at: number): number => assignmentEpochs?.[at] ?? memberEpoch
      return [subtopologyId, new Map(partitions.map((partition, at) => [partition, epochOf(at)]))]
    }),
  )
}

export function memberRecord(group: string, member: StreamsMember): StreamsGroupRecord {
  const { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, topologyEpoch } = member
  const { processId, userEndpoint, clientTags } = member
  const about = { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, topologyEpoch }
  const value = { ...about, processId, userEndpoint, clientTags }
  return { kind: 'streams', type: 'member', group, memberId: member.memberId, value }
}

export function assignmentRecord(group: string, member: StreamsMember): StreamsGroupRecord {
  const { memberId, memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation } = member
  const value = { memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation }
  return { kind: 'streams', type: 'assignment', group, memberId, value }
}

/** In this order: what a member holds, what it is to hold, and the member. */
export function memberTombstones(group: string, memberId: string): StreamsGroupRecord[] {
  return [
    { kind: 'streams', type: 'assignment', group, memberId, value: null },
    { kind: 'streams', type: 'target', group, memberId, value: null },
    { kind: 'streams', type: 'member', group, memberId, value: null },
  ]
}
