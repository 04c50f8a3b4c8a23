const SIZE_BYTES = 4
/** What a split frame is given at first. A size prefix alone must not make anybody allocate what it says. */
const FIRST_GATHER_BYTES = 64 * 1024
/** A frame that has come this far (one part in sixteen) is trusted to be as large as it says. */
const TRUST_FACTOR = 16

/** A size that no frame may have: negative, or beyond `socket.request.max.bytes`. */
export class InvalidFrameSize extends Error {
  override readonly name = 'InvalidFrameSize'

  constructor(sizeBytes: number, maxBytes: number) {
    super(`Invalid receive (size = ${sizeBytes}${sizeBytes < 0 ? '' : ` larger than ${maxBytes}`})`)
  }
}

/**
 * Cuts a stream of chunks into frames. A frame that lies within one chunk is a view on it; one that is split over
 * chunks is gathered into one buffer, which grows with what has arrived until enough of the frame is there.
 */
export class FrameReader {
  private readonly maxFrameBytes: () => number
  private chunk: Buffer | null = null
  private position = 0
  /** The bytes of a size that was itself split. */
  private readonly sizePrefix = Buffer.allocUnsafe(SIZE_BYTES)
  private sizePrefixLength = 0
  /** Of the frame that has begun; -1 between frames. */
  private frameBytes = -1
  private gathered: Buffer | null = null
  private gatheredBytes = 0

  constructor(maxFrameBytes: () => number) {
    this.maxFrameBytes = maxFrameBytes
  }

  /** The next chunk of the stream. `next` must have returned null before, or the chunks are joined. */
  push(chunk: Buffer): void {
    if (this.chunk === null) {
      this.chunk = chunk
      this.position = 0
    } else {
      this.chunk = Buffer.concat([this.chunk.subarray(this.position), chunk])
      this.position = 0
    }
  }

  /**
   * The next whole frame without its size, or null until more has arrived. Throws `InvalidFrameSize`, after which the
   * stream is of no use.
   */
  next(): Buffer | null {
    if (this.frameBytes < 0 && !this.readSize()) return null
    const { chunk } = this
    const available = chunk === null ? 0 : chunk.length - this.position
    if (this.gathered === null && available >= this.frameBytes) return this.takeView()
    this.gather(available)
    if (this.gatheredBytes < this.frameBytes) return null
    const frame = this.gathered!
    this.gathered = null
    this.gatheredBytes = 0
    this.frameBytes = -1
    return frame
  }

  /** Size of the frame that has begun and is not complete; 0 between frames. */
  get pendingFrameBytes(): number {
    return Math.max(this.frameBytes, 0)
  }

  /** True when there are bytes that no frame has been made of yet. */
  get hasUnread(): boolean {
    return this.chunk !== null
  }

  private readSize(): boolean {
    const { chunk } = this
    if (chunk === null) return false
    if (this.sizePrefixLength === 0 && chunk.length - this.position >= SIZE_BYTES) {
      this.frameBytes = chunk.readInt32BE(this.position)
      this.advance(SIZE_BYTES)
    } else {
      const count = Math.min(SIZE_BYTES - this.sizePrefixLength, chunk.length - this.position)
      chunk.copy(this.sizePrefix, this.sizePrefixLength, this.position, this.position + count)
      this.sizePrefixLength += count
      this.advance(count)
      if (this.sizePrefixLength < SIZE_BYTES) return false
      this.sizePrefixLength = 0
      this.frameBytes = this.sizePrefix.readInt32BE()
    }
    const maxBytes = this.maxFrameBytes()
    if (this.frameBytes < 0 || this.frameBytes > maxBytes) throw new InvalidFrameSize(this.frameBytes, maxBytes)
    return true
  }

  private takeView(): Buffer {
    const end = this.position + this.frameBytes
    const frame = this.chunk === null ? Buffer.alloc(0) : this.chunk.subarray(this.position, end)
    this.advance(this.frameBytes)
    this.frameBytes = -1
    return frame
  }

  private gather(available: number): void {
    const count = Math.min(available, this.frameBytes - this.gatheredBytes)
    if (count === 0) return
    this.makeRoom(this.gatheredBytes + count)
    this.chunk!.copy(this.gathered!, this.gatheredBytes, this.position, this.position + count)
    this.gatheredBytes += count
    this.advance(count)
  }

  private makeRoom(neededBytes: number): void {
    if (this.gathered !== null && this.gathered.length >= neededBytes) return
    const size = Math.min(this.frameBytes, Math.max(FIRST_GATHER_BYTES, neededBytes * TRUST_FACTOR))
    // Slow on purpose: a slice of Node's shared pool would be kept alive by, and keep alive, its neighbours.
    const larger = Buffer.allocUnsafeSlow(size)
    this.gathered?.copy(larger, 0, 0, this.gatheredBytes)
    this.gathered = larger
  }

  private advance(count: number): void {
    this.position += count
    if (this.chunk !== null && this.position === this.chunk.length) this.chunk = null
  }
}
