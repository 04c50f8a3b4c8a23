import { ClientError } from './errors.ts'

const SIZE_BYTES = 4

/** Cuts what a broker sends into responses. Chunks are the network's: whatever lasts beyond a call is a copy. */
export class ResponseFrames {
  readonly #maxFrameBytes: number
  #size = Buffer.alloc(SIZE_BYTES)
  #sizeBytes = 0
  #frame: Buffer | null = null
  #frameBytes = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** The responses, without their sizes, that the chunk completes. Throws `ClientError` at a size that none has. */
  *push(chunk: Buffer): Generator<Buffer> {
    for (let at = 0; at < chunk.length; ) {
      at += this.#frame === null ? this.#takeSize(chunk, at) : this.#takeContent(chunk, at)
      if (this.#frame !== null && this.#frameBytes === this.#frame.length) {
        yield this.#frame
        this.#frame = null
      }
    }
  }

  #takeSize(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.#size, this.#sizeBytes, at)
    this.#sizeBytes += count
    if (this.#sizeBytes < SIZE_BYTES) return count
    const size = this.#size.readInt32BE(0)
    if (size < SIZE_BYTES || size > this.#maxFrameBytes) {
      throw new ClientError('malformed', `a response cannot have ${size} bytes: this is not a Kafka broker's listener`)
    }
    this.#frame = Buffer.allocUnsafeSlow(size)
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
