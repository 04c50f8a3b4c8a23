import { DirectoryInode, diskError, FileTree, isDirectory } from './file-tree.ts'
import { Pages } from './pages.ts'

export class MemoryFile {
  readonly kind = 'file'
  modifiedMs = 0
  pages: Pages

  constructor(pages = new Pages()) {
    this.pages = pages
  }

  get sizeBytes(): number {
    return this.pages.sizeBytes
  }
}

/** A disk of memory: what was written is durable as long as anybody holds it. */
export class MemoryDisk extends FileTree<MemoryFile> {
  readonly #nowMs: () => number
  readonly capacityBytes: number
  #usedBytes = 0

  constructor(nowMs: () => number, capacityBytes = Number.MAX_SAFE_INTEGER) {
    super()
    this.#nowMs = nowMs
    this.capacityBytes = capacityBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get usableBytes(): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes)
  }

  /** The content of the disk as it is now, on a disk of its own: pages are shared until one of the two writes to them. */
  clone(nowMs: () => number = this.#nowMs): MemoryDisk {
    const copy = new MemoryDisk(nowMs, this.capacityBytes)
    copy.#usedBytes = this.#usedBytes
    copyEntries(this.root, copy.root)
    return copy
  }

  /** Nobody could see a part of it: the directory goes at once. */
  override removeTree(path: string): void {
    const inode = this.find(path)
    if (inode === this.root || !isDirectory(inode)) return super.removeTree(path)
    this.unlink(path)
    this.#usedBytes -= sizeOf(inode)
  }

  /** The bytes become the file's content as they are: nobody may write to them any more. */
  put(path: string, pages: Pages, modifiedMs: number): void {
    const file = this.create(path, 'write to')
    this.#usedBytes += pages.sizeBytes - file.sizeBytes
    file.pages = pages
    file.modifiedMs = modifiedMs
  }

  write(file: MemoryFile, path: string, bytes: Uint8Array, position: number): void {
    const growth = Math.max(0, position + bytes.length - file.sizeBytes)
    if (growth > this.usableBytes) throw diskError('ENOSPC', 'write to', path)
    file.pages.write(bytes, position)
    file.modifiedMs = this.nowMs()
    this.#usedBytes += growth
  }

  truncate(file: MemoryFile, sizeBytes: number): void {
    this.#usedBytes += sizeBytes - file.sizeBytes
    file.pages.truncate(sizeBytes)
    file.modifiedMs = this.nowMs()
  }

  protected override nowMs(): number {
    return this.#nowMs()
  }

  protected override newFile(): MemoryFile {
    return new MemoryFile()
  }

  protected override freed(file: MemoryFile): void {
    this.#usedBytes -= file.sizeBytes
  }
}

function copyEntries(from: DirectoryInode<MemoryFile>, to: DirectoryInode<MemoryFile>): void {
  to.modifiedMs = from.modifiedMs
  for (const [name, inode] of from.entries) {
    if (isDirectory(inode)) {
      const directory = new DirectoryInode<MemoryFile>()
      copyEntries(inode, directory)
      to.entries.set(name, directory)
    } else {
      const file = new MemoryFile(inode.pages.share())
      file.modifiedMs = inode.modifiedMs
      to.entries.set(name, file)
    }
  }
}

function sizeOf(directory: DirectoryInode<MemoryFile>): number {
  let bytes = 0
  for (const inode of directory.entries.values()) bytes += isDirectory(inode) ? sizeOf(inode) : inode.sizeBytes
  return bytes
}
