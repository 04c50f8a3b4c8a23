import type { File, FileSystem } from '../../env/index.ts'

/**
 * Files that are open, shared by all logs of a broker and bounded in number: ten thousand partitions need not hold ten
 * thousand descriptors. A file is opened when it is needed and closed when it has not been used for longest and too
 * many are open. A pinned file (acquired, not yet released) stays open, so the bound is exceeded rather than a use cut.
 */
export class OpenFiles {
  readonly #files: FileSystem
  readonly #capacity: number
  readonly #unsubscribe: () => void
  /** In order of last use. */
  readonly #byPath = new Map<string, OpenFile>()
  readonly #opening = new Map<string, Promise<OpenFile>>()

  constructor(files: FileSystem, capacity: number) {
    this.#files = files
    this.#capacity = capacity
    this.#unsubscribe = files.onDescriptorShortage(() => this.closeIdle())
  }

  /** The file, pinned, when it is open already. The caller must `release` it. */
  acquireNow(path: string, mode: 'read' | 'write'): OpenFile | null {
    const open = this.#byPath.get(path)
    if (open === undefined || (mode === 'write' && !open.writable)) return null
    this.#byPath.delete(path)
    this.#byPath.set(path, open)
    open.pins++
    return open
  }

  /** The file, pinned, opened if need be; `write` creates it. */
  async acquire(path: string, mode: 'read' | 'write'): Promise<OpenFile> {
    for (;;) {
      const open = this.acquireNow(path, mode)
      if (open !== null) return open
      const opening = this.#opening.get(path)
      if (opening === undefined) break
      // Its failure is reported to whoever asked for it; this caller tries for itself.
      await opening.catch(() => {})
    }
    const opening = this.#open(path, mode)
    this.#opening.set(path, opening)
    try {
      const open = await opening
      // Pinned from the start, so that it is not among those that are closed to make room.
      if (this.#opening.get(path) === opening) this.#keep(path, open)
      else void open.discard()
      return open
    } finally {
      if (this.#opening.get(path) === opening) this.#opening.delete(path)
    }
  }

  /** Runs `use` on the pinned file. */
  async with<T>(path: string, mode: 'read' | 'write', use: (file: File) => Promise<T>): Promise<T> {
    const open = this.acquireNow(path, mode) ?? (await this.acquire(path, mode))
    try {
      return await use(open.file)
    } finally {
      open.release()
    }
  }

  /**
   * The path is about to be renamed or removed: whoever asks for it from now on gets what is there then. The file is
   * closed when its last user is done.
   */
  forget(path: string): void {
    this.#opening.delete(path)
    const open = this.#byPath.get(path)
    if (open === undefined) return
    this.#byPath.delete(path)
    void open.discard()
  }

  /** Closes what nobody uses at this moment. */
  async closeIdle(): Promise<void> {
    const idle = [...this.#byPath].filter(([, open]) => open.pins === 0)
    for (const [path] of idle) this.#byPath.delete(path)
    await Promise.all(idle.map(([, open]) => open.discard()))
  }

  /** The last call: closes everything that nobody uses any more. */
  async closeAll(): Promise<void> {
    this.#unsubscribe()
    const open = [...this.#byPath.values()]
    this.#byPath.clear()
    await Promise.all(open.map((file) => file.discard()))
  }

  async #open(path: string, mode: 'read' | 'write'): Promise<OpenFile> {
    return new OpenFile(await this.#files.open(path, mode), mode === 'write')
  }

  /** In place of one that was opened for reading only, which its users keep. */
  #keep(path: string, open: OpenFile): void {
    void this.#byPath.get(path)?.discard()
    this.#byPath.set(path, open)
    this.#evict()
  }

  #evict(): void {
    let excess = this.#byPath.size - this.#capacity
    if (excess <= 0) return
    for (const [path, open] of this.#byPath) {
      if (open.pins > 0) continue
      this.#byPath.delete(path)
      void open.discard()
      if (--excess <= 0) return
    }
  }
}

export class OpenFile {
  readonly file: File
  readonly writable: boolean
  pins = 1
  #discarded = false

  constructor(file: File, writable: boolean) {
    this.file = file
    this.writable = writable
  }

  release(): void {
    this.pins--
    if (this.#discarded && this.pins === 0) void this.#close()
  }

  /** Close now, or when the last user has released it. */
  discard(): Promise<void> {
    this.#discarded = true
    return this.pins === 0 ? this.#close() : Promise.resolve()
  }

  /** Content reaches the disk by sync, never by close: a failing close loses nothing. */
  #close(): Promise<void> {
    return this.file.close().catch(() => {})
  }
}
