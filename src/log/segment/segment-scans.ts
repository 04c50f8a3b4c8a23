/** Looks at the batches of a segment, from the nearest entry of its offset index on. */

import { KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import type { File } from '../../env/index.ts'
import { BatchScanner } from './batch-scanner.ts'
import type { OffsetIndex } from './offset-index.ts'
import type { TimeIndex, TimestampAndOffset } from './time-index.ts'

/** A batch found in the file. */
export interface BatchPosition {
  position: number
  sizeInBytes: number
}

/** The segment, as far as its batches are looked at. */
interface ScannedSegment {
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  loadIndexes(): Promise<void> | null
  read<T>(use: (file: File) => Promise<T>): Promise<T>
}

/** Enough for what a sparse index leaves open. */
const CHUNK_BYTES = 16 * 1024

/** The offset after the last batch; the base offset of an empty segment. */
export async function nextOffsetOf(segment: ScannedSegment): Promise<number> {
  if (segment.sizeBytes === 0) return segment.baseOffset
  let start = 0
  if (segment.sizeBytes > CHUNK_BYTES) {
    await segment.offsetIndex.load()
    start = segment.offsetIndex.last().position
  }
  return segment.read(async (file) => {
    const options = { wholeBatches: false, chunkBytes: CHUNK_BYTES }
    const scanner = new BatchScanner(file, start, segment.sizeBytes, options)
    let next = segment.baseOffset
    while (await scanner.next()) next = batch.lastOffset(scanner.buffer, scanner.at) + 1
    return next
  })
}

/** The first batch whose last offset is at least `offset`; null when the segment ends before. */
export async function locateBatch(segment: ScannedSegment, offset: number): Promise<BatchPosition | null> {
  await segment.loadIndexes()
  const start = segment.offsetIndex.lookup(offset).position
  return segment.read(async (file) => {
    const options = { wholeBatches: false, chunkBytes: CHUNK_BYTES }
    const scanner = new BatchScanner(file, start, segment.sizeBytes, options)
    while (await scanner.next()) {
      if (batch.lastOffset(scanner.buffer, scanner.at) >= offset) {
        return { position: scanner.position, sizeInBytes: scanner.sizeInBytes }
      }
    }
    return null
  })
}

/** The largest timestamp of the first batch; -1 when there is none. */
export function firstBatchTimestampOf(segment: ScannedSegment): Promise<number> {
  return segment.read(async (file) => {
    const scanner = new BatchScanner(file, 0, segment.sizeBytes, { wholeBatches: false, chunkBytes: 512 })
    return (await scanner.next()) ? batch.maxTimestamp(scanner.buffer, scanner.at) : -1
  })
}

/** The time index's last entry, or a larger timestamp behind it. */
export async function newestIndexedOrBehind(segment: ScannedSegment): Promise<TimestampAndOffset> {
  let newest = segment.timeIndex.last()
  const start = segment.offsetIndex.lookup(newest.offset).position
  await segment.read(async (file) => {
    const scanner = new BatchScanner(file, start, segment.sizeBytes, { wholeBatches: false })
    while (await scanner.next()) {
      const timestamp = batch.maxTimestamp(scanner.buffer, scanner.at)
      if (timestamp > newest.timestamp) newest = { timestamp, offset: batch.lastOffset(scanner.buffer, scanner.at) }
    }
  })
  return newest
}

/** The batch that the last entry of the offset index names; null where there is no such batch, or a damaged one. */
export async function lastIndexedBatch(segment: ScannedSegment): Promise<BatchPosition | null> {
  const { offset, position } = segment.offsetIndex.last()
  if (segment.offsetIndex.entryCount === 0 || position >= segment.sizeBytes) return null
  try {
    return await segment.read(async (file) => {
      const options = { wholeBatches: true, chunkBytes: CHUNK_BYTES }
      const scanner = new BatchScanner(file, position, segment.sizeBytes, options)
      if (!(await scanner.next())) return null
      const { buffer, at, sizeInBytes } = scanner
      return batch.isValid(buffer, at) && batch.lastOffset(buffer, at) === offset ? { position, sizeInBytes } : null
    })
  } catch (error) {
    if (error instanceof KafkaError) return null
    throw error
  }
}
