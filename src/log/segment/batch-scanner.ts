import * as batch from '../../../protocol/records/batch.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import type { File } from '../../env/index.ts'

const DEFAULT_CHUNK_BYTES = 128 * 1024

export interface ScanOptions {
  wholeBatches: boolean
  chunkBytes?: number
  maxBatchBytes?: number
  /** One chunk takes the place of the other in memory: nothing of `buffer` may be kept beyond the next step. */
  reuseBuffer?: boolean
}

/**
 * Walks the batches of a `.log` file. A chunk of the file is read at a time, so that most steps are synchronous:
 * ```ts
 * for (;;) { const step = scanner.next(); if (!(step instanceof Promise ? await step : step)) break; … }
 * ```
 * Without `wholeBatches` only the header of a batch is sure to be in the buffer.
 */
export class BatchScanner {
  readonly #file: File
  readonly #end: number
  readonly #wholeBatches: boolean
  readonly #chunkBytes: number
  readonly #maxBatchBytes: number
  /** The current batch starts at `at` in `buffer`, and at `position` in the file. */
  buffer: Buffer = Buffer.alloc(0)
  at = 0
  position: number
  sizeInBytes = 0
  #bufferPosition: number
  readonly #reuseBuffer: boolean
  #memory: Buffer = Buffer.alloc(0)

  /** Scans [position, end) of the file; `position` must be the start of a batch. */
  constructor(file: File, position: number, end: number, options: ScanOptions = { wholeBatches: true }) {
    this.#file = file
    this.position = position
    this.#bufferPosition = position
    this.#end = end
    this.#wholeBatches = options.wholeBatches
    this.#chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES
    this.#maxBatchBytes = options.maxBatchBytes ?? Number.POSITIVE_INFINITY
    this.#reuseBuffer = options.reuseBuffer ?? false
  }

  /**
   * Steps to the next batch. False at the end and before a batch that is not there whole (a torn tail); `position` is
   * then where the whole batches end. Throws `CorruptRecordError` at bytes that are no batch.
   */
  next(): boolean | Promise<boolean> {
    this.position += this.sizeInBytes
    this.sizeInBytes = 0
    const needed = this.#bytesNeeded()
    return needed === 0 ? this.sizeInBytes > 0 : this.#fill(needed)
  }

  /** 0 when the step is decided: the batch is in the buffer, or there is none. */
  #bytesNeeded(): number {
    const left = this.#end - this.position
    if (left < batch.HEADER_SIZE_UP_TO_MAGIC) return 0
    this.at = this.position - this.#bufferPosition
    const buffered = this.buffer.length - this.at
    const header = Math.min(batch.RECORD_BATCH_OVERHEAD, left)
    if (buffered < header) return header
    const size = batchSize(this.buffer, this.at)
    if (size > this.#maxBatchBytes) throw new CorruptRecordError(`Record size ${size} is beyond any batch`)
    if (size > left) return 0
    if (this.#wholeBatches && buffered < size) return size
    this.sizeInBytes = size
    return 0
  }

  async #fill(neededBytes: number): Promise<boolean> {
    let needed = neededBytes
    do {
      const length = Math.min(Math.max(needed, this.#chunkBytes), this.#end - this.position)
      const chunk = this.#chunk(length)
      const count = await this.#file.read(chunk, 0, length, this.position)
      // Shorter than it was said to be: truncated while this reader went through it.
      if (count < needed) return false
      this.buffer = chunk.subarray(0, count)
      this.#bufferPosition = this.position
    } while ((needed = this.#bytesNeeded()) > 0)
    return this.sizeInBytes > 0
  }

  #chunk(length: number): Buffer {
    if (!this.#reuseBuffer) return Buffer.allocUnsafeSlow(length)
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length)
    return this.#memory
  }
}

/** Throws where nothing that Kafka has written could start. */
function batchSize(buffer: Buffer, at: number): number {
  const length = buffer.readInt32BE(at + batch.BatchField.LENGTH)
  const version = batch.magic(buffer, at)
  const least = version >= batch.MAGIC_V2 ? batch.RECORD_BATCH_OVERHEAD - batch.LOG_OVERHEAD : batch.RECORD_OVERHEAD_V0
  if (version < batch.MAGIC_V0 || version > batch.MAGIC_V2) {
    throw new CorruptRecordError(`Invalid magic found in record: ${version}`)
  }
  if (length < least) {
    throw new CorruptRecordError(`Record size ${length} is less than the minimum record overhead (${least})`)
  }
  return length + batch.LOG_OVERHEAD
}
