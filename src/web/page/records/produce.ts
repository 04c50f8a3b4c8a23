/** Records that a person writes, or brings back from a file. */
import { listAt } from '../../../../protocol/collections/grouped.ts'
import { partitionForKey } from '../../../../protocol/hashes.ts'
import { buildBatch } from '../../../../protocol/records/build.ts'
import { compressionTypeOf } from '../../../../protocol/records/compression-type.ts'
import type { Clock } from '../../../env/index.ts'
import type { RecordToWrite } from '../bodies.ts'
import { type BrokerCalls, BY_NAME } from '../broker-calls.ts'
import { ensure, PageError } from '../page-error.ts'
import { metadataOf, partitionsOf } from '../topics/topic.ts'

export interface WrittenRecord {
  readonly partition: number
  readonly offset: number
}

const TIMEOUT_MS = 30_000
const ALL_IN_SYNC = -1

/** Resolves to the places of the records, in their order. A partition's records are written together or not at all. */
export async function produceRecords(
  calls: BrokerCalls,
  clock: Clock,
  topic: string,
  records: readonly RecordToWrite[],
  compression = 'none',
): Promise<WrittenRecord[]> {
  const partitions = partitionsOf(await metadataOf(calls, topic))
  const type = compressionTypeOf(compression)
  if (type === undefined) throw new PageError(400, 'UNSUPPORTED_COMPRESSION_TYPE', `There is no codec ${compression}.`)
  const withoutKey = partitions[clock.nowMs() % partitions.length] ?? 0
  const placed = records.map((record) => ({ ...record, to: placeOf(record, partitions, withoutKey) }))
  const byPartition = new Map<number, RecordToWrite[]>()
  for (const { to, ...record } of placed) listAt(byPartition, to).push(record)
  const partitionData = [...byPartition].map(([index, each]) => ({
    index,
    records: buildBatch(
      { compression: type },
      each.map((record) => written(record, clock.nowMs())),
    ),
  }))
  const request = { acks: ALL_IN_SYNC, timeoutMs: TIMEOUT_MS, topicData: [{ name: topic, partitionData }] }
  const { responses } = await calls.call('Produce', request, BY_NAME.Produce)
  const next = new Map<number, number>()
  for (const { index, errorCode, errorMessage, baseOffset } of responses[0]?.partitionResponses ?? []) {
    ensure(errorCode, `Nothing was written to ${topic}-${index}`, errorMessage)
    next.set(index, Number(baseOffset))
  }
  return placed.map(({ to }) => {
    const offset = next.get(to) ?? -1
    next.set(to, offset + 1)
    return { partition: to, offset }
  })
}

function placeOf({ partition, key, keyEncoding }: RecordToWrite, partitions: readonly number[], withoutKey: number) {
  if (partition !== undefined && partition !== null) return partition
  const bytes = bytesOf(key, keyEncoding)
  return bytes === null ? withoutKey : partitionForKey(bytes, partitions.length)
}

function written({ key, keyEncoding, value, valueEncoding, headers = [], timestamp }: RecordToWrite, nowMs: number) {
  return {
    key: bytesOf(key, keyEncoding),
    value: bytesOf(value, valueEncoding),
    timestamp: timestamp ?? nowMs,
    headers: headers.map((header) => ({ key: header.key, value: bytesOf(header.value, header.encoding) })),
  }
}

function bytesOf(text: string | null | undefined, encoding: 'base64' | undefined): Buffer | null {
  return text === null || text === undefined ? null : Buffer.from(text, encoding ?? 'utf8')
}
