/** The records of committed offsets in `__consumer_offsets`. A null value is a tombstone. */
import {
  LegacyOffsetCommitKey,
  LegacyOffsetCommitValue,
} from '../../../../protocol/messages/group-state-legacy-offset-commit.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../../../protocol/messages/group-state-offset-commit.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
} from '../../../../protocol/record-serde.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RecordFormat } from '../record-format.ts'

export interface OffsetRecord {
  readonly kind: 'offset'
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly value: CommittedOffset | null
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
const VERSION_WITH_EXPIRY = 1
const VERSION = 4

export const OFFSET_RECORDS: RecordFormat<OffsetRecord> = {
  encode({ group, topic, partition, value }) {
    const key = encodeRecordKey(OffsetCommitKey, { group, topic, partition })
    return { key, value: value === null ? null : encodeOffset(value) }
  },

  decode(type, key, value) {
    switch (type) {
      case LegacyOffsetCommitKey.apiKey:
        return {
          kind: 'offset',
          ...decodeRecordKey(LegacyOffsetCommitKey, key),
          value: value === null ? null : decodeLegacyOffset(value),
        }
      case OffsetCommitKey.apiKey:
        return {
          kind: 'offset',
          ...decodeRecordKey(OffsetCommitKey, key),
          value: value === null ? null : decodeOffset(value),
        }
      default:
        return null
    }
  },
}

function encodeOffset(value: CommittedOffset): Buffer {
  const version = value.expireTimestampMs === -1 ? VERSION : VERSION_WITH_EXPIRY
  return encodeVersioned(OffsetCommitValue, version, {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestamp: BigInt(value.commitTimestampMs),
    expireTimestamp: BigInt(value.expireTimestampMs),
    topicId: value.topicId,
  })
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

export const offsetTombstone = (group: string, topic: string, partition: number): OffsetRecord => ({
  kind: 'offset',
  group,
  topic,
  partition,
  value: null,
})
