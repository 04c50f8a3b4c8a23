import { FileSystemError } from '../../src/env/index.ts'
import { DirectoryInode, FileInode, type Inode } from './inode.ts'
import type { CrashMode } from './process.ts'
import type { SeededRandom } from './random.ts'

/** The words of libc for the errors that occur here. */
const DESCRIPTIONS: Record<string, string> = {
  EBADF: 'bad file descriptor',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
}

export function diskError(code: string, verb: string, path: string): FileSystemError {
  return new FileSystemError(code, path, `cannot ${verb} ${path}: ${DESCRIPTIONS[code] ?? 'failed'} (${code})`)
}

export type DiskOperation = 'open' | 'read' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'sync-directory'

interface Fault {
  operation: DiskOperation
  code: string
  path: RegExp
  times: number
}

/** One name that came, went or changed its file. A rename is two of them that are never seen apart. */
interface Change {
  directory: DirectoryInode
  name: string
  inode: Inode | undefined
}

/**
 * A machine's disk: a tree of inodes, a journal of the name changes that are not yet durable, and faults to come. What
 * takes time, and when, is the business of `SimFileSystem`.
 */
export class SimDisk {
  readonly root = new DirectoryInode()
  capacityBytes = 1024 * 1024 * 1024
  /** Multiplies every latency. */
  slowness = 1
  /** How likely a write is a synchronous copy into the page cache. */
  inlineWrites = 0.7
  #nowMs: () => number
  #random: SeededRandom
  #journal: Change[][] = []
  #faults: Fault[] = []
  #usedBytes = 0
  readonly #locked = new Set<Inode>()

  constructor(nowMs: () => number, random: SeededRandom) {
    this.#nowMs = nowMs
    this.#random = random
  }

  /** The next `times` such operations on matching paths fail. */
  failNext(operation: DiskOperation, code: string, path = /./, times = 1): void {
    this.#faults.push({ operation, code, path, times })
  }

  clearFaults(): void {
    this.#faults = []
  }

  mayFail(operation: DiskOperation, verb: string, path: string): void {
    const fault = this.#faults.find((each) => each.operation === operation && each.times > 0 && each.path.test(path))
    if (fault === undefined) return
    fault.times--
    throw diskError(fault.code, verb, path)
  }

