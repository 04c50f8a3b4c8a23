/** Batches as they stand in the metadata log and in its snapshots. */
import { encodeMessage } from '../../../protocol/compile.ts'
import { KRaftVersionRecord } from '../../../protocol/messages/kraft-version-record.ts'
import { LeaderChangeMessage } from '../../../protocol/messages/leader-change-message.ts'
import { SnapshotFooterRecord } from '../../../protocol/messages/snapshot-footer-record.ts'
import { SnapshotHeaderRecord } from '../../../protocol/messages/snapshot-header-record.ts'
import { VotersRecord } from '../../../protocol/messages/voters-record.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { openRecords } from '../../../protocol/records/decode.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../../metadata/metadata-record.ts'

/** Kafka's control record types that belong to the quorum. */
export const ControlType = {
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const

export interface ControlRecord {
  readonly type: number
  readonly value: Buffer
}

export interface BatchPosition {
  readonly baseOffset: number
  readonly epoch: number
  readonly timestampMs: number
}

const CONTROL_KEY_BYTES = 4

function controlKey(type: number): Buffer {
  const key = Buffer.alloc(CONTROL_KEY_BYTES)
  key.writeInt16BE(type, 2)
  return key
}

export function dataBatch(
  { baseOffset, epoch, timestampMs }: BatchPosition,
  records: readonly MetadataRecord[],
): Buffer {
  const written = records.map((record) => ({ key: null, value: encodeMetadataRecord(record), timestamp: timestampMs }))
  return buildBatch({ baseOffset, partitionLeaderEpoch: epoch }, written)
}

export function controlBatch(
  { baseOffset, epoch, timestampMs }: BatchPosition,
  records: readonly ControlRecord[],
): Buffer {
  const written = records.map(({ type, value }) => ({ key: controlKey(type), value, timestamp: timestampMs }))
  return buildBatch({ baseOffset, partitionLeaderEpoch: epoch, isControl: true }, written)
}

/** In version 0 whatever the quorum's: Apache reads no other from a log. */
export const leaderChange = (message: Encodable<typeof LeaderChangeMessage>): ControlRecord => ({
  type: ControlType.LEADER_CHANGE,
  value: encodeMessage(LeaderChangeMessage, 0, message),
})

export const snapshotHeader = (lastContainedLogTimestampMs: number): ControlRecord => ({
  type: ControlType.SNAPSHOT_HEADER,
  value: encodeMessage(SnapshotHeaderRecord, 0, { lastContainedLogTimestamp: BigInt(lastContainedLogTimestampMs) }),
})

export const snapshotFooter = (): ControlRecord => ({
  type: ControlType.SNAPSHOT_FOOTER,
  value: encodeMessage(SnapshotFooterRecord, 0, {}),
})

export const kraftVersion = (version: number): ControlRecord => ({
  type: ControlType.KRAFT_VERSION,
  value: encodeMessage(KRaftVersionRecord, 0, { kRaftVersion: version }),
})

export const kraftVoters = (voters: VotersRecord): ControlRecord => ({
  type: ControlType.KRAFT_VOTERS,
  value: encodeMessage(VotersRecord, 0, voters),
})

/** One record of a batch that is being read; `controlType` is null for a record of metadata. */
export interface ReadRecord {
  readonly controlType: number | null
  readonly value: Buffer
}

export interface ReadBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly timestampMs: number
  readonly records: readonly ReadRecord[]
}

/** Every whole batch; throws the typed errors of protocol/records where one is broken. */
export function* readBatches(buffer: Buffer): Iterable<ReadBatch> {
  const cursor = new RecordCursor()
  for (let at = 0, next = 0; (next = batch.nextBatch(buffer, at)) !== -1; at = next) {
    batch.ensureValid(buffer, at)
    const isControl = batch.isControlBatch(buffer, at)
    const records: ReadRecord[] = []
    openRecords(cursor, buffer, at)
    while (cursor.next()) {
      const controlType = isControl ? (cursor.key()?.readInt16BE(2) ?? -1) : null
      records.push({ controlType, value: cursor.value() ?? Buffer.alloc(0) })
    }
    yield {
      baseOffset: batch.baseOffset(buffer, at),
      lastOffset: batch.lastOffset(buffer, at),
      epoch: batch.partitionLeaderEpoch(buffer, at),
      timestampMs: batch.maxTimestamp(buffer, at),
      records,
    }
  }
}
