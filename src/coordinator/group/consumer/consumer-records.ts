/** The records of consumer groups in `__consumer_offsets` (KIP-848). A null value is a tombstone. */
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from '../../../../protocol/messages/group-state-consumer-group-current-member-assignment.ts'
import {
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
} from '../../../../protocol/messages/group-state-consumer-group-member-metadata.ts'
import {
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
} from '../../../../protocol/messages/group-state-consumer-group-metadata.ts'
import { ConsumerGroupPartitionMetadataKey } from '../../../../protocol/messages/group-state-consumer-group-partition-metadata.ts'
import {
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from '../../../../protocol/messages/group-state-consumer-group-regular-expression.ts'
import {
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from '../../../../protocol/messages/group-state-consumer-group-target-assignment-member.ts'
import {
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from '../../../../protocol/messages/group-state-consumer-group-target-assignment-metadata.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
} from '../../../../protocol/record-serde.ts'
import type { Decoded } from '../../../../protocol/schema.ts'
import type { EncodedRecord } from '../../runtime/shard.ts'
import { type PartitionEpochs, type Partitions, partitionsOf, topicPartitions } from '../partitions.ts'
import type { RecordFormat } from '../record-format.ts'
import type { ConsumerMember, MemberAssignment, MemberMetadata, MemberState } from './consumer-member.ts'

/** The topics that a regular expression has come to stand for. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** The version of the metadata image in which it was looked up. */
  readonly version: bigint
  readonly timestampMs: number
}

export type ConsumerGroupRecord = { readonly kind: 'consumer'; readonly group: string } & (
  | {
      readonly type: 'epoch'
      readonly value: { readonly epoch: number; readonly metadataHash: bigint } | null
    }
  /** Written before Kafka 4.1; gone with the group's next change. */
  | { readonly type: 'subscription-metadata'; readonly value: Buffer | null }
  | { readonly type: 'member'; readonly memberId: string; readonly value: MemberMetadata | null }
  | {
      readonly type: 'target-epoch'
      readonly value: { readonly assignmentEpoch: number; readonly timestampMs: number } | null
    }
  | { readonly type: 'target'; readonly memberId: string; readonly value: Partitions | null }
  | { readonly type: 'assignment'; readonly memberId: string; readonly value: MemberAssignment | null }
  | { readonly type: 'regex'; readonly regex: string; readonly value: ResolvedRegex | null }
)

export const CONSUMER_RECORDS: RecordFormat<ConsumerGroupRecord> = {
  encode: encodeConsumerRecord,
  decode: decodeConsumerRecord,
}

const VERSION = 0
const STATES: readonly MemberState[] = ['stable', 'unrevoked', 'unreleased']
const UNKNOWN_STATE = 127

function encodeConsumerRecord(record: ConsumerGroupRecord): EncodedRecord {
  const { group: groupId } = record
  switch (record.type) {
    case 'epoch': {
      const key = encodeRecordKey(ConsumerGroupMetadataKey, { groupId })
      return { key, value: record.value && encodeVersioned(ConsumerGroupMetadataValue, VERSION, record.value) }
    }
    case 'subscription-metadata':
      return { key: encodeRecordKey(ConsumerGroupPartitionMetadataKey, { groupId }), value: record.value }
    case 'member': {
      const key = encodeRecordKey(ConsumerGroupMemberMetadataKey, { groupId, memberId: record.memberId })
      return { key, value: record.value && encodeMember(record.value) }
    }
    case 'target-epoch': {
      const key = encodeRecordKey(ConsumerGroupTargetAssignmentMetadataKey, { groupId })
      if (record.value === null) return { key, value: null }
      const { assignmentEpoch, timestampMs } = record.value
      const value = { assignmentEpoch, assignmentTimestamp: BigInt(timestampMs) }
      return { key, value: encodeVersioned(ConsumerGroupTargetAssignmentMetadataValue, VERSION, value) }
    }
    case 'target': {
      const key = encodeRecordKey(ConsumerGroupTargetAssignmentMemberKey, { groupId, memberId: record.memberId })
      if (record.value === null) return { key, value: null }
      const value = { topicPartitions: topicPartitions(record.value) }
      return { key, value: encodeVersioned(ConsumerGroupTargetAssignmentMemberValue, VERSION, value) }
    }
    case 'assignment': {
      const key = encodeRecordKey(ConsumerGroupCurrentMemberAssignmentKey, { groupId, memberId: record.memberId })
      return { key, value: record.value && encodeAssignment(record.value) }
    }
    case 'regex': {
      const key = encodeRecordKey(ConsumerGroupRegularExpressionKey, { groupId, regularExpression: record.regex })
      if (record.value === null) return { key, value: null }
      const { topics, version, timestampMs } = record.value
      const value = { topics: [...topics].sort(), version, timestamp: BigInt(timestampMs) }
      return { key, value: encodeVersioned(ConsumerGroupRegularExpressionValue, VERSION, value) }
    }
  }
}

function encodeMember(member: MemberMetadata): Buffer {
  const { classic, subscribedTopicNames, ...rest } = member
  return encodeVersioned(ConsumerGroupMemberMetadataValue, VERSION, {
    ...rest,
    subscribedTopicNames: [...subscribedTopicNames].sort(),
    classicMemberMetadata: classic,
  })
}

function encodeAssignment({ state, assigned, pendingRevocation, ...epochs }: MemberAssignment): Buffer {
  return encodeVersioned(ConsumerGroupCurrentMemberAssignmentValue, VERSION, {
    ...epochs,
    state: state === 'unknown' ? UNKNOWN_STATE : STATES.indexOf(state),
    assignedPartitions: withAssignmentEpochs(assigned),
    partitionsPendingRevocation: withAssignmentEpochs(pendingRevocation),
  })
}

function withAssignmentEpochs(partitions: PartitionEpochs) {
  return [...partitions].map(([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()],
    assignmentEpochs: [...epochs.values()],
  }))
}

