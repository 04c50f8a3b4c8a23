import {
  applyName,
  type DirectoryInode,
  diskError,
  FileTree,
  isDirectory,
  type NameChange,
} from '../../src/env/memory/file-tree.ts'
import { FileInode } from './inode.ts'
import type { SeededRandom } from './random.ts'

/** `kill`: SIGKILL, the page cache survives. `power`: what was not synced may be lost. */
export type CrashMode = 'kill' | 'power'

export type DiskOperation = 'open' | 'read' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'sync-directory'

interface Fault {
  operation: DiskOperation
  code: string
  path: RegExp
  times: number
}

type Change = NameChange<FileInode>
type Directory = DirectoryInode<FileInode>

/**
 * A machine's disk: a tree of inodes, a journal of the name changes that are not yet durable, and faults to come. What
 * takes time, and when, is the business of `SimFileSystem`.
 */
export class SimDisk extends FileTree<FileInode> {
  capacityBytes = 1024 * 1024 * 1024
  /** Multiplies every latency. */
  slowness = 1
  /** How likely a write is a synchronous copy into the page cache. */
  inlineWrites = 0.7
  #nowMs: () => number
  #random: SeededRandom
  #journal: (readonly Change[])[] = []
  /** The names of a directory as they would be found after a loss of power. */
  readonly #durable = new WeakMap<Directory, Directory['entries']>()
  #faults: Fault[] = []
  #usedBytes = 0

  constructor(nowMs: () => number, random: SeededRandom) {
    super()
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

  /** Makes the directory's names durable, and with them earlier changes that they cannot be told apart from. */
  syncDirectory(path: string): void {
    const touched = new Set<Directory>([this.directoryAt(path, 'sync')])
    const kept: (readonly Change[])[] = []
    const committed: (readonly Change[])[] = []
    for (const changes of this.#journal.toReversed()) {
      if (!changes.some(({ directory }) => touched.has(directory))) kept.push(changes)
      else {
        for (const { directory } of changes) touched.add(directory)
        committed.push(changes)
      }
    }
    for (const changes of committed.reverse()) this.#commit(changes)
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

  crash(mode: CrashMode): void {
    this.unlockAll()
    if (mode === 'kill') return
    // A journaling file system replays its journal up to some point.
    const replayed = this.#random.integer(this.#journal.length + 1)
    for (const changes of this.#journal.slice(0, replayed)) this.#commit(changes)
    this.#journal = []
    this.#usedBytes = 0
    this.#losePower(this.root)
  }

  flipBit(path: string, random: SeededRandom): void {
    const file = this.fileAt(path, 'damage')
    if (file.sizeBytes > 0) file.flipBit(random.integer(file.sizeBytes), random.integer(8))
  }

  #losePower(directory: Directory): void {
    directory.entries.clear()
    for (const [name, inode] of this.#durableNames(directory)) {
      directory.entries.set(name, inode)
      if (isDirectory(inode)) this.#losePower(inode)
      else {
        inode.losePower(this.#random)
        this.#usedBytes += inode.sizeBytes
      }
    }
  }

  protected override nowMs(): number {
    return this.#nowMs()
  }

  protected override newFile(): FileInode {
    return new FileInode()
  }

  protected override changed(changes: readonly Change[]): void {
    this.#journal.push(changes)
  }

  protected override freed(file: FileInode): void {
    this.#usedBytes -= file.sizeBytes
  }

  #durableNames(directory: Directory): Directory['entries'] {
    let names = this.#durable.get(directory)
    if (names === undefined) this.#durable.set(directory, (names = new Map()))
    return names
  }

  #commit(changes: readonly Change[]): void {
    for (const change of changes) applyName(this.#durableNames(change.directory), change)
  }

  #resize(file: FileInode, change: () => void): void {
    const before = file.sizeBytes
    change()
    file.modifiedMs = this.#nowMs()
    this.#usedBytes += file.sizeBytes - before
  }
}
