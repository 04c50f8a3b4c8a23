/** Batches in what was read of a log, which comes as one or more buffers; a batch may begin in one and end in the next. */
import {
  baseOffset,
  isControlBatch,
  isTransactional,
  lastOffset,
  producerId,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from '../../protocol/records/batch.ts'
import { ControlRecordType, controlTypeOf } from '../../protocol/records/control.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import type { LogBatch } from './partition/acquire.ts'

export interface ReadBatch extends LogBatch {
  /** Where it begins among the bytes. */
  readonly position: number
  readonly sizeBytes: number
}

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** The whole batches; one that the limits of the read have cut at the end is none. */
export function batchesIn(buffers: readonly Buffer[]): ReadBatch[] {
  const bytes = new Bytes(buffers)
  const batches: ReadBatch[] = []
  for (let position = 0; position + RECORD_BATCH_OVERHEAD <= bytes.length; ) {
    const header = bytes.slice(position, RECORD_BATCH_OVERHEAD)
    const sizeBytes = sizeInBytes(header, 0)
    if (position + sizeBytes > bytes.length) break
    batches.push({ baseOffset: baseOffset(header, 0), lastOffset: lastOffset(header, 0), position, sizeBytes })
    position += sizeBytes
  }
  return batches
}

/** The batches of transactions that were aborted, of which readers of committed records see nothing (KIP-98). */
export function abortedAmong(
  buffers: readonly Buffer[],
  batches: readonly ReadBatch[],
  transactions: readonly AbortedTransaction[],
): ReadBatch[] {
  if (transactions.length === 0) return []
  const bytes = new Bytes(buffers)
  const begun = [...transactions].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const producers = new Set<number>()
  return batches.filter((batch) => {
    const header = bytes.slice(batch.position, RECORD_BATCH_OVERHEAD)
    const producer = producerId(header, 0)
    for (let next = begun[0]; next !== undefined && next.firstOffset <= BigInt(batch.lastOffset); next = begun[0]) {
      producers.add(Number(next.producerId))
      begun.shift()
    }
    if (isControlBatch(header, 0)) {
      if (isAbort(bytes.slice(batch.position, batch.sizeBytes))) producers.delete(producer)
      return false
    }
    return isTransactional(header, 0) && producers.has(producer)
  })
}

function isAbort(batch: Buffer): boolean {
  const [first] = decodeBatches(batch).flatMap(({ records }) => records)
  return first !== undefined && controlTypeOf(first.key) === ControlRecordType.ABORT
}

/** The bytes from the first batch that reaches the offsets to the last one that does, as views. */
export function bytesOf(
  buffers: readonly Buffer[],
  batches: readonly ReadBatch[],
  firstOffset: number,
  endOffset: number,
): Buffer[] {
  const wanted = batches.filter((batch) => batch.lastOffset >= firstOffset && batch.baseOffset <= endOffset)
  const [first, last] = [wanted[0], wanted.at(-1)]
  if (first === undefined || last === undefined) return []
  return new Bytes(buffers).views(first.position, last.position + last.sizeBytes)
}

class Bytes {
  readonly length: number
  readonly #buffers: readonly Buffer[]

  constructor(buffers: readonly Buffer[]) {
    this.#buffers = buffers
    this.length = buffers.reduce((sum, { length }) => sum + length, 0)
  }

  /** A view where the bytes lie together, a copy where they do not. */
  slice(position: number, length: number): Buffer {
    const views = this.views(position, position + length)
    return views.length === 1 ? (views[0] as Buffer) : Buffer.concat(views)
  }

  views(start: number, end: number): Buffer[] {
    const views: Buffer[] = []
    let position = 0
    for (const buffer of this.#buffers) {
      const [from, to] = [Math.max(start, position), Math.min(end, position + buffer.length)]
      if (from < to) views.push(buffer.subarray(from - position, to - position))
      position += buffer.length
    }
    return views
  }
}
