import { FetchResponse } from '../../../protocol/messages/fetch.ts'
import { type DecodedBatch, type DecodedRecord, decodeBatches } from '../../../protocol/records/decode.ts'
import type { Connection } from './connection.ts'
import { refuse } from './topics.ts'

const fetchBytes = 4_000_000
export const READ_UNCOMMITTED = 0
export const READ_COMMITTED = 1

/** The batches of one answer that were in none before, and the first offsets of transactions in it that were aborted. */
type OnBatches = (batches: readonly DecodedBatch[], abortedFrom: ReadonlySet<bigint>) => void

/** Every batch of partition 0 from the beginning to the high watermark, or up to an offset before it. */
export async function readBatches(
  connection: Connection,
  topic: string,
  isolationLevel: number,
  toOffset: number,
  onBatches: OnBatches,
): Promise<void> {
  let offset = 0n
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: fetchBytes }]
    const limits = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: fetchBytes, isolationLevel }
    const answer = await connection.ask(FetchResponse, 11, { ...limits, topics: [{ topic, partitions }] })
    const [{ errorCode, highWatermark, abortedTransactions, records }] = answer.responses[0].partitions
    refuse('a fetch', errorCode)
    const from = offset
    const batches = decodeBatches(records as Buffer).filter(({ lastOffset }) => lastOffset >= from)
    onBatches(batches, new Set((abortedTransactions ?? []).map(({ firstOffset }) => firstOffset)))
    for (const { lastOffset } of batches) offset = lastOffset + 1n
    if (offset >= highWatermark || offset >= toOffset) return
  }
}

/** Every record of partition 0 from the beginning to the high watermark, or up to an offset before it. */
export function readRecords(
  connection: Connection,
  topic: string,
  toOffset: number,
  onRecord: (record: DecodedRecord) => void,
): Promise<void> {
  return readBatches(connection, topic, READ_UNCOMMITTED, toOffset, (batches) => {
    for (const { records } of batches) for (const record of records) if (record.offset < toOffset) onRecord(record)
  })
}
