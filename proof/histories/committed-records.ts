import { ControlRecordType, controlTypeOf } from '../../protocol/records/control.ts'
import { type DecodedBatch, decodeBatches } from '../../protocol/records/decode.ts'

/**
 * An aborted transaction in a Fetch response: everything of the producer from the offset on, up to its marker, was
 * aborted.
 */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface CommittedRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string
}

/**
 * The records that a read_committed consumer gives to its user from the bytes it was sent, and where it reads on. As in
 * Kafka's own clients it is the consumer that leaves out what was aborted; the broker only ends its answer before what
 * is open.
 */
export function committedRecords(
  bytes: Buffer,
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): { records: CommittedRecord[]; nextOffset: number } {
  const records: CommittedRecord[] = []
  const toCome = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset))
  const abortedProducers = new Set<bigint>()
  let nextOffset = fromOffset
  for (const batch of decodeBatches(bytes)) {
    while (toCome.length > 0 && toCome[0].firstOffset <= batch.lastOffset) {
      abortedProducers.add((toCome.shift() as AbortedTransaction).producerId)
    }
    if (isAbort(batch)) abortedProducers.delete(batch.producerId)
    const isHidden = batch.isControl || (batch.isTransactional && abortedProducers.has(batch.producerId))
    if (!isHidden) records.push(...recordsFrom(batch, fromOffset))
    nextOffset = Math.max(nextOffset, Number(batch.lastOffset) + 1)
  }
  return { records, nextOffset }
}

/** A batch may begin before the offset that was asked for. */
function recordsFrom({ records }: DecodedBatch, offset: number): CommittedRecord[] {
  return records
    .filter((record) => Number(record.offset) >= offset)
    .map((record) => ({
      offset: Number(record.offset),
      key: record.key === null ? null : String(record.key),
      value: String(record.value),
    }))
}

function isAbort({ isControl, records }: DecodedBatch): boolean {
  return isControl && controlTypeOf(records[0]?.key ?? null) === ControlRecordType.ABORT
}
