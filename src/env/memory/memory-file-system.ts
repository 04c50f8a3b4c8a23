/**
 * Files in memory: nothing waits, and a sync has nothing to do. What is below is `MemoryDisk`, of which a broker's image
 * is a clone.
 */
import type { File, FileLock, FileStat, FileSystem, WriteDone } from '../file-system.ts'
import { FileSystemError } from '../file-system.ts'
import { diskError, isDirectory } from './file-tree.ts'
import type { MemoryDisk, MemoryFile } from './memory-disk.ts'

/** A directory on most file systems occupies one block. */
const DIRECTORY_BYTES = 4096

export class MemoryFileSystem implements FileSystem {
  readonly disk: MemoryDisk
  readonly descriptorLimit = Number.POSITIVE_INFINITY

  constructor(disk: MemoryDisk) {
    this.disk = disk
  }

  onDescriptorShortage(): () => void {
    return () => {}
  }

  async open(path: string, mode: 'read' | 'write'): Promise<File> {
    const inode = mode === 'write' ? this.disk.create(path, 'open') : this.disk.fileAt(path, 'open')
    return new OpenMemoryFile(this.disk, path, inode, mode === 'write')
  }

  async readFile(path: string): Promise<Buffer> {
    return this.disk.fileAt(path, 'read').pages.content()
  }

  async stat(path: string): Promise<FileStat | null> {
    const inode = this.disk.find(path)
    if (inode === undefined) return null
    const sizeBytes = isDirectory(inode) ? DIRECTORY_BYTES : inode.sizeBytes
    return { sizeBytes, isDirectory: isDirectory(inode), modifiedMs: Math.floor(inode.modifiedMs) }
  }

  async readDirectory(path: string): Promise<string[]> {
    return [...this.disk.directoryAt(path, 'list').entries.keys()]
  }

  async makeDirectory(path: string): Promise<void> {
    this.disk.makeDirectory(path)
  }

  async rename(from: string, to: string): Promise<void> {
    this.disk.rename(from, to)
  }

  async remove(path: string): Promise<void> {
    this.disk.remove(path)
  }

  async removeTree(path: string): Promise<void> {
    this.disk.removeTree(path)
  }

  async setModified(path: string, modifiedMs: number): Promise<void> {
    this.disk.fileAt(path, 'change the time of').modifiedMs = modifiedMs
  }

  async syncDirectory(path: string): Promise<void> {
    this.disk.directoryAt(path, 'sync')
  }

  async lock(path: string): Promise<FileLock | null> {
    const file = this.disk.create(path, 'lock')
    if (!this.disk.lock(file)) return null
    let isHeld = true
    return {
      release: async () => {
        if (isHeld) this.disk.unlock(file)
        isHeld = false
      },
    }
  }

  async space(path: string): Promise<{ totalBytes: number; usableBytes: number }> {
    if (this.disk.find(path) === undefined) throw diskError('ENOENT', 'measure', path)
    return { totalBytes: this.disk.capacityBytes, usableBytes: this.disk.usableBytes }
  }
}

class OpenMemoryFile implements File {
  readonly path: string
  readonly #disk: MemoryDisk
  readonly #inode: MemoryFile
  readonly #isWritable: boolean
  #isClosed = false

  constructor(disk: MemoryDisk, path: string, inode: MemoryFile, isWritable: boolean) {
    this.#disk = disk
    this.path = path
    this.#inode = inode
    this.#isWritable = isWritable
  }

  async sizeBytes(): Promise<number> {
    this.#mustBeOpen('look at')
    return this.#inode.sizeBytes
  }

  async read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number> {
    this.#mustBeOpen('read')
    return this.#inode.pages.read(target, targetOffset, length, position)
  }

  write(buffers: readonly Uint8Array[], position: number, done: WriteDone): void {
    done(this.#write(buffers, position))
  }

  #write(buffers: readonly Uint8Array[], position: number): FileSystemError | null {
    if (this.#isClosed || !this.#isWritable) return diskError('EBADF', 'write to', this.path)
    try {
      let at = position
      for (const buffer of buffers) {
        this.#disk.write(this.#inode, this.path, buffer, at)
        at += buffer.length
      }
      return null
    } catch (error) {
      if (error instanceof FileSystemError) return error
      throw error
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#mustBeOpen('truncate')
    this.#disk.truncate(this.#inode, sizeBytes)
  }

  async sync(): Promise<void> {
    this.#mustBeOpen('sync')
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  #mustBeOpen(verb: string): void {
    if (this.#isClosed) throw diskError('EBADF', verb, this.path)
  }
}
