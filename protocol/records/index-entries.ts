/**
 * The entries of a segment's side files: offset index, time index, index of aborted transactions and producer snapshot.
 * Pure encoding and decoding; files are the log's business.
 */
import { s16be, s32be, struct, u32be } from 'buffer-layout'
import { crc32c } from './crc32c.ts'
import { CorruptRecordError } from './errors.ts'
import { int64, offsetIn, readInt64, writeInt64 } from './layout.ts'

const OFFSET_INDEX_ENTRY = struct([s32be('relativeOffset'), s32be('position')])
const TIME_INDEX_ENTRY = struct([int64('timestamp'), s32be('relativeOffset')])
const ABORTED_TXN_ENTRY = struct([
  s16be('version'),
  int64('producerId'),
  int64('firstOffset'),
  int64('lastOffset'),
  int64('lastStableOffset'),
])
const PRODUCER_SNAPSHOT_HEADER = struct([s16be('version'), u32be('crc'), s32be('entriesCount')])
const PRODUCER_SNAPSHOT_ENTRY = struct([
  int64('producerId'),
  s16be('epoch'),
  s32be('lastSequence'),
  int64('lastOffset'),
  s32be('offsetDelta'),
  int64('timestamp'),
  s32be('coordinatorEpoch'),
  int64('currentTxnFirstOffset'),
])

export const OFFSET_INDEX_ENTRY_BYTES = OFFSET_INDEX_ENTRY.span
export const TIME_INDEX_ENTRY_BYTES = TIME_INDEX_ENTRY.span
export const ABORTED_TXN_ENTRY_BYTES = ABORTED_TXN_ENTRY.span

const POSITION = offsetIn(OFFSET_INDEX_ENTRY, 'position')
const TIME_RELATIVE_OFFSET = offsetIn(TIME_INDEX_ENTRY, 'relativeOffset')

/** `at` is where the entry begins, in bytes; offsets are relative to the segment's base offset. */
export function writeOffsetIndexEntry(buffer: Buffer, at: number, relativeOffset: number, position: number): void {
  buffer.writeInt32BE(relativeOffset, at)
  buffer.writeInt32BE(position, at + POSITION)
}

export function offsetIndexRelativeOffset(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at)
}

/** Where in the segment file the batch begins. */
export function offsetIndexPosition(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + POSITION)
}

export function writeTimeIndexEntry(buffer: Buffer, at: number, timestampMs: number, relativeOffset: number): void {
  writeInt64(buffer, at, timestampMs)
  buffer.writeInt32BE(relativeOffset, at + TIME_RELATIVE_OFFSET)
}

export function timeIndexTimestamp(buffer: Buffer, at: number): number {
  return readInt64(buffer, at)
}

export function timeIndexRelativeOffset(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + TIME_RELATIVE_OFFSET)
}

/** A transaction that was aborted: its data lies in [firstOffset, lastOffset], the latter that of its marker. */
export interface AbortedTxn {
  producerId: number
  firstOffset: number
  lastOffset: number
  /** The last stable offset when the marker was written. */
  lastStableOffset: number
}

const ABORTED = {
  VERSION: offsetIn(ABORTED_TXN_ENTRY, 'version'),
  PRODUCER_ID: offsetIn(ABORTED_TXN_ENTRY, 'producerId'),
  FIRST_OFFSET: offsetIn(ABORTED_TXN_ENTRY, 'firstOffset'),
  LAST_OFFSET: offsetIn(ABORTED_TXN_ENTRY, 'lastOffset'),
  LAST_STABLE_OFFSET: offsetIn(ABORTED_TXN_ENTRY, 'lastStableOffset'),
} as const
const ABORTED_TXN_VERSION = 0

export function encodeAbortedTxn(txn: AbortedTxn): Buffer {
  const buffer = Buffer.alloc(ABORTED_TXN_ENTRY_BYTES)
  buffer.writeInt16BE(ABORTED_TXN_VERSION, ABORTED.VERSION)
  writeInt64(buffer, ABORTED.PRODUCER_ID, txn.producerId)
  writeInt64(buffer, ABORTED.FIRST_OFFSET, txn.firstOffset)
  writeInt64(buffer, ABORTED.LAST_OFFSET, txn.lastOffset)
  writeInt64(buffer, ABORTED.LAST_STABLE_OFFSET, txn.lastStableOffset)
  return buffer
}

/** Throws `CorruptRecordError` for a version that is not known. */
export function decodeAbortedTxn(buffer: Buffer, at: number): AbortedTxn {
  const version = buffer.readInt16BE(at + ABORTED.VERSION)
  if (version > ABORTED_TXN_VERSION || version < 0) {
    throw new CorruptRecordError(`Unexpected aborted transaction version ${version}, current version is 0`)
  }
  return {
    producerId: readInt64(buffer, at + ABORTED.PRODUCER_ID),
    firstOffset: readInt64(buffer, at + ABORTED.FIRST_OFFSET),
    lastOffset: readInt64(buffer, at + ABORTED.LAST_OFFSET),
    lastStableOffset: readInt64(buffer, at + ABORTED.LAST_STABLE_OFFSET),
  }
}