/** Null for a record of another kind. */
function decodeConsumerRecord(type: number, key: Buffer, value: Buffer | null): ConsumerGroupRecord | null {
  switch (type) {
    case ConsumerGroupMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ConsumerGroupMetadataKey, key)
      return {
        kind: 'consumer',
        type: 'epoch',
        group,
        value: value && decodeVersioned(ConsumerGroupMetadataValue, value).message,
      }
    }
    case ConsumerGroupPartitionMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ConsumerGroupPartitionMetadataKey, key)
      return { kind: 'consumer', type: 'subscription-metadata', group, value: value && Buffer.from(value) }
    }
    case ConsumerGroupMemberMetadataKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ConsumerGroupMemberMetadataKey, key)
      return { kind: 'consumer', type: 'member', group, memberId, value: value && decodeMember(value) }
    }
    case ConsumerGroupTargetAssignmentMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ConsumerGroupTargetAssignmentMetadataKey, key)
      return { kind: 'consumer', type: 'target-epoch', group, value: value && decodeTargetEpoch(value) }
    }
    case ConsumerGroupTargetAssignmentMemberKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ConsumerGroupTargetAssignmentMemberKey, key)
      if (value === null) return { kind: 'consumer', type: 'target', group, memberId, value }
      const target = decodeVersioned(ConsumerGroupTargetAssignmentMemberValue, value).message
      return { kind: 'consumer', type: 'target', group, memberId, value: partitionsOf(target.topicPartitions) }
    }
    case ConsumerGroupCurrentMemberAssignmentKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ConsumerGroupCurrentMemberAssignmentKey, key)
      return { kind: 'consumer', type: 'assignment', group, memberId, value: value && decodeAssignment(value) }
    }
    case ConsumerGroupRegularExpressionKey.apiKey: {
      const { groupId: group, regularExpression: regex } = decodeRecordKey(ConsumerGroupRegularExpressionKey, key)
      return { kind: 'consumer', type: 'regex', group, regex, value: value && decodeRegex(value) }
    }
    default:
      return null
  }
}

