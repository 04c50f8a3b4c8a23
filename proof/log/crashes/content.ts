/** Everything that a log has, and what it says of aborted transactions, held against what its batches say of them. */
import { ControlRecordType, controlTypeOf } from '../../../protocol/records/control.ts'
import type { DecodedBatch } from '../../../protocol/records/decode.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { readFetches } from '../support.ts'

export interface LogContent {
  /** The first one may begin before the log does. */
  readonly batches: readonly DecodedBatch[]
  /** Where the log begins. */
  readonly from: number
  /** Producers of which a reader of committed records is told to leave records out. */
  readonly abortedProducers: ReadonlySet<number>
}

export async function contentOf(log: PartitionLog): Promise<LogContent> {
  const from = log.logStartOffset
  const batches: DecodedBatch[] = []
  const abortedProducers = new Set<number>()
  for await (const read of readFetches(log, from)) {
    for (const { producerId } of await log.abortedTransactions(read.fetched)) abortedProducers.add(producerId)
    batches.push(...read.batches)
  }
  return { batches, from, abortedProducers }
}

/** Every producer of a story has one transaction at most. null: the log says of them what its batches say. */
export function transactionsProblem({ batches, from, abortedProducers }: LogContent): string | null {
  const withRecords = new Set<number>()
  const withAbortMarker = new Set<number>()
  for (const { producerId, isControl, isTransactional, lastOffset, records } of batches) {
    const id = Number(producerId)
    if (isControl) {
      if (controlTypeOf(records[0]?.key ?? null) === ControlRecordType.ABORT) withAbortMarker.add(id)
    } else if (isTransactional && lastOffset >= BigInt(from)) withRecords.add(id)
  }
  for (const id of withAbortMarker) {
    if (withRecords.has(id) && !abortedProducers.has(id)) return `readers are not told that producer ${id} aborted`
  }
  for (const id of abortedProducers) {
    if (!withAbortMarker.has(id)) return `readers are told that producer ${id} aborted, who did not`
  }
  return null
}
