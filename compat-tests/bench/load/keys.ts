import { BatchBuilder } from '../../../protocol/records/build.ts'
import { Connection } from './connection.ts'
import { eventText, MOST_OF_A_RECORD, numbers } from './payload.ts'
import { type PreparedRequest, produceFrame, requestsInTurn, sendAll } from './produce.ts'
import { readRecords } from './read-records.ts'

export interface KeysJob {
  port: number
  topic: string
  keys: number
  /** Each key is written so many times: all of them, and then all of them again. */
  times: number
  valueBytes: number
  batchBytes: number
}

const IN_FLIGHT = 5
const KEY_BYTES = 16

/** Fills one partition with records whose keys come round and round: the record at each offset has the key `offset % keys`. */
export async function fillWithKeys(job: KeysJob): Promise<void> {
  const connection = await Connection.open(job.port)
  const next = requestsInTurn(prepareRound(job))
  const limits = { acks: 1, inFlight: IN_FLIGHT } as const
  await sendAll([{ connection, next }], limits, job.keys * job.times * job.valueBytes)
  connection.close()
}

/** Every key once. */
function prepareRound({ topic, keys, valueBytes, batchBytes }: KeysJob): PreparedRequest[] {
  const next = numbers(1)
  const timestamp = Date.now()
  const perBatch = Math.max(1, Math.floor(batchBytes / (KEY_BYTES + valueBytes + MOST_OF_A_RECORD)))
  const requests: PreparedRequest[] = []
  for (let first = 0; first < keys; first += perBatch) {
    const end = Math.min(first + perBatch, keys)
    const builder = new BatchBuilder({})
    for (let key = first; key < end; key++) {
      builder.append({ timestamp, key: keyOf(key), value: eventText(valueBytes, next) })
    }
    const frame = produceFrame(topic, 1, [0], builder.build())
    requests.push({ frame, valueBytes: (end - first) * valueBytes })
  }
  return requests
}

const keyOf = (key: number): Buffer => Buffer.from(String(key).padStart(KEY_BYTES, '0'))

export interface KeysLeft {
  records: number
  /** Keys that are not there exactly once, at the last offset that had them. */
  wrongKeys: number
}

/** Reads back what `fillWithKeys` wrote, up to an offset. */
export async function keysLeft(job: {
  port: number
  topic: string
  keys: number
  toOffset: number
}): Promise<KeysLeft> {
  const { topic, keys, toOffset } = job
  const connection = await Connection.open(job.port)
  const times = new Uint8Array(keys)
  const lastOffsets = new Float64Array(keys).fill(-1)
  let records = 0
  await readRecords(connection, topic, toOffset, ({ key, offset }) => {
    records++
    times[Number(key)]++
    lastOffsets[Number(key)] = Number(offset)
  })
  connection.close()
  const last = toOffset - 1
  const isRight = (key: number): boolean => times[key] === 1 && lastOffsets[key] === last - ((last - key) % keys)
  const wrongKeys = times.reduce((wrong, _, key) => wrong + (isRight(key) ? 0 : 1), 0)
  return { records, wrongKeys }
}
