/**
 * Encoders of a few versions as one would write them by hand for speed: one pass for the size, one to fill a buffer of
 * just that size. Records are not copied, the result is a list of buffers.
 */
import type { FetchResponse } from '../../protocol/messages/fetch.ts'
import type { MetadataResponse } from '../../protocol/messages/metadata.ts'
import type { ProduceResponse } from '../../protocol/messages/produce.ts'

class Output {
  readonly bytes: Buffer
  readonly view: DataView
  position = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, size)
  }

  varint(value: number): void {
    while (value > 0x7f) {
      this.bytes[this.position++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    this.bytes[this.position++] = value
  }

  string(value: string | null): void {
    if (value === null) {
      this.bytes[this.position++] = 0
      return
    }
    this.varint(Buffer.byteLength(value) + 1)
    this.position += this.bytes.write(value, this.position)
  }

  uuid(value: string): void {
    this.position += this.bytes.write(value, this.position, 16, 'base64url')
  }

  int32s(values: readonly number[]): void {
    this.varint(values.length + 1)
    for (let i = 0; i < values.length; i++) {
      this.view.setInt32(this.position, values[i])
      this.position += 4
    }
  }
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4
}

function stringSize(value: string | null): number {
  if (value === null) return 1
  const length = Buffer.byteLength(value)
  return varintSize(length + 1) + length
}

function int32sSize(values: readonly number[]): number {
  return varintSize(values.length + 1) + values.length * 4
}

export function encodeMetadataResponseV12(response: MetadataResponse): Buffer[] {
  const out = new Output(metadataSize(response))
  const { view } = out
  view.setInt32(0, response.throttleTimeMs)
  out.position = 4
  out.varint(response.brokers.length + 1)
  for (const broker of response.brokers) {
    view.setInt32(out.position, broker.nodeId)
    out.position += 4
    out.string(broker.host)
    view.setInt32(out.position, broker.port)
    out.position += 4
    out.string(broker.rack)
    out.varint(0)
  }
  out.string(response.clusterId)
  view.setInt32(out.position, response.controllerId)
  out.position += 4
  out.varint(response.topics.length + 1)
  for (const topic of response.topics) writeMetadataTopic(out, topic)
  out.varint(0)
  return [out.bytes]
}

function writeMetadataTopic(out: Output, topic: MetadataResponse['topics'][number]): void {
  const { view } = out
  view.setInt16(out.position, topic.errorCode)
  out.position += 2
  out.string(topic.name)
  out.uuid(topic.topicId)
  view.setInt8(out.position++, topic.isInternal ? 1 : 0)
  out.varint(topic.partitions.length + 1)
  for (const partition of topic.partitions) {
    const at = out.position
    view.setInt16(at, partition.errorCode)
    view.setInt32(at + 2, partition.partitionIndex)
    view.setInt32(at + 6, partition.leaderId)
    view.setInt32(at + 10, partition.leaderEpoch)
    out.position = at + 14
    out.int32s(partition.replicaNodes)
    out.int32s(partition.isrNodes)
    out.int32s(partition.offlineReplicas)
    out.varint(0)
  }
  view.setInt32(out.position, topic.topicAuthorizedOperations)
  out.position += 4
  out.varint(0)
}

function metadataSize(response: MetadataResponse): number {
  let size = 4 + varintSize(response.brokers.length + 1) + stringSize(response.clusterId) + 4
  for (const broker of response.brokers) size += 9 + stringSize(broker.host) + stringSize(broker.rack)
  size += varintSize(response.topics.length + 1) + 1
  for (const topic of response.topics) {
    size += 24 + stringSize(topic.name) + varintSize(topic.partitions.length + 1)
    for (const { replicaNodes, isrNodes, offlineReplicas } of topic.partitions) {
      size += 15 + int32sSize(replicaNodes) + int32sSize(isrNodes) + int32sSize(offlineReplicas)
    }
  }
  return size
}

/** Without the tagged fields, which only errors bring. */
export function encodeFetchResponseV12(response: FetchResponse): Buffer[] {
  const out = new Output(fetchSize(response))
  const { view } = out
  const parts: Buffer[] = []
  let written = 0
  view.setInt32(0, response.throttleTimeMs)
  view.setInt16(4, response.errorCode)
  view.setInt32(6, response.sessionId)
  out.position = 10
  out.varint(response.responses.length + 1)
  for (const topic of response.responses) {
    out.string(topic.topic)
    out.varint(topic.partitions.length + 1)
    for (const partition of topic.partitions) {
      const at = out.position
      view.setInt32(at, partition.partitionIndex)
      view.setInt16(at + 4, partition.errorCode)
      view.setBigInt64(at + 6, partition.highWatermark)
      view.setBigInt64(at + 14, partition.lastStableOffset)
      view.setBigInt64(at + 22, partition.logStartOffset)
      out.position = at + 30
      out.varint(0)
      view.setInt32(out.position, partition.preferredReadReplica)
      out.position += 4
      const records = partition.records!
      out.varint(records.length + 1)
      parts.push(out.bytes.subarray(written, out.position), records)
      written = out.position
      out.varint(0)
    }
    out.varint(0)
  }
  out.varint(0)
  parts.push(out.bytes.subarray(written, out.position))
  return parts
}

function fetchSize(response: FetchResponse): number {
  let size = 11 + varintSize(response.responses.length + 1)
  for (const topic of response.responses) {
    size += stringSize(topic.topic) + varintSize(topic.partitions.length + 1) + 1
    for (const { records } of topic.partitions) size += 36 + varintSize(records!.length + 1)
  }
  return size
}

/** Without record errors and tagged fields, which only errors bring. */
export function encodeProduceResponseV11(response: ProduceResponse): Buffer[] {
  const out = new Output(produceSize(response))
  const { view } = out
  out.varint(response.responses.length + 1)
  for (const topic of response.responses) {
    out.string(topic.name)
    out.varint(topic.partitionResponses.length + 1)
    for (const partition of topic.partitionResponses) {
      const at = out.position
      view.setInt32(at, partition.index)
      view.setInt16(at + 4, partition.errorCode)
      view.setBigInt64(at + 6, partition.baseOffset)
      view.setBigInt64(at + 14, partition.logAppendTimeMs)
      view.setBigInt64(at + 22, partition.logStartOffset)
      out.position = at + 30
      out.varint(1)
      out.string(partition.errorMessage)
      out.varint(0)
    }
    out.varint(0)
  }
  view.setInt32(out.position, response.throttleTimeMs)
  out.position += 4
  out.varint(0)
  return [out.bytes]
}

function produceSize(response: ProduceResponse): number {
  let size = varintSize(response.responses.length + 1) + 5
  for (const topic of response.responses) {
    size += stringSize(topic.name) + varintSize(topic.partitionResponses.length + 1) + 1
    for (const { errorMessage } of topic.partitionResponses) size += 32 + stringSize(errorMessage)
  }
  return size
}
