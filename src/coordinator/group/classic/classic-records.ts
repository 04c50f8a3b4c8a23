/** The record of a classic group in `__consumer_offsets`. A null value is a tombstone. */
import { GroupMetadataKey, GroupMetadataValue } from '../../../../protocol/messages/group-state-group-metadata.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
} from '../../../../protocol/record-serde.ts'
import type { RecordFormat } from '../record-format.ts'
import type { ClassicGroup } from './classic-group.ts'
import { NO_ASSIGNMENT, protocolMetadata } from './classic-member.ts'

export interface ClassicRecord {
  readonly kind: 'classic'
  readonly group: string
  readonly value: GroupMetadataValue | null
}

const VERSION = 3

export const CLASSIC_RECORDS: RecordFormat<ClassicRecord> = {
  encode({ group, value }) {
    const key = encodeRecordKey(GroupMetadataKey, { group })
    return { key, value: value === null ? null : encodeVersioned(GroupMetadataValue, VERSION, value) }
  },

  decode(type, key, value) {
    if (type !== GroupMetadataKey.apiKey) return null
    const { group } = decodeRecordKey(GroupMetadataKey, key)
    return { kind: 'classic', group, value: value && decodeVersioned(GroupMetadataValue, value).message }
  },
}

/** The record of a group as it is now; `assignments` are those that the leader just sent. */
export function groupMetadataRecord(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): ClassicRecord {
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: protocolMetadata(member, group.protocolName ?? ''),
    assignment: assignments.get(member.memberId) ?? NO_ASSIGNMENT,
  }))
  return {
    kind: 'classic',
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
export function emptyGroupRecord(group: string, nowMs: number): ClassicRecord {
  const value = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  return { kind: 'classic', group, value: { ...value, currentStateTimestamp: BigInt(nowMs) } }
}

export const groupTombstone = (group: string): ClassicRecord => ({ kind: 'classic', group, value: null })
