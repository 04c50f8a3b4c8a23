/**
 * Cuts a stream of bytes into frames. What arrives lies in memory that the network uses again at once, so everything
 * that is to last is copied from there: a frame into a slab or into memory of its own. Nothing is copied of what is read
 * straight into its place (`target`): the rest of a large frame, and what a busy connection sends (`run.ts`).
 *
 *   frame within what arrived                → copied; in a run it stays where it is
 *   begun, less than `SETTLED_BYTES` there   → gathered in a small slab (an idle peer must not pin a large one)
 *   begun, more than that there              → moved to its place in a slab, and the rest is read into that
 *   begun in a run                           → stays there, or moves to the next one with what is still to come
 *   larger than a slab, or not pooled        → gathered in memory of its own, which grows with what has arrived
 *   not begun when the connection must wait  → what arrived is copied as it is, frames are cut from the copy
 *
 * Only frames whose handler keeps none of their bytes beyond its answer may be in slabs (`ApiHandler.keepsNothing`).
 */
import { release, retain, SlabPool, slabOf } from '../env/slab-pool.ts'
import { BUSY_READ_BYTES, LARGEST_IN_RUN_BYTES, type Run, Runs, STILL_BUSY_READ_BYTES } from './run.ts'

const SIZE_BYTES = 4
const API_KEY_BYTES = 2
/** A frame that has come this far is given its place in a large slab. */
const SETTLED_BYTES = 64 * 1024
/** A frame that has come this far (one part in sixteen) is trusted to be as large as it says. */
const TRUST_FACTOR = 16
/**
 * The tail cache has its chunks in slabs of frames, and a topic that is deleted gives all of them back at once. What is not
 * kept then is made anew for the next one, and about every sixteenth slab that is made costs a full collection.
 */
const SPARE_FRAMES_BYTES = 64 * 1024 * 1024
/** Less than this is kept in memory of its own while a connection waits: a slab would be kept for it. */
const POOLED_REST_BYTES = 16 * 1024

/** A size that no frame may have: negative, or beyond `socket.request.max.bytes`. */
export class InvalidFrameSize extends Error {
  override readonly name = 'InvalidFrameSize'
  /** The bytes that were read as a size: of another protocol, perhaps. */
  readonly bytes = Buffer.alloc(SIZE_BYTES)

  constructor(sizeBytes: number, maxBytes: number) {
    super(`Invalid receive (size = ${sizeBytes}${sizeBytes < 0 ? '' : ` larger than ${maxBytes}`})`)
    this.bytes.writeInt32BE(sizeBytes)
  }
}

/** The memory that all connections of a server receive into. */
export class ReceiveMemory {
  readonly frames = new SlabPool(undefined, SPARE_FRAMES_BYTES)
  readonly beginnings = new SlabPool(SETTLED_BYTES)
  readonly runs = new Runs(this.frames)
  /** Whether frames of this API may be in slabs. */
  readonly isPooled: (apiKey: number) => boolean

  constructor(isPooled: (apiKey: number) => boolean) {
    this.isPooled = isPooled
  }
}

export class FrameReader {
  readonly #maxFrameBytes: () => number
  readonly #memory: ReceiveMemory
  /** The bytes that have arrived and are in no frame yet; null when there are none. */
  #rest: Buffer | null = null
  #position = 0
  /** `rest` is the network's, and good for this call only. */
  #restIsBorrowed = false
  /** The bytes of a size that was itself split. */
  readonly #sizePrefix = Buffer.allocUnsafe(SIZE_BYTES)
  #sizePrefixLength = 0
  /** The size of the frame that has begun; -1 between frames. */
  #frameBytes = -1
  #gathered: Buffer | null = null
  #gatheredBytes = 0
  #run: Run | null = null
  /** `rest` is in the run, and holds nothing but the beginning of a frame. */
  #hasBegunInRun = false
  /** The last read brought so much that the next one should go to a run. */
  #isBusy = false
  #readsIntoRun = false

  constructor(maxFrameBytes: () => number, memory: ReceiveMemory) {
    this.#maxFrameBytes = maxFrameBytes
    this.#memory = memory
  }

  /**
   * The place that the next bytes should be read to: room for the rest of the frame that has begun, or in the run. null:
   * they have to be pushed. The network asks after each read, and the place is good until it asks again.
   */
  target(): Buffer | null {
    this.#continueRun()
    const room = this.#roomForGathered
    this.#readsIntoRun = room === null
    return room ?? this.#run?.room ?? null
  }

