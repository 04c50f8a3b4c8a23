/**
 * Decoders of a few versions as one would write them by hand for speed: one pass over a `DataView`, a
 * local position, nothing general. They are the measure for the compiled ones and do the same work: bounds are checked,
 * tagged fields are kept, records stay views on the input.
 */
import { ZERO_UUID } from '../../protocol/schema.ts'

interface Tag {
  tag: number
  data: Buffer
}

class Cursor {
  readonly bytes: Buffer
  readonly view: DataView
  position = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  varint(): number {
    let byte = this.view.getUint8(this.position++)
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.view.getUint8(this.position++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('varint')
  }

  length(): number {
    return this.varint() - 1
  }

  count(): number {
    const count = this.varint() - 1
    if (count > this.bytes.length - this.position) throw new RangeError('count')
    return count
  }

  text(length: number): string | null {
    if (length < 0) return null
    const start = this.position
    const end = start + length
    if (end > this.bytes.length || length > 0x7fff) throw new RangeError('text')
    this.position = end
    return this.bytes.toString('utf8', start, end)
  }

  string(): string {
    const text = this.text(this.length())
    if (text === null) throw new RangeError('null')
    return text
  }

  slice(length: number): Buffer | null {
    if (length < 0) return null
    const start = this.position
    if (start + length > this.bytes.length) throw new RangeError('slice')
    this.position = start + length
    return this.bytes.subarray(start, start + length)
  }

  uuid(): string {
    const start = this.position
    this.position += 16
    if (this.position > this.bytes.length) throw new RangeError('uuid')
    return this.bytes.toString('base64url', start, start + 16)
  }

  tags(): Tag[] | undefined {
    const count = this.varint()
    if (count === 0) return undefined
    const tags: Tag[] = []
    for (let i = 0; i < count; i++) tags.push({ tag: this.varint(), data: this.slice(this.varint())! })
    return tags
  }
}

export function decodeProduceRequestV11(bytes: Buffer) {
  const cursor = new Cursor(bytes)
  const { view } = cursor
  const transactionalId = cursor.text(cursor.length())
  const acks = view.getInt16(cursor.position)
  const timeoutMs = view.getInt32(cursor.position + 2)
  cursor.position += 6
  const topicData = []
  for (let i = cursor.count(); i > 0; i--) {
    const name = cursor.string()
    const partitionData = []
    for (let j = cursor.count(); j > 0; j--) {
      const index = view.getInt32(cursor.position)
      cursor.position += 4
      const records = cursor.slice(cursor.length())
      partitionData.push({ index, records, tags: cursor.tags() })
    }
    topicData.push({ name, topicId: ZERO_UUID, partitionData, tags: cursor.tags() })
  }
  return { transactionalId, acks, timeoutMs, topicData, tags: cursor.tags() }
}

export function decodeFetchRequestV12(bytes: Buffer) {
  const cursor = new Cursor(bytes)
  const { view } = cursor
  let position = cursor.position
  const replicaId = view.getInt32(position)
  const maxWaitMs = view.getInt32(position + 4)
  const minBytes = view.getInt32(position + 8)
  const maxBytes = view.getInt32(position + 12)
  const isolationLevel = view.getInt8(position + 16)
  const sessionId = view.getInt32(position + 17)
  const sessionEpoch = view.getInt32(position + 21)
  cursor.position = position + 25
  const topics = []
  for (let i = cursor.count(); i > 0; i--) {
    const topic = cursor.string()
    const partitions = []
    for (let j = cursor.count(); j > 0; j--) {
      position = cursor.position
      const partition = view.getInt32(position)
      const currentLeaderEpoch = view.getInt32(position + 4)
      const fetchOffset = view.getBigInt64(position + 8)
      const lastFetchedEpoch = view.getInt32(position + 16)
      const logStartOffset = view.getBigInt64(position + 20)
      const partitionMaxBytes = view.getInt32(position + 28)
      cursor.position = position + 32
      partitions.push({
        partition,
        currentLeaderEpoch,
        fetchOffset,
        lastFetchedEpoch,
        logStartOffset,
        partitionMaxBytes,
        replicaDirectoryId: ZERO_UUID,
        highWatermark: 9223372036854775807n,
        tags: cursor.tags(),
      })
    }
    topics.push({ topic, topicId: ZERO_UUID, partitions, tags: cursor.tags() })
  }
  const forgottenTopicsData = []
  for (let i = cursor.count(); i > 0; i--) {
    forgottenTopicsData.push({
      topic: cursor.string(),
      topicId: ZERO_UUID,
      partitions: int32s(cursor),
      tags: cursor.tags(),
    })
  }
  const rackId = cursor.string()
  return {
    clusterId: null,
    replicaId,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    topics,
    forgottenTopicsData,
    rackId,
    tags: cursor.tags(),
  }
}

function int32s(cursor: Cursor): number[] {
  const values = []
  for (let i = cursor.count(); i > 0; i--) {
    values.push(cursor.view.getInt32(cursor.position))
    cursor.position += 4
  }
  return values
}

export function decodeOffsetCommitRequestV9(bytes: Buffer) {
  const cursor = new Cursor(bytes)
  const { view } = cursor
  const groupId = cursor.string()
  const generationIdOrMemberEpoch = view.getInt32(cursor.position)
  cursor.position += 4
  const memberId = cursor.string()
  const groupInstanceId = cursor.text(cursor.length())
  const topics = []
  for (let i = cursor.count(); i > 0; i--) {
    const name = cursor.string()
    const partitions = []
    for (let j = cursor.count(); j > 0; j--) {
      const partitionIndex = view.getInt32(cursor.position)
      const committedOffset = view.getBigInt64(cursor.position + 4)
      const committedLeaderEpoch = view.getInt32(cursor.position + 12)
      cursor.position += 16
      const committedMetadata = cursor.text(cursor.length())
      partitions.push({ partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata, tags: cursor.tags() })
    }
    topics.push({ name, topicId: ZERO_UUID, partitions, tags: cursor.tags() })
  }
  return {
    groupId,
    generationIdOrMemberEpoch,
    memberId,
    groupInstanceId,
    retentionTimeMs: -1n,
    topics,
    tags: cursor.tags(),
  }
}

export function decodeMetadataResponseV12(bytes: Buffer) {
  const cursor = new Cursor(bytes)
  const { view } = cursor
  const throttleTimeMs = view.getInt32(0)
  cursor.position = 4
  const brokers = []
  for (let i = cursor.count(); i > 0; i--) {
    const nodeId = view.getInt32(cursor.position)
    cursor.position += 4
    const host = cursor.string()
    const port = view.getInt32(cursor.position)
    cursor.position += 4
    brokers.push({ nodeId, host, port, rack: cursor.text(cursor.length()), tags: cursor.tags() })
  }
  const clusterId = cursor.text(cursor.length())
  const controllerId = view.getInt32(cursor.position)
  cursor.position += 4
  const topics = []
  for (let i = cursor.count(); i > 0; i--) topics.push(decodeMetadataTopicV12(cursor))
  return {
    throttleTimeMs,
    brokers,
    clusterId,
    controllerId,
    topics,
    clusterAuthorizedOperations: -2147483648,
    errorCode: 0,
    tags: cursor.tags(),
  }
}

function decodeMetadataTopicV12(cursor: Cursor) {
  const { view } = cursor
  const errorCode = view.getInt16(cursor.position)
  cursor.position += 2
  const name = cursor.text(cursor.length())
  const topicId = cursor.uuid()
  const isInternal = view.getInt8(cursor.position++) !== 0
  const partitions = []
  for (let j = cursor.count(); j > 0; j--) {
    const position = cursor.position
    const partitionError = view.getInt16(position)
    const partitionIndex = view.getInt32(position + 2)
    const leaderId = view.getInt32(position + 6)
    const leaderEpoch = view.getInt32(position + 10)
    cursor.position = position + 14
    const replicaNodes = int32s(cursor)
    const isrNodes = int32s(cursor)
    const offlineReplicas = int32s(cursor)
    partitions.push({
      errorCode: partitionError,
      partitionIndex,
      leaderId,
      leaderEpoch,
      replicaNodes,
      isrNodes,
      offlineReplicas,
      tags: cursor.tags(),
    })
  }
  const topicAuthorizedOperations = view.getInt32(cursor.position)
  cursor.position += 4
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations, tags: cursor.tags() }
}
