import { FetchResponse } from '../../../protocol/messages/fetch.ts'
import { type DecodedRecord, decodeBatches } from '../../../protocol/records/decode.ts'
import type { Connection } from './connection.ts'
import { refuse } from './topics.ts'

const fetchBytes = 4_000_000

/** Every record of partition 0 from the beginning to the high watermark, or up to an offset before it. */
export async function readRecords(
  connection: Connection,
  topic: string,
  toOffset: number,
  onRecord: (record: DecodedRecord) => void,
): Promise<void> {
  let offset = 0
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: fetchBytes }]
    const limits = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: fetchBytes }
    const body = { ...limits, topics: [{ topic, partitions }] }
    const answer = await connection.ask(FetchResponse, 11, body)
    const [partition] = answer.responses[0].partitions
    refuse('a fetch', partition.errorCode)
    for (const { lastOffset, records } of decodeBatches(partition.records as Buffer)) {
      offset = Number(lastOffset) + 1
      for (const record of records) if (record.offset < toOffset) onRecord(record)
    }
    if (offset >= Math.min(toOffset, Number(partition.highWatermark))) return
  }
}
