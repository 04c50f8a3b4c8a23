import type { Socket } from 'node:net'
import { FetchRequest } from '../../../protocol/messages/fetch.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { encodeRequest, openSocket } from './connection.ts'
import { refuse } from './topics.ts'

const fetchApi = apisByKey.get(FetchRequest.apiKey!)!
/** Its fields have fixed places when one partition is asked for: lengths are not varints yet. */
const FETCH_VERSION = 11
/** Up to the offset delta of a batch's last record. */
const BATCH_HEAD_BYTES = 27
const BATCH_LENGTH_AT = 8
const LAST_OFFSET_DELTA_AT = 23
const LOG_OVERHEAD = 12

export interface FetchStreamOptions {
  port: number
  topic: string
  partition: number
  /** Defaults are those of Kafka's consumer. */
  maxBytes?: number
  maxWaitMs?: number
  /** For who wants to see each batch that is whole. */
  onBatch?(baseOffset: number, nextOffset: number): void
  /** A whole answer has come; gives the offset to ask for next, or null to stop. */
  onAnswer(nextOffset: number, recordBytes: number): number | null
}

/**
 * Fetches one partition again and again and reads of the answers only what it must: it hops from batch header to batch
 * header and keeps nothing, so that what is measured is the broker.
 */
export class FetchStream {
  private readonly options: FetchStreamOptions
  private readonly frame: Buffer
  private readonly head: Buffer
  private readonly headerBytes: number
  private socket!: Socket
  private gathered = 0
  private wanted: number
  private toSkip = 0
  /** Bytes of records of this answer that no header has been read for yet. */
  private unread = 0
  private recordBytes = 0
  private nextOffset = 0
  private inHeader = true

  static async open(options: FetchStreamOptions): Promise<FetchStream> {
    const stream = new FetchStream(options)
    stream.socket = await openSocket(
      options.port,
      (bytes) => stream.receive(bytes),
      () => {},
    )
    return stream
  }

  private constructor(options: FetchStreamOptions) {
    this.options = options
    this.frame = fetchFrame(options)
    // Size, correlation id, throttle time, error, session id, counts and the topic, partition to preferred replica.
    this.headerBytes = 4 + 4 + 4 + 2 + 4 + 4 + (2 + Buffer.byteLength(options.topic)) + 4 + (4 + 2 + 24 + 4 + 4) + 4
    this.head = Buffer.alloc(this.headerBytes + BATCH_HEAD_BYTES)
    this.wanted = this.headerBytes
  }

  ask(offset: number): void {
    this.nextOffset = offset
    this.frame.writeBigInt64BE(BigInt(offset), this.frame.length - OFFSET_TO_END)
    this.socket.write(Buffer.from(this.frame))
  }

  close(): void {
    this.socket.destroy()
  }

  private receive(bytes: Buffer): void {
    let position = 0
    while (position < bytes.length) {
      const available = bytes.length - position
      if (this.toSkip > 0) {
        const skipped = Math.min(this.toSkip, available)
        this.toSkip -= skipped
        position += skipped
      } else {
        const taken = Math.min(this.wanted - this.gathered, available)
        bytes.copy(this.head, this.gathered, position, position + taken)
        this.gathered += taken
        position += taken
        if (this.gathered === this.wanted) this.readHead()
      }
      if (this.toSkip === 0 && this.unread === 0 && !this.inHeader) this.finish()
    }
  }

  private readHead(): void {
    this.gathered = 0
    if (this.inHeader) this.readAnswerHeader()
    else this.readBatchHeader()
    // The rest is too short for a header: the beginning of a batch that the size limit has cut.
    if (this.unread >= BATCH_HEAD_BYTES) this.wanted = BATCH_HEAD_BYTES
    else {
      this.toSkip += this.unread
      this.unread = 0
    }
  }

  private readAnswerHeader(): void {
    const partitionError = this.headerBytes - (2 + 24 + 4 + 4 + 4)
    refuse('a fetch', this.head.readInt16BE(12) || this.head.readInt16BE(partitionError))
    this.inHeader = false
    this.recordBytes = this.unread = Math.max(0, this.head.readInt32BE(this.headerBytes - 4))
  }

  private readBatchHeader(): void {
    const size = LOG_OVERHEAD + this.head.readInt32BE(BATCH_LENGTH_AT)
    if (size <= this.unread) {
      const baseOffset = Number(this.head.readBigInt64BE(0))
      this.nextOffset = baseOffset + this.head.readInt32BE(LAST_OFFSET_DELTA_AT) + 1
      this.options.onBatch?.(baseOffset, this.nextOffset)
    }
    this.toSkip = Math.min(size, this.unread) - BATCH_HEAD_BYTES
    this.unread -= Math.min(size, this.unread)
  }

  private finish(): void {
    this.inHeader = true
    this.wanted = this.headerBytes
    const next = this.options.onAnswer(this.nextOffset, this.recordBytes)
    if (next !== null) this.ask(next)
  }
}

/** Log start offset, partition bytes, the empty list of forgotten topics and the empty rack, behind the fetch offset. */
const OFFSET_TO_END = 8 + 8 + 4 + 4 + 2

function fetchFrame({ topic, partition, maxBytes = 1_048_576, maxWaitMs = 500 }: FetchStreamOptions): Buffer {
  const partitions = [{ partition, fetchOffset: 0n, partitionMaxBytes: maxBytes }]
  const topics = [{ topic, partitions }]
  const body = { replicaId: -1, maxWaitMs, minBytes: 1, maxBytes: 52_428_800, topics, forgottenTopicsData: [] }
  return encodeRequest(fetchApi, FETCH_VERSION, body)
}
