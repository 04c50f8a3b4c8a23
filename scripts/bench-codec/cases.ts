import { codec } from '../../protocol/compile.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { MetadataResponse } from '../../protocol/messages/metadata.ts'
import { OffsetCommitRequest } from '../../protocol/messages/offset-commit.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { Reader } from '../../protocol/reader.ts'
import * as batch from '../../protocol/records/batch.ts'
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import { Writer } from '../../protocol/writer.ts'
import * as decoders from './decode-by-hand.ts'
import * as encoders from './encode-by-hand.ts'

/** One message, done by the compiled codec and by hand. */
export interface Case {
  readonly name: string
  readonly compiled: () => unknown
  readonly byHand: () => unknown
}

const TOPIC_ID = 'lymGNXFGVcWq07RrWF2ygQ'

const range = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i))

function encodeAll<S extends MessageSchema>(schema: S, version: number, value: Encodable<S>): Buffer {
  const writer = new Writer()
  codec(schema, version).encode(writer, value)
  return Buffer.from(writer.toBuffer())
}

function decodeCase<S extends MessageSchema>(
  name: string,
  schema: S,
  version: number,
  value: Encodable<S>,
  byHand: (bytes: Buffer) => unknown,
): Case {
  const bytes = encodeAll(schema, version, value)
  const compiled = codec(schema, version)
  return {
    name: `${name} v${version} decode`,
    compiled: () => compiled.decode(new Reader(bytes)),
    byHand: () => byHand(bytes),
  }
}

/** The value is one that was decoded, so that both sides meet objects of one shape with every field. */
function encodeCase<S extends MessageSchema>(
  name: string,
  schema: S,
  version: number,
  value: Encodable<S>,
  byHand: (value: never) => Buffer[],
): Case {
  const compiled = codec(schema, version)
  const full = compiled.decode(new Reader(encodeAll(schema, version, value)))
  const encode = (): Buffer[] => {
    const writer = new Writer()
    compiled.encode(writer, full)
    return writer.buffers()
  }
  if (!Buffer.concat(encode()).equals(Buffer.concat(byHand(full as never)))) {
    throw new Error(`${name}: the bytes by hand are not those of the codec`)
  }
  return { name: `${name} v${version} encode`, compiled: encode, byHand: () => byHand(full as never) }
}

const metadata: Encodable<typeof MetadataResponse> = {
  brokers: range(3, (i) => ({ nodeId: i, host: `broker-${i}.example.com`, port: 9092 })),
  clusterId: TOPIC_ID,
  controllerId: 1,
  topics: range(10, (i) => ({
    name: `orders-${i}`,
    topicId: TOPIC_ID,
    partitions: range(100, (partitionIndex) => ({
      partitionIndex,
      leaderId: partitionIndex % 3,
      leaderEpoch: 7,
      replicaNodes: [0, 1, 2],
      isrNodes: [0, 1, 2],
    })),
  })),
}

const recordsOf = (size: number): Buffer => Buffer.alloc(size, 1)

/** The header of a batch, as the log looks at it, beside reads at literal positions. */
function batchHeaderCase(): Case {
  const bytes = Buffer.alloc(batch.RECORD_BATCH_OVERHEAD)
  bytes.writeInt32BE(bytes.length - batch.LOG_OVERHEAD, 8)
  bytes[16] = batch.MAGIC_V2
  const int64 = (at: number): number => bytes.readInt32BE(at) * 0x100000000 + bytes.readUInt32BE(at + 4)
  return {
    name: 'batch header v2',
    compiled: () =>
      batch.baseOffset(bytes, 0) +
      batch.sizeInBytes(bytes, 0) +
      batch.lastOffset(bytes, 0) +
      batch.maxTimestamp(bytes, 0) +
      batch.producerId(bytes, 0) +
      batch.producerEpoch(bytes, 0) +
      batch.baseSequence(bytes, 0) +
      batch.recordsCount(bytes, 0),
    byHand: () =>
      int64(0) +
      (bytes.readInt32BE(8) + 12) +
      (int64(0) + bytes.readInt32BE(23)) +
      int64(35) +
      int64(43) +
      bytes.readInt16BE(51) +
      bytes.readInt32BE(53) +
      bytes.readInt32BE(57),
  }
}

export function cases(): Case[] {
  const produce: Encodable<typeof ProduceRequest> = {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: 'orders', partitionData: range(6, (index) => ({ index, records: recordsOf(4096) })) }],
  }
  const produced: Encodable<typeof ProduceResponse> = {
    responses: [{ name: 'orders', partitionResponses: range(6, (index) => ({ index, baseOffset: 123456789n })) }],
  }
  const fetch: Encodable<typeof FetchRequest> = {
    maxWaitMs: 500,
    minBytes: 1,
    topics: [
      {
        topic: 'orders',
        partitions: range(20, (partition) => ({ partition, fetchOffset: 123456789n, partitionMaxBytes: 1 << 20 })),
      },
    ],
  }
  const offsets = { highWatermark: 123456789n, lastStableOffset: 123456789n, logStartOffset: 0n }
  const partition = { ...offsets, abortedTransactions: null }
  const fetched: Encodable<typeof FetchResponse> = {
    responses: [
      {
        topic: 'orders',
        partitions: range(20, (partitionIndex) => ({ partitionIndex, ...partition, records: recordsOf(4096) })),
      },
    ],
  }
  const commit: Encodable<typeof OffsetCommitRequest> = {
    groupId: 'billing',
    generationIdOrMemberEpoch: 3,
    memberId: 'consumer-billing-1-0f3b6c0e-2d0c-4b57-9f3a-5f2f4e3a9c11',
    topics: [
      {
        name: 'orders',
        partitions: range(20, (partitionIndex) => ({ partitionIndex, committedOffset: 99n, committedMetadata: '' })),
      },
    ],
  }
  return [
    decodeCase('Produce request, 6 partitions', ProduceRequest, 11, produce, decoders.decodeProduceRequestV11),
    encodeCase('Produce response, 6 partitions', ProduceResponse, 11, produced, encoders.encodeProduceResponseV11),
    decodeCase('Fetch request, 20 partitions', FetchRequest, 12, fetch, decoders.decodeFetchRequestV12),
    encodeCase('Fetch response, 20 partitions', FetchResponse, 12, fetched, encoders.encodeFetchResponseV12),
    decodeCase(
      'Metadata response, 1,000 partitions',
      MetadataResponse,
      12,
      metadata,
      decoders.decodeMetadataResponseV12,
    ),
    encodeCase(
      'Metadata response, 1,000 partitions',
      MetadataResponse,
      12,
      metadata,
      encoders.encodeMetadataResponseV12,
    ),
    decodeCase(
      'OffsetCommit request, 20 partitions',
      OffsetCommitRequest,
      9,
      commit,
      decoders.decodeOffsetCommitRequestV9,
    ),
    batchHeaderCase(),
  ]
}
