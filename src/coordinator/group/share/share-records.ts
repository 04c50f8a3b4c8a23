/** The records of share groups in `__consumer_offsets` (KIP-932). A null value is a tombstone. */
import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
} from '../../../../protocol/messages/group-state-share-group-current-member-assignment.ts'
import {
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
} from '../../../../protocol/messages/group-state-share-group-member-metadata.ts'
import {
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
} from '../../../../protocol/messages/group-state-share-group-metadata.ts'
import {
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
} from '../../../../protocol/messages/group-state-share-group-state-partition-metadata.ts'
import {
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
} from '../../../../protocol/messages/group-state-share-group-target-assignment-member.ts'
import {
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
} from '../../../../protocol/messages/group-state-share-group-target-assignment-metadata.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
} from '../../../../protocol/record-serde.ts'
import type { EncodedRecord } from '../../runtime/shard.ts'
import { type Partitions, partitionsOf, topicPartitions } from '../partitions.ts'
import type { RecordFormat } from '../record-format.ts'
import type { ShareMember, ShareMemberAssignment, ShareMemberMetadata } from './share-member.ts'
import type { ShareTopics, TopicShares } from './share-topics.ts'

export type ShareGroupRecord = { readonly kind: 'share'; readonly group: string } & (
  | { readonly type: 'epoch'; readonly value: { readonly epoch: number; readonly metadataHash: bigint } | null }
  | { readonly type: 'member'; readonly memberId: string; readonly value: ShareMemberMetadata | null }
  | {
      readonly type: 'target-epoch'
      readonly value: { readonly assignmentEpoch: number; readonly timestampMs: number } | null
    }
  | { readonly type: 'target'; readonly memberId: string; readonly value: Partitions | null }
  | { readonly type: 'assignment'; readonly memberId: string; readonly value: ShareMemberAssignment | null }
  | { readonly type: 'topics'; readonly value: ShareTopics | null }
)

export const SHARE_RECORDS: RecordFormat<ShareGroupRecord> = { encode: encodeShareRecord, decode: decodeShareRecord }

const VERSION = 0
/** Kafka's name for members that need no reconciliation; members of share groups have no other state. */
const STABLE = 0

function encodeShareRecord(record: ShareGroupRecord): EncodedRecord {
  const { group: groupId } = record
  switch (record.type) {
    case 'epoch': {
      const key = encodeRecordKey(ShareGroupMetadataKey, { groupId })
      return { key, value: record.value && encodeVersioned(ShareGroupMetadataValue, VERSION, record.value) }
    }
    case 'member': {
      const key = encodeRecordKey(ShareGroupMemberMetadataKey, { groupId, memberId: record.memberId })
      if (record.value === null) return { key, value: null }
      const value = { ...record.value, subscribedTopicNames: [...record.value.subscribedTopicNames].sort() }
      return { key, value: encodeVersioned(ShareGroupMemberMetadataValue, VERSION, value) }
    }
    case 'target-epoch': {
      const key = encodeRecordKey(ShareGroupTargetAssignmentMetadataKey, { groupId })
      if (record.value === null) return { key, value: null }
      const { assignmentEpoch, timestampMs } = record.value
      const value = { assignmentEpoch, assignmentTimestamp: BigInt(timestampMs) }
      return { key, value: encodeVersioned(ShareGroupTargetAssignmentMetadataValue, VERSION, value) }
    }
    case 'target': {
      const key = encodeRecordKey(ShareGroupTargetAssignmentMemberKey, { groupId, memberId: record.memberId })
      if (record.value === null) return { key, value: null }
      const value = { topicPartitions: topicPartitions(record.value) }
      return { key, value: encodeVersioned(ShareGroupTargetAssignmentMemberValue, VERSION, value) }
    }
    case 'assignment': {
      const key = encodeRecordKey(ShareGroupCurrentMemberAssignmentKey, { groupId, memberId: record.memberId })
      if (record.value === null) return { key, value: null }
      const { memberEpoch, previousMemberEpoch, assigned } = record.value
      const value = { memberEpoch, previousMemberEpoch, state: STABLE, assignedPartitions: topicPartitions(assigned) }
      return { key, value: encodeVersioned(ShareGroupCurrentMemberAssignmentValue, VERSION, value) }
    }
    case 'topics': {
      const key = encodeRecordKey(ShareGroupStatePartitionMetadataKey, { groupId })
      return { key, value: record.value && encodeTopics(record.value) }
    }
  }
}

function encodeTopics({ initializing, initialized, deleting }: ShareTopics): Buffer {
  return encodeVersioned(ShareGroupStatePartitionMetadataValue, VERSION, {
    initializingTopics: storedTopics(initializing),
    initializedTopics: storedTopics(initialized),
    deletingTopics: [...deleting].map(([topicId, topicName]) => ({ topicId, topicName })),
  })
}

