/**
 * Files. Paths are absolute or relative to the process; separators are '/'. Every failure is a `FileSystemError` whose
 * `code` is the errno name (ENOENT, ENOSPC, EIO, EACCES …), from the operating system or from a simulated disk.
 */
export interface FileSystem {
  /** `read`: must exist. `write`: read and write, created when absent, never truncated. */
  open(path: string, mode: 'read' | 'write'): Promise<File>
  readFile(path: string): Promise<Buffer>
  /** null when there is nothing at `path`. */
  stat(path: string): Promise<FileStat | null>
  /** Names (not paths) in no particular order. */
  readDirectory(path: string): Promise<string[]>
  /** Creates parents as needed; fine when it exists. */
  makeDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; fine when it is absent. */
  remove(path: string): Promise<void>
  /** Removes a directory and everything below it; fine when it is absent. */
  removeTree(path: string): Promise<void>
  /** Sets when the file was last changed. Not durable before the next sync of the file. */
  setModified(path: string, modifiedMs: number): Promise<void>
  /** Makes creations, renames and removals in this directory durable. */
  syncDirectory(path: string): Promise<void>
  /**
   * An exclusive lock on the file (created when absent), released by `release` or by the death of the process, never
   * left stale. Excludes an Apache Kafka on the same directory as well (fcntl), and a second holder in this process.
   * null when somebody else holds it. A locked file must not be opened through `open` or `readFile`: POSIX drops a
   * process's locks on a file as soon as the process closes any descriptor of it.
   */
  lock(path: string): Promise<FileLock | null>
  /** How many files and connections the process may have open; `Infinity` where that is not known. */
  readonly descriptorLimit: number
  /**
   * `closeIdle` closes what nobody uses. It is called when no more can be opened; what could not be opened is then tried
   * again, and its caller hears of nothing. Returns what takes it back.
   */
  onDescriptorShortage(closeIdle: () => Promise<void>): () => void
  /** Bytes of the volume that holds `path`. */
  space(path: string): Promise<{ totalBytes: number; usableBytes: number }>
}

export interface FileStat {
  sizeBytes: number
  isDirectory: boolean
  modifiedMs: number
}

export interface FileLock {
  release(): Promise<void>
}

export interface File {
  readonly path: string
  sizeBytes(): Promise<number>
  /** Reads up to `length` bytes at `position` into `target`; resolves to the count, short only at the end of the file. */
  read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number>
  /**
   * Writes all of `buffers`, one after another, from `position` on, and calls `done` exactly once: perhaps before this
   * returns, perhaps later. The buffers belong to the write until then. Writes and truncations of one `File` happen in
   * the order of the calls. After an error any part may have been written, and what was queued behind fails with it.
   */
  write(buffers: readonly Uint8Array[], position: number, done: WriteDone): void
  truncate(sizeBytes: number): Promise<void>
  /**
   * Makes content and size durable, including every write and truncation called before it. A failed sync must never be
   * retried: the pages may be gone.
   */
  sync(): Promise<void>
  /** Waits for what is under way; a call after it fails with EBADF. Closing twice is fine. */
  close(): Promise<void>
}

export type WriteDone = (error: FileSystemError | null) => void

export class FileSystemError extends Error {
  readonly code: string
  readonly path: string
  constructor(code: string, path: string, message: string) {
    super(message)
    this.name = 'FileSystemError'
    this.code = code
    this.path = path
  }
}
