import { writeAll } from '../../env/atomic-file.ts'
import type { File } from '../../env/index.ts'
import { FileSystemError } from '../../env/index.ts'
import type { SegmentContext } from './segment-context.ts'

const EMPTY = Buffer.alloc(0)
const FIRST_CAPACITY_ENTRIES = 16

/**
 * Entries of one fixed size, in memory, and the file that holds them. The index of a segment that grows lives in memory
 * and reaches its file when the segment is flushed, rolled or closed: until then the segment is above the recovery
 * point, and a start after a crash builds its indexes anew. An index of an old segment is read when it is first needed
 * and forgotten when memory for indexes runs short (`IndexMemory`), so that start-up does not depend on their number.
 */
export abstract class IndexFile {
  readonly context: SegmentContext
  readonly entrySize: number
  path: string
  /** Bytes of entries in `bytes`; what the file has beyond `persisted` is not to be trusted. */
  protected bytes: Buffer = EMPTY
  protected length = 0
  #persisted = 0
  /** -1: not known. */
  #fileBytes: number
  #loaded: boolean
  /** The segment grows: its entries must stay. */
  #pinned = false
  #loading: Promise<void> | null = null

  /** `isNew`: there are no entries yet, and nothing is read from the file. */
  constructor(context: SegmentContext, path: string, entrySize: number, isNew: boolean) {
    this.context = context
    this.path = path
    this.entrySize = entrySize
    this.#loaded = isNew
    this.#fileBytes = -1
  }

  get entryCount(): number {
    return this.length / this.entrySize
  }

  /** Whether there are entries, in memory or in the file. */
  get isEmpty(): boolean {
    return this.#loaded && this.length === 0
  }

  /** Whether the file lacks something or has too much. */
  get dirty(): boolean {
    return this.#loaded && (this.#persisted !== this.length || this.#fileBytes !== this.length)
  }

  get loaded(): boolean {
    return this.#loaded
  }

  get memoryBytes(): number {
    return this.bytes.length
  }

  /** Null when the entries are in memory already. They stay there for the rest of this turn of the loop, no longer. */
  load(): Promise<void> | null {
    if (this.#loaded) {
      if (!this.#pinned) this.context.indexMemory.touch(this)
      return null
    }
    this.#loading ??= this.#read().finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #read(): Promise<void> {
    let bytes: Buffer
    try {
      bytes = await this.context.files.readFile(this.path)
    } catch (error) {
      if (!(error instanceof FileSystemError) || error.code !== 'ENOENT') throw error
      bytes = EMPTY
    }
    // Somebody may have rebuilt the index in the meantime.
    if (this.#loaded) return
    this.length = this.validLength(bytes)
    // Ten megabytes of zeros behind a few entries are no entries: a copy lets go of them.
    this.bytes = this.length < bytes.length ? Buffer.from(bytes.subarray(0, this.length)) : bytes
    this.#persisted = this.length
    this.#fileBytes = bytes.length
    this.#loaded = true
    if (!this.#pinned) this.context.indexMemory.add(this)
  }

  /**
   * How much of a file's content is entries: Apache preallocates the indexes of an active segment and trims them later,
   * so zeros may follow the last one, and a crash may leave anything.
   */
  protected abstract validLength(bytes: Buffer): number

  /** Room for one more entry; returns its position in `bytes`. */
  protected grow(): number {
    const at = this.length
    if (at + this.entrySize > this.bytes.length) {
      const capacity = Math.max(FIRST_CAPACITY_ENTRIES * this.entrySize, this.bytes.length * 2)
      const larger = Buffer.alloc(capacity)
      this.bytes.copy(larger, 0, 0, this.length)
      this.bytes = larger
    }
    this.length = at + this.entrySize
    return at
  }

  /** Keeps the first `count` entries. They must be loaded. */
  keep(count: number): void {
    this.length = Math.min(this.length, count * this.entrySize)
    this.#persisted = Math.min(this.#persisted, this.length)
  }

  /** Forgets all entries: the index is about to be built anew. */
  reset(): void {
    this.context.indexMemory.remove(this)
    this.bytes = EMPTY
    this.length = 0
    this.#persisted = 0
    this.#fileBytes = -1
    this.#loaded = true
  }

  /** Forgets what the file has as well, if it has all of it. */
  unload(): boolean {
    if (this.#pinned || this.#persisted !== this.length) return false
    this.bytes = EMPTY
    // That there are no entries costs nothing to remember.
    this.#loaded = this.length === 0
    this.length = 0
    return true
  }

  /** Keeps the entries in memory from now on: the segment is about to grow. */
  pin(): void {
    this.#pinned = true
    this.context.indexMemory.remove(this)
  }

  /** Gives the index of a segment that has stopped growing to the cache. */
  unpin(): void {
    this.#pinned = false
    if (this.#loaded) this.context.indexMemory.add(this)
  }

  /** Takes away for good what the file has behind the entries in memory. */
  async trimFile(): Promise<void> {
    if (this.#fileBytes <= this.length) return
    await this.context.openFiles.with(this.path, 'write', async (file) => {
      await file.truncate(this.length)
      await file.sync()
    })
    this.#fileBytes = this.length
  }

  /** Forgets the entries for `offset` and above. */
  abstract truncateTo(offset: number): void

  /** Writes what the file lacks and cuts what it has too much; creates it. Durable with `sync`. */
  async persist(options: { sync: boolean }): Promise<void> {
    if (!options.sync && !this.dirty) return
    await this.context.openFiles.with(this.path, 'write', async (file) => {
      // An index that is not in memory is in the file, whole.
      if (this.#loaded) await this.#write(file, options.sync)
      else if (options.sync) await file.sync()
    })
  }

  async #write(file: File, sync: boolean): Promise<void> {
    const end = this.length
    const start = this.#persisted
    if (end > start) await writeAll(file, [Buffer.from(this.bytes.subarray(start, end))], start)
    if ((await file.sizeBytes()) > end) await file.truncate(end)
    // Entries may have been cut while this ran: then those that follow are written again.
    this.#persisted = Math.min(this.length, end)
    this.#fileBytes = end
    if (sync) await file.sync()
  }
}