/** The entry of one producer in a snapshot; -1 where there is nothing. */
export interface ProducerSnapshotEntry {
  producerId: number
  epoch: number
  lastSequence: number
  lastOffset: number
  /** The last offset of the last batch minus its first. */
  offsetDelta: number
  timestamp: number
  coordinatorEpoch: number
  /** -1 when no transaction is open. */
  currentTxnFirstOffset: number
}

const SNAPSHOT_VERSION = 1
const SNAPSHOT_CRC = offsetIn(PRODUCER_SNAPSHOT_HEADER, 'crc')
const SNAPSHOT_COUNT = offsetIn(PRODUCER_SNAPSHOT_HEADER, 'entriesCount')
const SNAPSHOT_HEADER_BYTES = PRODUCER_SNAPSHOT_HEADER.span
const SNAPSHOT_ENTRY_BYTES = PRODUCER_SNAPSHOT_ENTRY.span
const ENTRY = {
  PRODUCER_ID: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'producerId'),
  EPOCH: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'epoch'),
  LAST_SEQUENCE: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'lastSequence'),
  LAST_OFFSET: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'lastOffset'),
  OFFSET_DELTA: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'offsetDelta'),
  TIMESTAMP: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'timestamp'),
  COORDINATOR_EPOCH: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'coordinatorEpoch'),
  CURRENT_TXN_FIRST_OFFSET: offsetIn(PRODUCER_SNAPSHOT_ENTRY, 'currentTxnFirstOffset'),
} as const

export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Buffer {
  const buffer = Buffer.alloc(SNAPSHOT_HEADER_BYTES + entries.length * SNAPSHOT_ENTRY_BYTES)
  buffer.writeInt16BE(SNAPSHOT_VERSION, 0)
  buffer.writeInt32BE(entries.length, SNAPSHOT_COUNT)
  let at = SNAPSHOT_HEADER_BYTES
  for (const entry of entries) {
    writeInt64(buffer, at + ENTRY.PRODUCER_ID, entry.producerId)
    buffer.writeInt16BE(entry.epoch, at + ENTRY.EPOCH)
    buffer.writeInt32BE(entry.lastSequence, at + ENTRY.LAST_SEQUENCE)
    writeInt64(buffer, at + ENTRY.LAST_OFFSET, entry.lastOffset)
    buffer.writeInt32BE(entry.offsetDelta, at + ENTRY.OFFSET_DELTA)
    writeInt64(buffer, at + ENTRY.TIMESTAMP, entry.timestamp)
    buffer.writeInt32BE(entry.coordinatorEpoch, at + ENTRY.COORDINATOR_EPOCH)
    writeInt64(buffer, at + ENTRY.CURRENT_TXN_FIRST_OFFSET, entry.currentTxnFirstOffset)
    at += SNAPSHOT_ENTRY_BYTES
  }
  // The checksum covers all that follows it.
  buffer.writeUInt32BE(crc32c(buffer, SNAPSHOT_COUNT), SNAPSHOT_CRC)
  return buffer
}

/** Throws `CorruptRecordError`; the log then rebuilds the state from an older snapshot or from the segments. */
export function decodeProducerSnapshot(buffer: Buffer): ProducerSnapshotEntry[] {
  if (buffer.length < SNAPSHOT_HEADER_BYTES) throw new CorruptRecordError('The producer snapshot is cut short')
  const version = buffer.readInt16BE(0)
  if (version !== SNAPSHOT_VERSION) {
    throw new CorruptRecordError(`Snapshot contained an unknown file version ${version}`)
  }
  const count = buffer.readInt32BE(SNAPSHOT_COUNT)
  if (buffer.readUInt32BE(SNAPSHOT_CRC) !== crc32c(buffer, SNAPSHOT_COUNT)) {
    throw new CorruptRecordError('Snapshot is corrupt (CRC is no longer valid)')
  }
  if (count < 0 || buffer.length < SNAPSHOT_HEADER_BYTES + count * SNAPSHOT_ENTRY_BYTES) {
    throw new CorruptRecordError(`Snapshot declares ${count} entries, more than it holds`)
  }
  return Array.from({ length: count }, (_, i) =>
    snapshotEntry(buffer, SNAPSHOT_HEADER_BYTES + i * SNAPSHOT_ENTRY_BYTES),
  )
}

function snapshotEntry(buffer: Buffer, at: number): ProducerSnapshotEntry {
  return {
    producerId: readInt64(buffer, at + ENTRY.PRODUCER_ID),
    epoch: buffer.readInt16BE(at + ENTRY.EPOCH),
    lastSequence: buffer.readInt32BE(at + ENTRY.LAST_SEQUENCE),
    lastOffset: readInt64(buffer, at + ENTRY.LAST_OFFSET),
    offsetDelta: buffer.readInt32BE(at + ENTRY.OFFSET_DELTA),
    timestamp: readInt64(buffer, at + ENTRY.TIMESTAMP),
    coordinatorEpoch: buffer.readInt32BE(at + ENTRY.COORDINATOR_EPOCH),
    currentTxnFirstOffset: readInt64(buffer, at + ENTRY.CURRENT_TXN_FIRST_OFFSET),
  }
}
