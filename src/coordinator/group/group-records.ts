import { GroupMetadataKey, GroupMetadataValue } from '../../../protocol/messages/group-state-group-metadata.ts'
import {
  LegacyOffsetCommitKey,
  LegacyOffsetCommitValue,
} from '../../../protocol/messages/group-state-legacy-offset-commit.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../../protocol/messages/group-state-offset-commit.ts'
import { Reader } from '../../../protocol/reader.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  recordKeyType,
} from '../../../protocol/record-serde.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { EncodedRecord } from '../runtime/shard.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { protocolMetadata } from './classic/classic-member.ts'
import { type ConsumerGroupRecord, decodeConsumerRecord, encodeConsumerRecord } from './consumer/consumer-records.ts'

/** Kinds of groups that live in `__consumer_offsets` (KIP-848, KIP-932, KIP-1071). */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

/** Kinds of groups that are not run here. */
export type RetainedGroupType = Exclude<GroupType, 'classic' | 'consumer'>

/**
 * The records of `__consumer_offsets`. A null value is a tombstone. Groups that are not run here are retained: their
 * records are known by key alone, so that nothing is lost and nobody takes their name.
 */
export type GroupRecord =
  | ConsumerGroupRecord
  | {
      readonly type: 'offset-commit'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: CommittedOffset | null
    }
  | { readonly type: 'group-metadata'; readonly group: string; readonly value: GroupMetadataValue | null }
  | {
      readonly type: 'retained'
      readonly group: string
      readonly groupType: RetainedGroupType
      /** The record's bytes as they stand in the log. */
      readonly key: Buffer
      readonly value: Buffer | null
      /** Set for the record that makes a member exist. */
      readonly memberId: string | null
    }

/** A committed offset as state: OffsetCommitValue with -1 for what is not known. */
export interface CommittedOffset {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** Only where an old client gave a retention time of its own (OffsetCommit v2 to v4); else -1. */
  readonly expireTimestampMs: number
  /** The zero UUID when the commit named its topic only. */
  readonly topicId: string
}

/** The version of OffsetCommitValue that holds an expire timestamp, and the one for all else. */
const OFFSET_COMMIT_VERSION_WITH_EXPIRY = 1
const OFFSET_COMMIT_VERSION = 4
const GROUP_METADATA_VERSION = 3

/** Types of the records of groups that are retained; the key of each begins with the group's id. */
const RETAINED_TYPES: ReadonlyMap<number, RetainedGroupType> = new Map([
  ...[10, 11, 12, 13, 14, 15].map((type) => [type, 'share'] as const),
  ...[17, 19, 20, 21, 22, 23].map((type) => [type, 'streams'] as const),
])

/** ShareGroupMemberMetadata, StreamsGroupMemberMetadata: key (group id, member id). */
const MEMBER_TYPES: ReadonlySet<number> = new Set([10, 19])

export function encodeGroupRecord(record: GroupRecord): EncodedRecord {
  switch (record.type) {
    case 'offset-commit': {
      const { group, topic, partition, value } = record
      const key = encodeRecordKey(OffsetCommitKey, { group, topic, partition })
      return { key, value: value === null ? null : encodeOffset(value) }
    }
    case 'group-metadata': {
      const key = encodeRecordKey(GroupMetadataKey, { group: record.group })
      if (record.value === null) return { key, value: null }
      return { key, value: encodeVersioned(GroupMetadataValue, GROUP_METADATA_VERSION, record.value) }
    }
    case 'retained':
      return { key: record.key, value: record.value }
    default:
      return encodeConsumerRecord(record)
  }
}

function encodeOffset(value: CommittedOffset): Buffer {
  const version = value.expireTimestampMs === -1 ? OFFSET_COMMIT_VERSION : OFFSET_COMMIT_VERSION_WITH_EXPIRY
  return encodeVersioned(OffsetCommitValue, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: BigInt(value.commitTimestampMs),
    expireTimestamp: BigInt(value.expireTimestampMs),
    topicId: value.topicId,
  })
}

/** Null for a record type of a later Kafka, which stays in the log untouched. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | null {
  const type = recordKeyType(key)
  switch (type) {
    case LegacyOffsetCommitKey.apiKey:
      return {
        type: 'offset-commit',
        ...decodeRecordKey(LegacyOffsetCommitKey, key),
        value: value === null ? null : decodeLegacyOffset(value),
      }
    case OffsetCommitKey.apiKey:
      return {
        type: 'offset-commit',
        ...decodeRecordKey(OffsetCommitKey, key),
        value: value === null ? null : decodeOffset(value),
      }
    case GroupMetadataKey.apiKey: {
      const { group } = decodeRecordKey(GroupMetadataKey, key)
      return {
        type: 'group-metadata',
        group,
        value: value === null ? null : decodeVersioned(GroupMetadataValue, value).message,
      }
    }
    default: {
      const groupType = RETAINED_TYPES.get(type)
      return groupType === undefined
        ? decodeConsumerRecord(type, key, value)
        : decodeRetained(groupType, type, key, value)
    }
  }
}

function decodeOffset(bytes: Buffer): CommittedOffset {
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId } = decodeVersioned(
    OffsetCommitValue,
    bytes,
  ).message
  const [commitTimestampMs, expireTimestampMs] = [Number(commitTimestamp), Number(expireTimestamp)]
  return { offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId }
}

function decodeLegacyOffset(bytes: Buffer): CommittedOffset {
  const { offset, metadata, commitTimestamp } = decodeVersioned(LegacyOffsetCommitValue, bytes).message
  const unknown = { leaderEpoch: -1, expireTimestampMs: -1, topicId: ZERO_UUID }
  return { offset, metadata, commitTimestampMs: Number(commitTimestamp), ...unknown }
}

function decodeRetained(groupType: RetainedGroupType, type: number, key: Buffer, value: Buffer | null): GroupRecord {
  const reader = new Reader(key)
  reader.int16()
  const group = reader.string('groupId')
  const memberId = MEMBER_TYPES.has(type) ? reader.string('memberId') : null
  // A copy, so that the record does not keep the whole read buffer alive.
  return { type: 'retained', group, groupType, key: Buffer.from(key), value, memberId }
}

/** The record of a group as it is now; `assignments` are those that the leader just sent. */
export function groupMetadataRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): GroupRecord {
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: protocolMetadata(member, group.protocolName ?? ''),
    assignment: assignments.get(member.memberId) ?? Buffer.alloc(0),
  }))
  return {
    type: 'group-metadata',
    group: group.groupId,
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generationId,
      protocol: group.protocolName,
      leader: group.leaderId,
      currentStateTimestamp: BigInt(group.stateTimestampMs ?? -1),
      members,
    },
  }
}

/** The record that makes a new group exist, before anybody has joined it. */
export function emptyGroupRecord(groupId: string, nowMs: number): GroupRecord {
  const value = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  return { type: 'group-metadata', group: groupId, value: { ...value, currentStateTimestamp: BigInt(nowMs) } }
}

export const groupTombstone = (group: string): GroupRecord => ({ type: 'group-metadata', group, value: null })

export const offsetTombstone = (group: string, topic: string, partition: number): GroupRecord => ({
  type: 'offset-commit',
  group,
  topic,
  partition,
  value: null,
})