  get usableBytes(): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes)
  }

  find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.root
    for (const name of namesOf(path)) inode = inode?.kind === 'directory' ? inode.entries.get(name) : undefined
    return inode
  }

  fileAt(path: string, verb: string): FileInode {
    const inode = this.find(path)
    if (inode === undefined) throw diskError('ENOENT', verb, path)
    if (inode.kind === 'directory') throw diskError('EISDIR', verb, path)
    return inode
  }

  directoryAt(path: string, verb: string): DirectoryInode {
    const inode = this.find(path)
    if (inode === undefined) throw diskError('ENOENT', verb, path)
    if (inode.kind === 'file') throw diskError('ENOTDIR', verb, path)
    return inode
  }

  /** The file at `path`, made when there is none. */
  create(path: string, verb: string): FileInode {
    if (this.find(path) !== undefined) return this.fileAt(path, verb)
    const file = new FileInode()
    file.modifiedMs = this.#nowMs()
    this.#change([{ ...this.#place(path, verb), inode: file }])
    return file
  }

  makeDirectory(path: string): void {
    let directory = this.root
    for (const name of namesOf(path)) {
      const inode: Inode = directory.entries.get(name) ?? new DirectoryInode()
      if (inode.kind === 'file') throw diskError('ENOTDIR', 'create', path)
      if (!directory.entries.has(name)) this.#change([{ directory, name, inode }])
      directory = inode
    }
  }

  rename(from: string, to: string): void {
    const inode = this.find(from)
    const verb = `rename to ${to}`
    if (inode === undefined) throw diskError('ENOENT', verb, from)
    const target = this.#place(to, verb)
    const replaced = target.directory.entries.get(target.name)
    if (replaced === inode) return
    if (replaced?.kind === 'directory') {
      if (inode.kind === 'file') throw diskError('EISDIR', verb, from)
      if (replaced.entries.size > 0) throw diskError('ENOTEMPTY', verb, from)
    } else if (replaced && inode.kind === 'directory') throw diskError('ENOTDIR', verb, from)
    this.#change([
      { ...target, inode },
      { ...this.#place(from, verb), inode: undefined },
    ])
    if (replaced) this.#free(replaced)
  }

  remove(path: string): void {
    const inode = this.find(path)
    if (inode === undefined) return
    if (inode.kind === 'directory') throw diskError('EISDIR', 'remove', path)
    this.#change([{ ...this.#place(path, 'remove'), inode: undefined }])
    this.#free(inode)
  }

  /** One entry at a time from the leaves up, as it is done: a crash may leave a part of the tree. */
  removeTree(path: string): void {
    const inode = this.find(path)
    if (inode?.kind === 'directory') {
      for (const name of [...inode.entries.keys()]) this.removeTree(`${path}/${name}`)
      if (inode !== this.root) this.#change([{ ...this.#place(path, 'remove'), inode: undefined }])
    } else this.remove(path)
  }

  /** Makes the directory's names durable, and with them earlier changes that they cannot be told apart from. */
  syncDirectory(path: string): void {
    const touched = new Set<DirectoryInode>([this.directoryAt(path, 'sync')])
    const kept: Change[][] = []
    const committed: Change[][] = []
    for (const changes of this.#journal.toReversed()) {
      if (!changes.some(({ directory }) => touched.has(directory))) kept.push(changes)
      else {
        for (const { directory } of changes) touched.add(directory)
        committed.push(changes)
      }
    }
    for (const changes of committed.reverse()) commit(changes)
    this.#journal = kept.reverse()
  }

  /** Writes as much as there is room for; throws ENOSPC when that is not all. */
  write(file: FileInode, path: string, bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - file.sizeBytes)
    const missing = Math.max(0, growth - this.usableBytes)
    const room = Math.max(0, bytes.length - missing)
    this.#resize(file, () => file.write(bytes.subarray(0, room), position))
    if (this.#random.chance(0.1)) file.writeBackSome(this.#random)
    if (missing > 0) throw diskError('ENOSPC', 'write to', path)
  }

  truncate(file: FileInode, sizeBytes: number): void {
    this.#resize(file, () => file.truncate(sizeBytes))
  }

  /** false when somebody holds it. */
  lock(file: FileInode): boolean {
    if (this.#locked.has(file)) return false
    this.#locked.add(file)
    return true
  }

  unlock(file: FileInode): void {
    this.#locked.delete(file)
  }

  crash(mode: CrashMode): void {
    this.#locked.clear()
    if (mode === 'kill') return
    // A journaling file system replays its journal up to some point.
    const replayed = this.#random.integer(this.#journal.length + 1)
    for (const changes of this.#journal.slice(0, replayed)) commit(changes)
    this.#journal = []
    this.#usedBytes = 0
    this.#losePower(this.root)
  }

  flipBit(path: string, random: SeededRandom): void {
    const file = this.fileAt(path, 'damage')
    if (file.sizeBytes > 0) file.flipBit(random.integer(file.sizeBytes), random.integer(8))
  }

  /** Paths of all files, in a fixed order. */
  listFiles(path = '', directory = this.root): string[] {
    const names = [...directory.entries.keys()].sort()
    return names.flatMap((name) => {
      const inode = directory.entries.get(name)
      return inode?.kind === 'directory' ? this.listFiles(`${path}/${name}`, inode) : [`${path}/${name}`]
    })
  }

  #losePower(directory: DirectoryInode): void {
    directory.entries.clear()
    for (const [name, inode] of directory.durable) {
      directory.entries.set(name, inode)
      if (inode.kind === 'directory') this.#losePower(inode)
      else {
        inode.losePower(this.#random)
        this.#usedBytes += inode.sizeBytes
      }
    }
  }

  #place(path: string, verb: string): { directory: DirectoryInode; name: string } {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) throw diskError('EISDIR', verb, path)
    let inode: Inode | undefined = this.root
    for (const each of names) {
      if (inode.kind === 'file') throw diskError('ENOTDIR', verb, path)
      inode = inode.entries.get(each)
      if (inode === undefined) throw diskError('ENOENT', verb, path)
    }
    if (inode.kind === 'file') throw diskError('ENOTDIR', verb, path)
    return { directory: inode, name }
  }

  #change(changes: Change[]): void {
    for (const { directory, name, inode } of changes) {
      set(directory.entries, name, inode)
      directory.modifiedMs = this.#nowMs()
    }
    this.#journal.push(changes)
  }

  #resize(file: FileInode, change: () => void): void {
    const before = file.sizeBytes
    change()
    file.modifiedMs = this.#nowMs()
    this.#usedBytes += file.sizeBytes - before
  }

  #free(inode: Inode): void {
    if (inode.kind === 'file') this.#usedBytes -= inode.sizeBytes
  }
}

function commit(changes: readonly Change[]): void {
  for (const { directory, name, inode } of changes) set(directory.durable, name, inode)
}

function set(entries: Map<string, Inode>, name: string, inode: Inode | undefined): void {
  if (inode) entries.set(name, inode)
  else entries.delete(name)
}

function namesOf(path: string): string[] {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}
