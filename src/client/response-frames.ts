import type { SlabPool } from '../env/slab-pool.ts'
import { ClientError } from './errors.ts'

const SIZE_BYTES = 4
/** A smaller response is copied from where the network put it, and never keeps a slab. */
const LARGE_BYTES = 16 * 1024

/**
 * Cuts what a broker sends into responses. Chunks are the network's: whatever lasts beyond a call is a copy, but for the
 * rest of a large response, which is read straight to its place (`target`).
 */
export class ResponseFrames {
  readonly #maxFrameBytes: number
  /** Large responses are counted once there, for their reader; null: they are the collector's. */
  readonly #memory: SlabPool | null
  #size = Buffer.alloc(SIZE_BYTES)
  #sizeBytes = 0
  #frame: Buffer | null = null
  #frameBytes = 0

  constructor(maxFrameBytes: number, memory: SlabPool | null = null) {
    this.#maxFrameBytes = maxFrameBytes
    this.#memory = memory
  }

  /** The place for the rest of a large response that has begun; null: the next bytes have to be pushed. */
  target(): Buffer | null {
    const left = this.#frame === null ? 0 : this.#frame.length - this.#frameBytes
    return left < LARGE_BYTES ? null : (this.#frame?.subarray(this.#frameBytes) ?? null)
  }

  /** So many bytes have been read into `target`; the response, if that completes it. */
  filled(count: number): Buffer | null {
    this.#frameBytes += count
    return this.#complete()
  }

  /** The responses, without their sizes, that the chunk completes. Throws `ClientError` at a size that none has. */
  *push(chunk: Buffer): Generator<Buffer> {
    for (let at = 0; at < chunk.length; ) {
      at += this.#frame === null ? this.#takeSize(chunk, at) : this.#takeContent(chunk, at)
      const frame = this.#complete()
      if (frame !== null) yield frame
    }
  }

  #complete(): Buffer | null {
    const frame = this.#frame
    if (frame === null || this.#frameBytes < frame.length) return null
    this.#frame = null
    return frame
  }

  #takeSize(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.#size, this.#sizeBytes, at)
    this.#sizeBytes += count
    if (this.#sizeBytes < SIZE_BYTES) return count
    const size = this.#size.readInt32BE(0)
    if (size < SIZE_BYTES || size > this.#maxFrameBytes) {
      throw new ClientError('malformed', `a response cannot have ${size} bytes: this is not a Kafka broker's listener`)
    }
    const isPooled = this.#memory !== null && size >= LARGE_BYTES
    this.#frame = isPooled ? this.#memory.reserve(size) : Buffer.allocUnsafeSlow(size)
    this.#frameBytes = 0
    this.#sizeBytes = 0
    return count
  }

  #takeContent(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.#frame!, this.#frameBytes, at)
    this.#frameBytes += count
    return count
  }
}
