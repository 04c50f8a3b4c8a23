import { ControlRecordType, controlTypeOf } from '../../../protocol/records/control.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'

export interface CommittedRecord {
  offset: number
  key: string
  value: string | null
}

/**
 * The records that a read_committed consumer gets from the start of the log: it leaves out what the broker calls
 * aborted.
 */
export async function readCommitted(log: PartitionLog, maxBytes = 2000): Promise<CommittedRecord[]> {
  const found: CommittedRecord[] = []
  const end = log.replica.lastStableOffset
  for (let next = log.logStartOffset; next < end; ) {
    const fetched = await log.read(next, { maxBytes, upToOffset: end, minOneBatch: true })
    const aborted = [...(await log.abortedTransactions(fetched))].sort((a, b) => a.firstOffset - b.firstOffset)
    const batches = decodeBatches(Buffer.concat(fetched.buffers))
    if (batches.length === 0) break
    const inAbort = new Set<number>()
    for (const batch of batches) {
      next = Number(batch.lastOffset) + 1
      while (aborted.length > 0 && aborted[0].firstOffset <= Number(batch.lastOffset))
        inAbort.add(aborted.shift()!.producerId)
      const producerId = Number(batch.producerId)
      if (batch.isControl) {
        const [marker] = batch.records
        if (marker !== undefined && controlTypeOf(marker.key) === ControlRecordType.ABORT) inAbort.delete(producerId)
      } else if (!batch.isTransactional || !inAbort.has(producerId)) {
        for (const { offset, key, value } of batch.records) {
          found.push({ offset: Number(offset), key: String(key), value: value === null ? null : String(value) })
        }
      }
    }
  }
  return found
}
