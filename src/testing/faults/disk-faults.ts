import { type Clock, type File, type FileSystem, FileSystemError } from '../../env/index.ts'
import { withMethods } from '../../env/with-methods.ts'
import { checkFields, MILLISECONDS, type WantedFields, wholeFrom } from '../misuse.ts'

export type DiskOperation = 'open' | 'read' | 'write' | 'sync' | 'rename' | 'remove'

export interface DiskFault {
  /** The name of an errno: ENOSPC, EIO, EACCES … */
  readonly error?: string
  /** Each operation takes so much longer. */
  readonly stallMs?: number
  /** Files whose paths match; absent: all. */
  readonly path?: RegExp
  /** Absent: writes for ENOSPC, else reads, writes and syncs. */
  readonly operations?: readonly DiskOperation[]
  /** Only the first operations that match. */
  readonly times?: number
}

const OPERATIONS: ReadonlySet<unknown> = new Set<DiskOperation>(['open', 'read', 'write', 'sync', 'rename', 'remove'])
/** Errors that operations on files end with. */
const ERRNOS: ReadonlySet<unknown> = new Set([
  ...['EACCES', 'EBUSY', 'EDQUOT', 'EFBIG', 'EIO', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOENT', 'ENOSPC', 'ENXIO'],
  ...['EPERM', 'EROFS', 'ESTALE', 'ETIMEDOUT'],
])

const FAULT: WantedFields = {
  error: { words: `one of ${[...ERRNOS].join(', ')}`, holds: (value) => ERRNOS.has(value) },
  stallMs: MILLISECONDS,
  path: { words: 'a regular expression', holds: (value) => value instanceof RegExp },
  operations: {
    words: `a list of some of ${[...OPERATIONS].join(', ')}`,
    holds: (value) => Array.isArray(value) && value.every((each) => OPERATIONS.has(each)),
  },
  times: wholeFrom(1),
}

class ActiveFault implements Disposable {
  readonly fault: DiskFault
  readonly #operations: readonly DiskOperation[]
  readonly #dispose: () => void
  hits = 0

  constructor(fault: DiskFault, dispose: (gone: ActiveFault) => void) {
    this.fault = fault
    this.#operations = fault.operations ?? (fault.error === 'ENOSPC' ? ['write'] : ['read', 'write', 'sync'])
    this.#dispose = () => dispose(this)
  }

  takes(operation: DiskOperation, path: string): boolean {
    const { times = Number.POSITIVE_INFINITY, path: pattern = /./ } = this.fault
    if (this.hits >= times || !this.#operations.includes(operation) || !pattern.test(path)) return false
    this.hits++
    return true
  }

  [Symbol.dispose](): void {
    this.#dispose()
  }
}

/** The faults of a disk, and a file system that has them. */
export class DiskFaults {
  readonly #clock: Clock
  #active: ActiveFault[] = []
  #underWay = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(fault: DiskFault): ActiveFault {
    checkFields('A fault of the disk', fault, FAULT)
    if (fault.error === undefined && fault.stallMs === undefined) {
      throw new TypeError('A fault of the disk says which `error` there is, or for how long it stalls (`stallMs`).')
    }
    const active = new ActiveFault(fault, (gone) => {
      this.#active = this.#active.filter((each) => each !== gone)
    })
    this.#active.push(active)
    return active
  }

  clear(): void {
    this.#active = []
  }

  /** Operations on files that have begun and have not ended, but for writes that the file system has taken at once. */
  get underWay(): number {
    return this.#underWay
  }

  wrap(files: FileSystem): FileSystem {
    const faulty: Partial<FileSystem> = {
      open: (path, mode) => this.#after('open', path, async () => this.#wrapFile(await files.open(path, mode))),
      readFile: (path) => this.#after('read', path, () => files.readFile(path)),
      rename: (from, to) => this.#after('rename', from, () => files.rename(from, to)),
      remove: (path) => this.#after('remove', path, () => files.remove(path)),
      removeTree: (path) => this.#after('remove', path, () => files.removeTree(path)),
      syncDirectory: (path) => this.#after('sync', path, () => files.syncDirectory(path)),
    }
    return withMethods(files, faulty)
  }

  #wrapFile(file: File): File {
    const { path } = file
    /** Writes and truncations happen in the order of the calls: those behind one that stalls wait for it. */
    let tail: Promise<unknown> | null = null
    const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
      const turn = tail === null ? work() : tail.then(work, work)
      const mine = turn.catch(() => {})
      tail = mine
      void mine.then(() => {
        if (tail === mine) tail = null
      })
      return turn
    }
    return withMethods<File>(file, {
      read: (...what) => this.#after('read', path, () => file.read(...what)),
      sync: () => this.#after('sync', path, () => file.sync()),
      truncate: (sizeBytes) =>
        this.#active.length === 0 && tail === null ? file.truncate(sizeBytes) : inOrder(() => file.truncate(sizeBytes)),
      write: (buffers, position, done) => {
        if (this.#active.length === 0 && tail === null) return file.write(buffers, position, done)
        const write = () => this.#after('write', path, () => written(file, buffers, position))
        inOrder(write).then(
          () => done(null),
          (error) => done(error),
        )
      },
    })
  }

  async #after<T>(operation: DiskOperation, path: string, work: () => Promise<T>): Promise<T> {
    this.#underWay++
    try {
      if (this.#active.length > 0) await this.#suffer(operation, path)
      return await work()
    } finally {
      this.#underWay--
    }
  }

  async #suffer(operation: DiskOperation, path: string): Promise<void> {
    for (const active of this.#active) {
      if (!active.takes(operation, path)) continue
      const { stallMs = 0, error } = active.fault
      if (stallMs > 0) await new Promise<void>((resolve) => this.#clock.schedule(stallMs, resolve))
      if (error !== undefined) throw new FileSystemError(error, path, `cannot ${operation} ${path}: a fault (${error})`)
    }
  }
}

function written(file: File, buffers: readonly Uint8Array[], position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(buffers, position, (error) => (error === null ? resolve() : reject(error)))
  })
}
