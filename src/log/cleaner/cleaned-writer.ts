import { writeAll } from '../../env/atomic-file.ts'
import type { Segment } from '../segment/segment.ts'
import { breathe, type CleaningPass } from './cleaning-pass.ts'

/** Batches that stay, gathered in memory that is used again and again, so that many of them are one write. */
export class CleanedWriter {
  readonly #pass: CleaningPass
  #memory: Buffer
  #length = 0

  constructor(pass: CleaningPass) {
    this.#pass = pass
    this.#memory = Buffer.allocUnsafeSlow(pass.limits.ioBufferBytes)
  }

  /** `bytes` are free again when this resolves, and perhaps not yet in the file. */
  async write(target: Segment, bytes: Buffer): Promise<void> {
    if (this.#length + bytes.length > this.#memory.length) await this.flush(target)
    if (bytes.length > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(bytes.length)
    this.#length += bytes.copy(this.#memory, this.#length)
  }

  async flush(target: Segment): Promise<void> {
    const { state, stats } = this.#pass
    const bytes = this.#memory.subarray(0, this.#length)
    if (bytes.length === 0) return
    this.#length = 0
    await state.context.openFiles.with(target.path, 'write', (file) => writeAll(file, [bytes], target.sizeBytes))
    target.appended(bytes, state.config)
    stats.bytesWritten += bytes.length
    await breathe(this.#pass, bytes.length)
  }
}
