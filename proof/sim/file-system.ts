import { crc32 } from 'node:zlib'
import type { File, FileLock, FileStat, FileSystem, FileSystemError, WriteDone } from '../../src/env/index.ts'
import { diskError, isDirectory } from '../../src/env/memory/file-tree.ts'
import type { SimDisk } from './disk.ts'
import type { FileInode } from './inode.ts'
import type { Life } from './parts.ts'
import type { SeededRandom } from './random.ts'

/** The simulated disk as one life of a process sees it: everything takes a while, and may be cut short by a crash. */
export class SimFileSystem implements FileSystem {
  readonly process: Life
  readonly disk: SimDisk
  readonly random: SeededRandom
  /** Writes that were begun and are not done. */
  readonly underWay = new Set<{ tear(random: SeededRandom): void }>()

  constructor(process: Life) {
    this.process = process
    this.disk = process.node.disk
    this.random = process.random.stream('files')
  }

  open(path: string, mode: 'read' | 'write'): Promise<File> {
    return this.#operation(`open ${path} ${mode}`, () => {
      this.disk.mayFail('open', 'open', path)
      const inode = mode === 'write' ? this.disk.create(path, 'open') : this.disk.fileAt(path, 'open')
      return new SimFile(this, path, inode, mode === 'write')
    })
  }

  readonly descriptorLimit = Number.POSITIVE_INFINITY

  onDescriptorShortage(): () => void {
    return () => {}
  }

  readFile(path: string): Promise<Buffer> {
    return this.#operation(`readFile ${path}`, () => {
      this.disk.mayFail('read', 'read', path)
      return this.disk.fileAt(path, 'read').content()
    })
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#operation(`stat ${path}`, () => {
      const inode = this.disk.find(path)
      if (inode === undefined) return null
      const sizeBytes = isDirectory(inode) ? 4096 : inode.sizeBytes
      return { sizeBytes, isDirectory: isDirectory(inode), modifiedMs: Math.floor(inode.modifiedMs) }
    })
  }

  readDirectory(path: string): Promise<string[]> {
    return this.#operation(`list ${path}`, () => [...this.disk.directoryAt(path, 'list').entries.keys()])
  }

  makeDirectory(path: string): Promise<void> {
    return this.#operation(`mkdir ${path}`, () => this.disk.makeDirectory(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operation(`rename ${from} ${to}`, () => {
      this.disk.mayFail('rename', `rename to ${to}`, from)
      this.disk.rename(from, to)
    })
  }

  remove(path: string): Promise<void> {
    return this.#operation(`remove ${path}`, () => {
      this.disk.mayFail('remove', 'remove', path)
      this.disk.remove(path)
    })
  }

  removeTree(path: string): Promise<void> {
    return this.#operation(`removeTree ${path}`, () => {
      this.disk.mayFail('remove', 'remove', path)
      this.disk.removeTree(path)
    })
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return this.#operation(`setModified ${path}`, () => {
      this.disk.fileAt(path, 'change the time of').modifiedMs = modifiedMs
    })
  }

  syncDirectory(path: string): Promise<void> {
    return this.process.later(this.syncMs(), `syncDirectory ${path}`, () => {
      this.disk.mayFail('sync-directory', 'sync', path)
      this.disk.syncDirectory(path)
    })
  }

  lock(path: string): Promise<FileLock | null> {
    return this.#operation(`lock ${path}`, () => {
      const file = this.disk.create(path, 'lock')
      if (!this.disk.lock(file)) return null
      let held = true
      return {
        release: async () => {
          if (held && this.process.isAlive) this.disk.unlock(file)
          held = false
        },
      }
    })
  }

  space(path: string): Promise<{ totalBytes: number; usableBytes: number }> {
    return this.#operation(`space ${path}`, () => {
      if (this.disk.find(path) === undefined) throw diskError('ENOENT', 'measure', path)
      return { totalBytes: this.disk.capacityBytes, usableBytes: this.disk.usableBytes }
    })
  }

  /** The bytes that were being written are there up to some point, or not at all. */
  processDied(): void {
    for (const write of this.underWay) write.tear(this.random)
    this.underWay.clear()
  }

  quickMs(): number {
    return this.random.between(0.02, 0.5) * this.disk.slowness
  }

  syncMs(): number {
    return this.random.between(0.5, 15) * this.disk.slowness
  }

  #operation<Result>(line: string, effect: () => Result): Promise<Result> {
    return this.process.later(this.quickMs(), line, effect)
  }
}

class SimFile implements File {
  readonly path: string
  #system: SimFileSystem
  #inode: FileInode
  #writable: boolean
  #closed = false
  /** Resolves when everything queued so far has been done or has failed. */
  #tail: Promise<void> = Promise.resolve()
  #queued = 0
  #failures = 0
  #lastFailure: unknown
  #beside = new Set<Promise<unknown>>()

