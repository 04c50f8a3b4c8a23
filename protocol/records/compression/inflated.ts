import { constants } from 'node:buffer'
import { RecordTooLargeError, UnreadableRecordsError } from '../errors.ts'

/**
 * The output of a codec. Kafka reads compressed records as a stream, so bytes before a fault are judged before the
 * fault is met: `failure` is what a read past the end of `bytes` must throw, null where the stream ends as it should.
 */
export interface Inflated {
  bytes: Buffer
  failure: UnreadableRecordsError | null
}

/** A fault in the compressed bytes. Kafka has no error of its own for it: UNKNOWN_SERVER_ERROR. */
export function brokenStream(what: string): UnreadableRecordsError {
  return new UnreadableRecordsError(`Failed to decompress record stream: ${what}`)
}

export function beyondLimit(maxBytes: number): RecordTooLargeError {
  return new RecordTooLargeError(`The records inflate to more than the ${maxBytes} bytes allowed`)
}

/**
 * Kafka takes from some codecs a chunk at a time, and a fault inside a chunk loses the whole of it: only full chunks
 * before the fault are seen.
 */
export function wholeChunks(bytes: Buffer, chunkBytes: number): Buffer {
  return bytes.subarray(0, bytes.length - (bytes.length % chunkBytes))
}

/**
 * `maxOutputLength` for node:zlib, which takes neither 0 nor more than a buffer can be. A byte too many at the end of
 * several streams is refused when they are joined.
 */
export function outputLimit(maxBytes: number): number {
  return Math.min(Math.max(maxBytes, 1), constants.MAX_LENGTH)
}

/** Output that grows by doubling up to a limit. */
export class GrowingBuffer {
  bytes: Buffer
  length = 0
  private readonly maxBytes: number

  constructor(expectedBytes: number, maxBytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes))
    this.maxBytes = maxBytes
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed > this.maxBytes) throw beyondLimit(this.maxBytes)
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, this.bytes.length * 2), this.maxBytes))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length)
    this.bytes.set(chunk, this.length)
    this.length += chunk.length
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
