import { ErrorCode } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { type CommittedRecord, committedRecords } from '../../histories/committed-records.ts'
import { NoAnswer, passes, type SimClient, sleep, unexpected } from '../client.ts'

const FETCH_VERSION = 12
const READ_COMMITTED = 1
const PATIENCE_MS = 3000
const PARTITION_MAX_BYTES = 4096

export interface CommittedFetch {
  readonly partition: number
  readonly records: readonly CommittedRecord[]
  readonly nextOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
}

/** One read_committed Fetch without a session; nothing when nobody has answered, and then a moment has passed. */
export async function fetchCommitted(
  client: SimClient,
  topic: string,
  positions: ReadonlyMap<number, number>,
  maxWaitMs: number,
): Promise<CommittedFetch[]> {
  const partitions = [...positions].map(([partition, position]) => ({
    partition,
    fetchOffset: BigInt(position),
    partitionMaxBytes: PARTITION_MAX_BYTES,
  }))
  const topics = [{ topic, partitions }]
  const body = { maxWaitMs, minBytes: 1, isolationLevel: READ_COMMITTED, sessionEpoch: -1, topics }
  const asked = client.addressFor(FetchRequest, body)
  try {
    const response = await client.request(FetchRequest, FetchResponse, FETCH_VERSION, body, maxWaitMs + PATIENCE_MS)
    if (response.errorCode !== ErrorCode.NONE) throw unexpected('Fetch', response.errorCode)
    // A broker that has led, and is back with less than it had: whoever names no leader epoch is not told so.
    const isOfFormer = asked?.host !== client.addressFor(FetchRequest, body)?.host
    const passing = (code: number) => passes(code) || (isOfFormer && code === ErrorCode.OFFSET_OUT_OF_RANGE)
    return (response.responses[0]?.partitions ?? []).flatMap((answer) => read(topic, positions, answer, passing))
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    await sleep(client.environment, 50)
    return []
  }
}

type Answer = FetchResponse['responses'][number]['partitions'][number]

function read(
  topic: string,
  positions: ReadonlyMap<number, number>,
  answer: Answer,
  passing: (code: number) => boolean,
): CommittedFetch[] {
  const { partitionIndex: partition, errorCode, records, abortedTransactions } = answer
  const position = positions.get(partition) ?? 0
  if (errorCode !== ErrorCode.NONE) {
    if (passing(errorCode)) return []
    throw unexpected(`Fetch from ${topic}-${partition}@${position}`, errorCode)
  }
  return [
    {
      partition,
      ...committedRecords(records ?? Buffer.alloc(0), abortedTransactions ?? [], position),
      lastStableOffset: Number(answer.lastStableOffset),
      highWatermark: Number(answer.highWatermark),
    },
  ]
}
