/**
 * Control records: the ends of transactions, and what a KRaft quorum writes into its own log. The key is a version and a
 * type; values of the quorum's records are bare messages, that of a transaction's end has its version in front.
 */
import { codec, decodeMessage, encodeMessage } from '../compile.ts'
import { EndTxnMarker } from '../messages/end-txn-marker.ts'
import { KRaftVersionRecord } from '../messages/kraft-version-record.ts'
import { LeaderChangeMessage } from '../messages/leader-change-message.ts'
import { SnapshotFooterRecord } from '../messages/snapshot-footer-record.ts'
import { SnapshotHeaderRecord } from '../messages/snapshot-header-record.ts'
import { VotersRecord } from '../messages/voters-record.ts'
import { Reader } from '../reader.ts'
import type { Decoded, Encodable } from '../schema.ts'
import { buildBatch } from './build.ts'
import { InvalidRecordError } from './errors.ts'
import type { Int64 } from './layout.ts'

export const ControlRecordType = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
  /** One of a later version, to be passed over. */
  UNKNOWN: -1,
} as const
export type ControlRecordTypeName = keyof typeof ControlRecordType
export type ControlRecordType = (typeof ControlRecordType)[ControlRecordTypeName]

/** Schemas of the values that are bare messages; Kafka 4.4 writes and reads all of them at version 0. */
const QUORUM_MESSAGES = {
  LEADER_CHANGE: LeaderChangeMessage,
  SNAPSHOT_HEADER: SnapshotHeaderRecord,
  SNAPSHOT_FOOTER: SnapshotFooterRecord,
  KRAFT_VERSION: KRaftVersionRecord,
  KRAFT_VOTERS: VotersRecord,
} as const
type QuorumMessages = typeof QUORUM_MESSAGES
export type QuorumRecordName = keyof QuorumMessages

const KEY_BYTES = 4
const VERSION = 0
const NAMES = new Map<number, ControlRecordTypeName>(
  Object.entries(ControlRecordType).map(([name, type]) => [type, name as ControlRecordTypeName]),
)

export interface ControlRecord {
  key: Buffer
  value: Buffer
}

/** A record of the quorum, to be built into a batch by `buildQuorumBatch`. */
export function quorumRecord<N extends QuorumRecordName>(
  name: N,
  message: Encodable<QuorumMessages[N]>,
): ControlRecord {
  return { key: controlKey(ControlRecordType[name]), value: encodeMessage(QUORUM_MESSAGES[name], VERSION, message) }
}

/** Each record takes an offset from `baseOffset` on; an epoch of the quorum is the batch's leader epoch. */
export function buildQuorumBatch(
  options: { baseOffset: Int64; timestampMs: Int64; leaderEpoch: number },
  records: readonly ControlRecord[],
): Buffer {
  const { baseOffset, timestampMs: timestamp, leaderEpoch: partitionLeaderEpoch } = options
  return buildBatch(
    { baseOffset, partitionLeaderEpoch, isControl: true },
    records.map((record) => ({ ...record, timestamp })),
  )
}

export interface EndTxnMarkerOptions {
  type: typeof ControlRecordType.COMMIT | typeof ControlRecordType.ABORT
  coordinatorEpoch: number
  producerId: Int64
  producerEpoch: number
  timestampMs: Int64
  baseOffset?: Int64
  leaderEpoch?: number
}

/** The batch that ends a transaction in one partition. */
export function buildEndTxnMarker(options: EndTxnMarkerOptions): Buffer {
  const { type, coordinatorEpoch, producerId, producerEpoch, timestampMs: timestamp, baseOffset, leaderEpoch } = options
  const body = encodeMessage(EndTxnMarker, VERSION, { coordinatorEpoch })
  const value = Buffer.concat([Buffer.from([0, VERSION]), body])
  return buildBatch(
    {
      baseOffset,
      partitionLeaderEpoch: leaderEpoch,
      producerId,
      producerEpoch,
      isTransactional: true,
      isControl: true,
    },
    [{ key: controlKey(type), value, timestamp }],
  )
}

/** Throws `InvalidRecordError` for a key that is too short or of a negative version. */
export function controlTypeOf(key: Buffer | null): ControlRecordType {
  if (key === null || key.length < KEY_BYTES) {
    throw new InvalidRecordError(
      `A control record's key must have at least ${KEY_BYTES} bytes, not ${key?.length ?? 0}`,
    )
  }
  const version = key.readInt16BE(0)
  if (version < VERSION) throw new InvalidRecordError(`Invalid version found for control record: ${version}`)
  const name = NAMES.get(key.readInt16BE(2))
  return name === undefined ? ControlRecordType.UNKNOWN : ControlRecordType[name]
}

export function controlTypeName(type: ControlRecordType): ControlRecordTypeName {
  return NAMES.get(type) ?? 'UNKNOWN'
}

/** The value of a COMMIT or ABORT; a later version begins as this one does. */
export function decodeEndTxnMarker(value: Buffer): EndTxnMarker {
  const version = value.readInt16BE(0)
  if (version < VERSION) throw new InvalidRecordError(`Invalid version found for end transaction marker: ${version}`)
  return codec(EndTxnMarker, VERSION).decode(new Reader(value.subarray(2)))
}

export function decodeQuorumRecord<N extends QuorumRecordName>(name: N, value: Buffer): Decoded<QuorumMessages[N]> {
  return decodeMessage(QUORUM_MESSAGES[name] as QuorumMessages[N], VERSION, value)
}

function controlKey(type: ControlRecordType): Buffer {
  const key = Buffer.alloc(KEY_BYTES)
  key.writeInt16BE(VERSION, 0)
  key.writeInt16BE(type, 2)
  return key
}
