import { KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import type { File } from '../../env/index.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'

const CHUNK_BYTES = 1024 * 1024
/**
 * No batch that a broker took is larger than a request (`socket.request.max.bytes`, 100 MiB by default): a damaged
 * length must not make a reader allocate what it says.
 */
const MAX_BATCH_BYTES = 256 * 1024 * 1024

/** Where the whole batches of a file end, and why they end before the file does. */
export interface ScanEnd {
  position: number
  /** A sentence; null when the batches fill the file. */
  problem: string | null
  /** The bytes break off inside a batch, as a crash leaves them, rather than being something else. */
  torn: boolean
}

/**
 * Calls `visit` with every whole batch of [0, fileBytes), one at a time and in memory bounded by the largest of them.
 * Checksums are left to the visitor.
 */
export async function scanBatches(
  file: File,
  fileBytes: number,
  visit: (scanner: BatchScanner) => Promise<void> | null | undefined,
): Promise<ScanEnd> {
  const scanner = new BatchScanner(file, 0, fileBytes, {
    wholeBatches: true,
    chunkBytes: CHUNK_BYTES,
    maxBatchBytes: MAX_BATCH_BYTES,
  })
  try {
    for (let step = scanner.next(); step instanceof Promise ? await step : step; step = scanner.next()) {
      const pending = visit(scanner)
      if (pending) await pending
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
    return { position: scanner.position, problem: `${error.message}: no batch begins here`, torn: false }
  }
  const { position } = scanner
  if (position === fileBytes) return { position, problem: null, torn: false }
  const problem = `the file ends inside a batch: its last ${fileBytes - position} bytes are the beginning of one`
  return { position, problem, torn: true }
}

/** The fault of a whole batch as such; null when its size and checksum are right. */
export const batchProblem = (buffer: Buffer, at: number): string | null =>
  problemOf(() => batch.ensureValid(buffer, at))

/** Offsets that no log of samsa can hold. */
export const offsetProblem = (buffer: Buffer, at: number): string | null =>
  problemOf(() => void batch.lastOffset(buffer, at))

function problemOf(check: () => void): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return error.message
  }
}