/** The metadata of its protocols are copied, so that a member does not keep the whole buffer of a read alive. */
function decodeMember(bytes: Buffer): MemberMetadata {
  const { classicMemberMetadata, subscribedTopicNames, ...rest } = decodeVersioned(
    ConsumerGroupMemberMetadataValue,
    bytes,
  ).message
  const classic = classicMemberMetadata && {
    sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
    supportedProtocols: classicMemberMetadata.supportedProtocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
  }
  return { ...rest, subscribedTopicNames: new Set(subscribedTopicNames), classic }
}

function decodeTargetEpoch(bytes: Buffer): { assignmentEpoch: number; timestampMs: number } {
  const { assignmentEpoch, assignmentTimestamp } = decodeVersioned(
    ConsumerGroupTargetAssignmentMetadataValue,
    bytes,
  ).message
  return { assignmentEpoch, timestampMs: Number(assignmentTimestamp) }
}

type StoredPartitions = Decoded<typeof ConsumerGroupCurrentMemberAssignmentValue>['assignedPartitions']

function decodeAssignment(bytes: Buffer): MemberAssignment {
  const stored = decodeVersioned(ConsumerGroupCurrentMemberAssignmentValue, bytes).message
  const { memberEpoch, previousMemberEpoch } = stored
  return {
    memberEpoch,
    previousMemberEpoch,
    state: STATES[stored.state] ?? 'unknown',
    assigned: partitionEpochs(stored.assignedPartitions, memberEpoch),
    pendingRevocation: partitionEpochs(stored.partitionsPendingRevocation, memberEpoch),
  }
}

/** Records that are older than Kafka 4.3 have no epochs: the member's own is what they meant. */
function partitionEpochs(topics: StoredPartitions, memberEpoch: number): PartitionEpochs {
  return new Map(
    topics.map(({ topicId, partitions, assignmentEpochs }) => {
      const epochOf = (at: number) => assignmentEpochs?.[at] ?? memberEpoch
      return [topicId, new Map(partitions.map((partition, at) => [partition, epochOf(at)]))]
    }),
  )
}

function decodeRegex(bytes: Buffer): ResolvedRegex {
  const { topics, version, timestamp } = decodeVersioned(ConsumerGroupRegularExpressionValue, bytes).message
  return { topics: new Set(topics), version, timestampMs: Number(timestamp) }
}

export function memberRecord(group: string, member: ConsumerMember): ConsumerGroupRecord {
  const { instanceId, rackId, clientId, clientHost, subscribedTopicNames, subscribedTopicRegex } = member
  const { rebalanceTimeoutMs, serverAssignor, classic } = member
  const subscription = { subscribedTopicNames, subscribedTopicRegex, serverAssignor }
  const value = { instanceId, rackId, clientId, clientHost, ...subscription, rebalanceTimeoutMs, classic }
  return { kind: 'consumer', type: 'member', group, memberId: member.memberId, value }
}

export function assignmentRecord(group: string, member: ConsumerMember): ConsumerGroupRecord {
  const { memberId, memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation } = member
  const value = { memberEpoch, previousMemberEpoch, state, assigned, pendingRevocation }
  return { kind: 'consumer', type: 'assignment', group, memberId, value }
}

/** In this order: what a member holds, what it is to hold, and the member. */
export function memberTombstones(group: string, memberId: string): ConsumerGroupRecord[] {
  return [
    { kind: 'consumer', type: 'assignment', group, memberId, value: null },
    { kind: 'consumer', type: 'target', group, memberId, value: null },
    { kind: 'consumer', type: 'member', group, memberId, value: null },
  ]
}
