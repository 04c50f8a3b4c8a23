import type { AbortedTxn } from '../../../protocol/records/index-entries.ts'
import type { SegmentList } from './segment-list.ts'

/** The aborted transactions with records in [from, upTo), in the order of their markers. */
export async function abortedTransactionsBetween(
  segments: SegmentList,
  from: number,
  upTo: number,
): Promise<AbortedTxn[]> {
  for (;;) {
    const { all } = segments
    const found: AbortedTxn[] = []
    for (const segment of segments.from(from)) {
      await segment.transactionIndex.load()
      if (segment.transactionIndex.collect(from, upTo, found)) break
    }
    // The files of a segment that compaction has replaced in between may have gone before the index was read.
    if (segments.all === all) return found
  }
}
