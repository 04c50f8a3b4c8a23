/**
 * How many bytes of the log a share fetch reads: those of the records that it may give out. A consumer says how many bytes it
 * could take (50 MB by default) and how many records it wants, which are far fewer; whatever is read beyond these is read again
 * for the next fetch. The size of records is that of the ones that were read last.
 */
import type { ReadBatch } from './log-batches.ts'

/** Read while nothing is known of the records: enough for those of most consumers. */
export const FIRST_READ_BYTES = 1_048_576
const LEAST_READ_BYTES = 65_536

export class ReadSize {
  /** Bytes for each offset, and of the largest batch; null: nothing was read yet. */
  #seen: { readonly perOffset: number; readonly largestBatch: number } | null = null

  /** `offsets`: from the first one that is read, as many may be passed over or given out. The last batch is read whole. */
  bytesFor(offsets: number, minBytes: number): number {
    const seen = this.#seen
    if (seen === null) return Math.max(FIRST_READ_BYTES, minBytes)
    const bytes = Math.ceil(offsets * seen.perOffset) + seen.largestBatch
    return Math.max(LEAST_READ_BYTES, minBytes, bytes)
  }

  learn(batches: readonly ReadBatch[]): void {
    const [first, last] = [batches[0], batches.at(-1)]
    if (first === undefined || last === undefined) return
    const bytes = last.position + last.sizeBytes - first.position
    const largestBatch = batches.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0)
    this.#seen = { perOffset: bytes / (last.lastOffset - first.baseOffset + 1), largestBatch }
  }
}
