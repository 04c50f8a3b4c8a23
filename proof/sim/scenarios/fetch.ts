import { ErrorCode } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { NoAnswer, passes, type SimClient, sleep, unexpected } from '../client.ts'
import type { LoggedRecord } from './history.ts'

const FETCH_VERSION = 12

export interface FetchedPartition {
  partition: number
  records: LoggedRecord[]
  highWatermark: number
}

/** One Fetch without a session, from each partition's position on. */
export async function fetchOnce(
  client: SimClient,
  topic: string,
  positions: ReadonlyMap<number, number>,
  maxWaitMs: number,
): Promise<FetchedPartition[]> {
  const partitions = [...positions].map(([partition, position]) => ({
    partition,
    fetchOffset: BigInt(position),
    partitionMaxBytes: 4096,
  }))
  const body = { maxWaitMs, minBytes: 1, isolationLevel: 0, sessionEpoch: -1, topics: [{ topic, partitions }] }
  const response = await client.request(FetchRequest, FetchResponse, FETCH_VERSION, body, maxWaitMs + 3000)
  if (response.errorCode !== ErrorCode.NONE) throw unexpected('Fetch', response.errorCode)
  const fetched: FetchedPartition[] = []
  for (const { partitionIndex, errorCode, records, highWatermark } of response.responses[0]?.partitions ?? []) {
    if (errorCode === ErrorCode.NONE) {
      const from = positions.get(partitionIndex) ?? 0
      const logged = recordsFrom(records ?? Buffer.alloc(0), from)
      fetched.push({ partition: partitionIndex, records: logged, highWatermark: Number(highWatermark) })
    } else if (!passes(errorCode)) {
      throw unexpected(`Fetch from ${topic}-${partitionIndex}@${positions.get(partitionIndex)}`, errorCode)
    }
  }
  return fetched
}

/** A batch may begin before the offset that was asked for. */
function recordsFrom(bytes: Buffer, offset: number): LoggedRecord[] {
  return decodeBatches(bytes)
    .flatMap(({ records }) => records)
    .map((record) => ({ offset: Number(record.offset), value: String(record.value) }))
    .filter((record) => record.offset >= offset)
}

/** The whole log of a partition, from its first record to the high watermark. Closes the client. */
export async function readAll(client: SimClient, topic: string, partition: number): Promise<LoggedRecord[]> {
  const records: LoggedRecord[] = []
  for (let end = Number.POSITIVE_INFINITY; records.length < end; ) {
    try {
      const [fetched] = await fetchOnce(client, topic, new Map([[partition, records.length]]), 10)
      if (fetched) {
        records.push(...fetched.records)
        end = fetched.highWatermark
        if (end === 0) break
      } else await sleep(client.environment, 100)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      await sleep(client.environment, 100)
    }
  }
  client.close()
  return records
}