  get #roomForGathered(): Buffer | null {
    const gathered = this.#gathered
    if (gathered === null || gathered.length < this.#frameBytes || this.#frameBytes <= SETTLED_BYTES) return null
    return this.#gatheredBytes === this.#frameBytes ? null : gathered.subarray(this.#gatheredBytes)
  }

  /** So many bytes have been read into `target`. */
  filled(count: number): void {
    const run = this.#run
    if (!this.#readsIntoRun || run === null) {
      this.#gatheredBytes += count
      return
    }
    this.#isBusy = count >= STILL_BUSY_READ_BYTES
    this.#hasBegunInRun = false
    if (this.#rest === null) this.#position = run.filledBytes
    run.filledBytes += count
    this.#putRestInRun(run)
  }

  /** The next bytes of the stream, good until this turn of the loop ends or `keep` is called. */
  push(chunk: Buffer): void {
    this.#isBusy = chunk.length >= BUSY_READ_BYTES
    this.#hasBegunInRun = false
    if (this.#rest === null) {
      this.#rest = chunk
      this.#restIsBorrowed = true
    } else {
      const joined = Buffer.concat([this.#rest.subarray(this.#position), chunk])
      this.#dropRest()
      this.#rest = joined
    }
    this.#position = 0
  }

  /** Copies the bytes that were pushed and have not become a frame: the network wants its memory back. */
  keep(): void {
    if (this.#rest === null || !this.#restIsBorrowed) return
    const rest = this.#rest.subarray(this.#position)
    this.#rest = rest.length < POOLED_REST_BYTES ? Buffer.from(rest) : this.#memory.frames.copy(rest)
    this.#restIsBorrowed = false
    this.#position = 0
  }

  /**
   * The next whole frame without its size, or null until more has arrived; it is retained for the caller, who releases
   * it. Throws `InvalidFrameSize`, after which the stream is of no use.
   */
  next(): Buffer | null {
    if (this.#frameBytes < 0 && !this.#readSize()) return null
    const available = this.#restBytes
    if (this.#gathered === null && available >= this.#frameBytes) return this.#cut()
    this.#hasBegunInRun = this.#mayStayInRun
    if (this.#hasBegunInRun) return null
    const gathered = this.#gather()
    return gathered === null || this.#gatheredBytes < this.#frameBytes ? null : this.#take(gathered)
  }

  /** Size of the frame that has begun and is not complete; 0 between frames. */
  get pendingFrameBytes(): number {
    return Math.max(this.#frameBytes, 0)
  }

  /** True when there are bytes that no frame has been made of yet, or a frame that nobody has taken. */
  get hasUnread(): boolean {
    if (this.#rest !== null) return !this.#hasBegunInRun
    return this.#gathered !== null && this.#gatheredBytes === this.#frameBytes
  }

  /**
   * True when so much waits that what is read next should stay with the system until it is used: a large frame, or bytes
   * that the next ones could only be joined to by a copy of both.
   */
  get hasMuchUnread(): boolean {
    return this.hasUnread && (this.#gathered !== null || this.#restBytes >= POOLED_REST_BYTES)
  }

  /** The stream has ended, and nobody writes to `target` any more. */
  close(): void {
    this.#dropRest()
    if (this.#gathered !== null) release(this.#gathered)
    this.#gathered = null
    this.#run?.end()
    this.#run = null
  }

  /** Gives a busy connection, before each read, a run with room for the frame that has begun in it. */
  #continueRun(): void {
    // Frames that wait for their turn stay where they are.
    if (this.hasUnread) return
    const rest = this.#rest
    if (this.#isBusy && this.#run?.hasRoomFor(rest === null ? 0 : this.#frameBytes - this.#restBytes)) return
    this.#run?.end()
    this.#run = this.#isBusy ? this.#memory.runs.begin() : null
    if (rest === null) return
    if (this.#run === null) {
      this.#gather()
      return
    }
    this.#run.filledBytes = rest.copy(this.#run.bytes, 0, this.#position)
    this.#dropRest()
    this.#position = 0
    this.#putRestInRun(this.#run)
  }

  /** Lets `rest` be the bytes that the run holds from `position` on. */
  #putRestInRun(run: Run): void {
    if (this.#rest === null) retain(run.bytes)
    this.#rest = run.bytes.subarray(0, run.filledBytes)
    this.#restIsBorrowed = false
  }

  get #mayStayInRun(): boolean {
    const rest = this.#rest
    if (rest === null || this.#gathered !== null || rest.buffer !== this.#run?.bytes.buffer) return false
    return this.#frameBytes <= LARGEST_IN_RUN_BYTES && this.#isPooled(rest.subarray(this.#position))
  }

  /** The number of bytes that have arrived and are in no frame yet. */
  get #restBytes(): number {
    return this.#rest === null ? 0 : this.#rest.length - this.#position
  }

  #readSize(): boolean {
    const rest = this.#rest
    if (rest === null) return false
    if (this.#sizePrefixLength === 0 && rest.length - this.#position >= SIZE_BYTES) {
      this.#frameBytes = rest.readInt32BE(this.#position)
      this.#advance(SIZE_BYTES)
    } else {
      const count = Math.min(SIZE_BYTES - this.#sizePrefixLength, rest.length - this.#position)
      rest.copy(this.#sizePrefix, this.#sizePrefixLength, this.#position, this.#position + count)
      this.#sizePrefixLength += count
      this.#advance(count)
      if (this.#sizePrefixLength < SIZE_BYTES) return false
      this.#sizePrefixLength = 0
      this.#frameBytes = this.#sizePrefix.readInt32BE()
    }
    const maxBytes = this.#maxFrameBytes()
    if (this.#frameBytes < 0 || this.#frameBytes > maxBytes) throw new InvalidFrameSize(this.#frameBytes, maxBytes)
    return true
  }

  #cut(): Buffer {
    if (this.#rest === null) {
      this.#frameBytes = -1
      return Buffer.alloc(0)
    }
    const view = this.#rest.subarray(this.#position, this.#position + this.#frameBytes)
    const frame = this.#own(view)
    this.#advance(this.#frameBytes)
    this.#frameBytes = -1
    return frame
  }

  /** The frame in memory that lasts, counted for who takes it. */
  #own(view: Buffer): Buffer {
    const lasts = !this.#restIsBorrowed
    const isInSlab = slabOf(view) !== undefined
    if (!this.#isPooled(view)) return lasts && !isInSlab ? view : Buffer.from(view)
    if (!lasts || !isInSlab) return this.#memory.frames.copy(view)
    retain(view)
    return view
  }

  /** Puts what has arrived of the frame where it is gathered; null when nothing of it has. */
  #gather(): Buffer | null {
    const rest = this.#rest
    const count = Math.min(this.#restBytes, this.#frameBytes - this.#gatheredBytes)
    if (rest === null || count === 0) return this.#gathered
    const gathered = this.#roomFor(this.#gatheredBytes + count, rest)
    rest.copy(gathered, this.#gatheredBytes, this.#position, this.#position + count)
    this.#gatheredBytes += count
    this.#advance(count)
    return gathered
  }

  #roomFor(neededBytes: number, rest: Buffer): Buffer {
    const gathered = this.#gathered
    const frameBytes = this.#frameBytes
    const { frames, beginnings } = this.#memory
    const begun = gathered === null ? rest.subarray(this.#position) : gathered.subarray(0, this.#gatheredBytes)
    const pooled = frameBytes <= frames.slabBytes && this.#isPooled(begun)
    const settles = pooled && neededBytes >= SETTLED_BYTES
    if (gathered !== null && gathered.length >= (settles ? frameBytes : neededBytes)) return gathered
    let larger: Buffer
    if (settles) larger = frames.reserve(frameBytes)
    else if (pooled) larger = beginnings.reserve(Math.min(frameBytes, SETTLED_BYTES))
    // Slow on purpose: a slice of Node's shared pool would be kept alive by, and keep alive, its neighbours.
    else larger = Buffer.allocUnsafeSlow(Math.min(frameBytes, Math.max(SETTLED_BYTES, neededBytes * TRUST_FACTOR)))
    if (gathered !== null) {
      gathered.copy(larger, 0, 0, this.#gatheredBytes)
      release(gathered)
    }
    this.#gathered = larger
    return larger
  }

  #take(gathered: Buffer): Buffer {
    let frame = gathered
    if (slabOf(gathered)?.pool === this.#memory.beginnings) {
      frame = this.#memory.frames.copy(gathered)
      release(gathered)
    }
    this.#gathered = null
    this.#gatheredBytes = 0
    this.#frameBytes = -1
    return frame
  }

  /** `bytes` are the frame's, from its beginning on. Too few of them to tell are not trusted. */
  #isPooled(bytes: Buffer): boolean {
    return bytes.length >= API_KEY_BYTES && this.#memory.isPooled(bytes.readInt16BE(0))
  }

  #advance(count: number): void {
    this.#position += count
    if (this.#rest !== null && this.#position === this.#rest.length) this.#dropRest()
  }

  #dropRest(): void {
    if (this.#rest !== null && !this.#restIsBorrowed) release(this.#rest)
    this.#rest = null
    this.#restIsBorrowed = false
  }
}
