/**
 * A throwaway broker: real frames, native CRC-32C, one writev a partition's batch, and nothing else that a broker is:
 * no validation of records, no indexes, no cache, no recovery, no errors, one replica of itself that never fails.
 * It is what samsa's own cost is measured against. Prints its port; its data go into the directory it is given.
 */
import { openSync, readSync, writevSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { codec } from '../../../protocol/compile.ts'
import { readRequestHeader, responseFrame } from '../../../protocol/frame.ts'
import type { FetchRequest } from '../../../protocol/messages/fetch.ts'
import type { ProduceRequest } from '../../../protocol/messages/produce.ts'

const CRC_AT = 17
const CHECKED_FROM = 21
const LAST_OFFSET_DELTA_AT = 23

interface Partition {
  file: number
  bytes: number
  endOffset: number
  /** Base offset and place of every batch. */
  offsets: number[]
  places: number[]
}

interface Topic {
  name: string
  numPartitions: number
}

interface Asked {
  name: string
  partitions: object[]
}

const directory = process.argv[2]
const topics = new Map<string, Partition[]>()
// biome-ignore lint/suspicious/noExplicitAny: bodies of a handful of APIs, of which one or two fields are read.
const answers: Record<number, (body: any) => object> = {
  0: produce,
  1: fetch,
  2: ({ topics: asked }) => ({ topics: (asked as Asked[]).map(({ name, partitions }) => ({ name, partitions })) }),
  19: ({ topics: wanted }) => ({ topics: (wanted as Topic[]).map(create) }),
  20: ({ topicNames }) => ({ responses: (topicNames as string[]).map((name) => ({ name, errorCode: 0 })) }),
}

function create({ name, numPartitions }: Topic): object {
  const open = (index: number): number => openSync(join(directory, `${name}-${index}`), 'w+')
  const fresh = (index: number): Partition => ({ file: open(index), bytes: 0, endOffset: 0, offsets: [], places: [] })
  topics.set(
    name,
    Array.from({ length: numPartitions }, (_, index) => fresh(index)),
  )
  return { name, errorCode: 0 }
}

function produce({ topicData }: ProduceRequest): object {
  const responses = topicData.map(({ name, partitionData }) => {
    const partitionResponses = partitionData.map(({ index, records }) => {
      return { index, errorCode: 0, baseOffset: append(topics.get(name)![index], records as Buffer) }
    })
    return { name, partitionResponses }
  })
  return { responses }
}

function append(partition: Partition, batch: Buffer): bigint {
  if (crc32c(batch.subarray(CHECKED_FROM)) !== batch.readUInt32BE(CRC_AT)) throw new Error('CRC')
  const baseOffset = partition.endOffset
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  partition.offsets.push(baseOffset)
  partition.places.push(partition.bytes)
  partition.bytes += writevSync(partition.file, [batch], partition.bytes)
  partition.endOffset += batch.readInt32BE(LAST_OFFSET_DELTA_AT) + 1
  return BigInt(baseOffset)
}

function fetch({ topics: asked }: FetchRequest): object {
  const responses = asked.map(({ topic, partitions }) => {
    const answered = partitions.map(({ partition: partitionIndex, fetchOffset, partitionMaxBytes }) => {
      const partition = topics.get(topic)![partitionIndex]
      const records = read(partition, Number(fetchOffset), partitionMaxBytes)
      const highWatermark = BigInt(partition.endOffset)
      return { partitionIndex, errorCode: 0, highWatermark, abortedTransactions: null, records }
    })
    return { topic, partitions: answered }
  })
  return { responses }
}

function read(partition: Partition, offset: number, maxBytes: number): Buffer {
  let low = 0
  for (let high = partition.offsets.length; high - low > 1; ) {
    const middle = (low + high) >> 1
    if (partition.offsets[middle] <= offset) low = middle
    else high = middle
  }
  const place = partition.places[low]
  const records = Buffer.allocUnsafe(Math.min(maxBytes, partition.bytes - place))
  return records.subarray(0, readSync(partition.file, records, 0, records.length, place))
}

function answer(socket: Socket, frame: Buffer): void {
  const { api, header, reader } = readRequestHeader(frame)
  const body = codec(api.request, header.requestApiVersion).decode(reader)
  const frames = responseFrame(api, header.requestApiVersion, header.correlationId, answers[api.apiKey](body))
  socket.cork()
  for (const part of frames) socket.write(part)
  socket.uncork()
}

const server = createServer({ noDelay: true }, (socket) => {
  let parts: Buffer[] = []
  let length = 0
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    parts.push(bytes)
    length += bytes.length
    if (parts[0].length < 4) parts = [Buffer.concat(parts)]
    if (length < 4 || length < 4 + parts[0].readInt32BE(0)) return
    let input = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    while (input.length >= 4 && input.length >= 4 + input.readInt32BE(0)) {
      const end = 4 + input.readInt32BE(0)
      answer(socket, input.subarray(4, end))
      input = input.subarray(end)
    }
    parts = input.length > 0 ? [input] : []
    length = input.length
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
