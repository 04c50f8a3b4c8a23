/**
 * The records of one answer to a fetch that an application is to see: from the position on, without control records, and
 * for readers of committed records without those of aborted transactions.
 */
import { ControlRecordType, controlTypeOf } from '../../../protocol/records/control.ts'
import { type DecodedBatch, decodeBatches } from '../../../protocol/records/decode.ts'

export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly timestampType: 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'
  readonly leaderEpoch: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** A transaction that was aborted: it has records of this producer from this offset to its marker. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly records: Buffer
  /** In any order; empty for readers of uncommitted records. */
  readonly aborted: readonly AbortedTransaction[]
}

/** `position`: the first offset that is wanted. `next`: the position behind everything that came. */
export function fetchedRecords(
  { topic, partition, records, aborted }: FetchedPartition,
  position: number,
): { readonly records: ConsumedRecord[]; readonly next: number } {
  const pending = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const abortedProducers = new Set<bigint>()
  const seen: ConsumedRecord[] = []
  let next = position
  for (const batch of decodeBatches(records)) {
    if (batch.lastOffset < BigInt(position)) continue
    while (pending[0] !== undefined && pending[0].firstOffset <= batch.lastOffset) {
      abortedProducers.add(pending.shift()?.producerId ?? -1n)
    }
    next = Number(batch.lastOffset) + 1
    if (batch.isControl) endsAbort(batch, abortedProducers)
    else if (!batch.isTransactional || !abortedProducers.has(batch.producerId)) {
      for (const each of recordsFrom(batch, position)) seen.push({ topic, partition, ...each })
    }
  }
  return { records: seen, next }
}

function endsAbort({ records, producerId }: DecodedBatch, abortedProducers: Set<bigint>): void {
  const [marker] = records
  if (marker !== undefined && controlTypeOf(marker.key) === ControlRecordType.ABORT) abortedProducers.delete(producerId)
}

function recordsFrom(batch: DecodedBatch, position: number): Omit<ConsumedRecord, 'topic' | 'partition'>[] {
  const { timestampType, leaderEpoch } = batch
  return batch.records
    .filter(({ offset }) => offset >= BigInt(position))
    .map(({ offset, timestamp, key, value, headers }) => ({
      offset: Number(offset),
      timestampMs: Number(timestamp),
      timestampType,
      leaderEpoch,
      key,
      value,
      headers,
    }))
}