  constructor(system: SimFileSystem, path: string, inode: FileInode, writable: boolean) {
    this.path = path
    this.#system = system
    this.#inode = inode
    this.#writable = writable
  }

  async sizeBytes(): Promise<number> {
    this.#mustBeOpen('look at')
    await this.#tail
    return this.#inode.sizeBytes
  }

  read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number> {
    return this.#besides('read', () =>
      this.#system.process.later(this.#system.quickMs(), `read ${this.path} ${position}+${length}`, () => {
        this.#system.disk.mayFail('read', 'read', this.path)
        return this.#inode.read(target, targetOffset, length, position)
      }),
    )
  }

  write(buffers: readonly Uint8Array[], position: number, done: WriteDone): void {
    const { process, disk, random } = this.#system
    if (!process.isAlive) return
    if (this.#closed || !this.#writable) return done(diskError('EBADF', 'write to', this.path))
    // A crash while it is under way tears it. The buffers are read when the kernel would read them, not before.
    const pending = { tear: (torn: SeededRandom) => this.#tear(Buffer.concat(buffers), position, torn) }
    if (this.#queued === 0 && random.chance(disk.inlineWrites)) {
      this.#system.underWay.add(pending)
      process.node.effect(`write begins ${this.path}`)
      this.#system.underWay.delete(pending)
      const error = process.isAlive ? this.#apply(Buffer.concat(buffers), position) : null
      if (process.isAlive) done(error)
      return
    }
    const written = this.#enqueue(async () => {
      this.#system.underWay.add(pending)
      await process.later(this.#system.quickMs(), `write begins ${this.path}`, () => {})
      this.#system.underWay.delete(pending)
      const error = this.#apply(Buffer.concat(buffers), position)
      if (!process.isAlive) return new Promise<never>(() => {})
      if (error) throw error
    })
    // Out of the promise chain, where what `done` throws would be taken for a failure of the write.
    written.then(
      () => process.after(0, () => done(null)),
      (error) => process.after(0, () => done(error)),
    )
  }

  truncate(sizeBytes: number): Promise<void> {
    if (this.#closed) return Promise.reject(diskError('EBADF', 'truncate', this.path))
    return this.#enqueue(() =>
      this.#system.process.later(this.#system.quickMs(), `truncate ${this.path} ${sizeBytes}`, () => {
        this.#system.disk.mayFail('truncate', 'truncate', this.path)
        this.#system.disk.truncate(this.#inode, sizeBytes)
      }),
    )
  }

  sync(): Promise<void> {
    return this.#besides('sync', async () => {
      await this.#tail
      const point = this.#inode.beginSync()
      await this.#system.process.later(this.#system.syncMs(), `sync ${this.path}`, () => {
        try {
          this.#system.disk.mayFail('sync', 'sync', this.path)
        } catch (error) {
          this.#inode.failSync()
          throw error
        }
        this.#inode.finishSync(point)
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#tail
    await Promise.allSettled(this.#beside)
  }

  #apply(bytes: Buffer, position: number): FileSystemError | null {
    const { disk, process } = this.#system
    const line = `write ${this.path} ${position}+${bytes.length} ${crc32(bytes).toString(16)}`
    try {
      disk.mayFail('write', 'write to', this.path)
      disk.write(this.#inode, this.path, bytes, position)
      process.node.effect(line)
      return null
    } catch (error) {
      process.node.effect(`${line}: ${(error as FileSystemError).code}`)
      return error as FileSystemError
    }
  }

  #tear(bytes: Buffer, position: number, random: SeededRandom): void {
    const kept = bytes.subarray(0, random.integer(bytes.length + 1))
    try {
      this.#system.disk.write(this.#inode, this.path, kept, position)
    } catch {
      // A full disk tore it shorter still, and nobody is left to be told.
    }
  }

  /** Runs after everything queued before, unless some of that failed: then it fails the same way. */
  #enqueue(run: () => Promise<void>): Promise<void> {
    const failuresBefore = this.#failures
    this.#queued++
    const step = this.#tail.then(async () => {
      if (this.#failures !== failuresBefore) throw this.#lastFailure
      try {
        await run()
      } catch (error) {
        this.#failures++
        this.#lastFailure = error
        throw error
      }
    })
    const settled = () => {
      this.#queued--
    }
    this.#tail = step.then(settled, settled)
    return step
  }

  async #besides<Result>(verb: string, run: () => Promise<Result>): Promise<Result> {
    this.#mustBeOpen(verb)
    const running = run()
    this.#beside.add(running)
    try {
      return await running
    } finally {
      this.#beside.delete(running)
    }
  }

  #mustBeOpen(verb: string): void {
    if (this.#closed) throw diskError('EBADF', verb, this.path)
  }
}