function storedTopics(topics: ReadonlyMap<string, TopicShares>) {
  return [...topics].map(([topicId, { name, partitions }]) => {
    return { topicId, topicName: name, partitions: [...partitions].sort((a, b) => a - b) }
  })
}

/** Null for a record of another kind. */
function decodeShareRecord(type: number, key: Buffer, value: Buffer | null): ShareGroupRecord | null {
  switch (type) {
    case ShareGroupMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ShareGroupMetadataKey, key)
      const epoch = value && decodeVersioned(ShareGroupMetadataValue, value).message
      return { kind: 'share', type: 'epoch', group, value: epoch }
    }
    case ShareGroupMemberMetadataKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ShareGroupMemberMetadataKey, key)
      if (value === null) return { kind: 'share', type: 'member', group, memberId, value }
      const stored = decodeVersioned(ShareGroupMemberMetadataValue, value).message
      const member = { ...stored, subscribedTopicNames: new Set(stored.subscribedTopicNames) }
      return { kind: 'share', type: 'member', group, memberId, value: member }
    }
    case ShareGroupTargetAssignmentMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ShareGroupTargetAssignmentMetadataKey, key)
      if (value === null) return { kind: 'share', type: 'target-epoch', group, value }
      const stored = decodeVersioned(ShareGroupTargetAssignmentMetadataValue, value).message
      const { assignmentEpoch, assignmentTimestamp } = stored
      const epoch = { assignmentEpoch, timestampMs: Number(assignmentTimestamp) }
      return { kind: 'share', type: 'target-epoch', group, value: epoch }
    }
    case ShareGroupTargetAssignmentMemberKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ShareGroupTargetAssignmentMemberKey, key)
      if (value === null) return { kind: 'share', type: 'target', group, memberId, value }
      const target = decodeVersioned(ShareGroupTargetAssignmentMemberValue, value).message
      return { kind: 'share', type: 'target', group, memberId, value: partitionsOf(target.topicPartitions) }
    }
    case ShareGroupCurrentMemberAssignmentKey.apiKey: {
      const { groupId: group, memberId } = decodeRecordKey(ShareGroupCurrentMemberAssignmentKey, key)
      if (value === null) return { kind: 'share', type: 'assignment', group, memberId, value }
      const stored = decodeVersioned(ShareGroupCurrentMemberAssignmentValue, value).message
      const { memberEpoch, previousMemberEpoch } = stored
      const assignment = { memberEpoch, previousMemberEpoch, assigned: partitionsOf(stored.assignedPartitions) }
      return { kind: 'share', type: 'assignment', group, memberId, value: assignment }
    }
    case ShareGroupStatePartitionMetadataKey.apiKey: {
      const { groupId: group } = decodeRecordKey(ShareGroupStatePartitionMetadataKey, key)
      return { kind: 'share', type: 'topics', group, value: value && decodeTopics(value) }
    }
    default:
      return null
  }
}

function decodeTopics(bytes: Buffer): ShareTopics {
  const stored = decodeVersioned(ShareGroupStatePartitionMetadataValue, bytes).message
  const topics = (of: typeof stored.initializedTopics) =>
    new Map(
      of.map(({ topicId, topicName, partitions }) => [topicId, { name: topicName, partitions: new Set(partitions) }]),
    )
  return {
    initializing: topics(stored.initializingTopics),
    initialized: topics(stored.initializedTopics),
    deleting: new Map(stored.deletingTopics.map(({ topicId, topicName }) => [topicId, topicName])),
  }
}

export function memberRecord(group: string, member: ShareMember): ShareGroupRecord {
  const { memberId, rackId, clientId, clientHost, subscribedTopicNames } = member
  const value = { rackId, clientId, clientHost, subscribedTopicNames }
  return { kind: 'share', type: 'member', group, memberId, value }
}

export function assignmentRecord(group: string, member: ShareMember): ShareGroupRecord {
  const { memberId, memberEpoch, previousMemberEpoch, assigned } = member
  const value = { memberEpoch, previousMemberEpoch, assigned }
  return { kind: 'share', type: 'assignment', group, memberId, value }
}

export function topicsRecord(group: string, value: ShareTopics): ShareGroupRecord {
  return { kind: 'share', type: 'topics', group, value }
}

/** In this order: what a member has, what it is to have, and the member. */
export function memberTombstones(group: string, memberId: string): ShareGroupRecord[] {
  return [
    { kind: 'share', type: 'assignment', group, memberId, value: null },
    { kind: 'share', type: 'target', group, memberId, value: null },
    { kind: 'share', type: 'member', group, memberId, value: null },
  ]
}
