import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { type File, FileSystemError, type WriteDone } from '../file-system.ts'
import type { Device } from './device.ts'
import { attempt, fileSystemError } from './errors.ts'
import type { Lookups } from './lookups.ts'
import type { ThreadPool } from './pool.ts'

const QUICKLY_FREED_BYTES = 256 * 1024
/** A longer read may be of many pages that are not in memory. */
const LOOKUP_BYTES = 256 * 1024
/** The most buffers that one writev takes (IOV_MAX on Linux and macOS). */
const BUFFERS_PER_WRITE = 1024

const writev = promisify(fs.writev) as (
  descriptor: number,
  buffers: readonly NodeJS.ArrayBufferView[],
  position: number,
) => Promise<{ bytesWritten: number }>
const fdatasync = promisify(fs.fdatasync)
const ftruncate = promisify(fs.ftruncate)
const close = promisify(fs.close)

/** The device, the threads and the lookups that the files of one system share. */
interface Machine {
  deviceOf(): Device
  pool: ThreadPool
  lookups: Lookups
}

export class NodeFile implements File {
  readonly path: string
  #descriptor: number
  #deviceOf: () => Device
  /** null until the first write asks: most files are only read. */
  #knownDevice: Device | null = null
  #pool: ThreadPool
  #lookups: Lookups
  /** Resolves when everything queued so far has been done or has failed. */
  #tail: Promise<void> = Promise.resolve()
  #queued = 0
  #failures = 0
  #lastFailure: FileSystemError | undefined
  /** Reads and syncs under way: a descriptor closed under them might be reused by another file. */
  #beside = 0
  #besideDone: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(path: string, descriptor: number, machine: Machine) {
    this.path = path
    this.#descriptor = descriptor
    this.#deviceOf = machine.deviceOf
    this.#pool = machine.pool
    this.#lookups = machine.lookups
  }

  get #device(): Device {
    this.#knownDevice ??= this.#deviceOf()
    return this.#knownDevice
  }

  async sizeBytes(): Promise<number> {
    this.#mustBeOpen()
    await this.#tail
    // The inode of an open file is in memory: this never waits for the disk.
    return fs.fstatSync(this.#descriptor).size
  }

  async read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number> {
    if (length <= LOOKUP_BYTES && this.#lookups.mayRunInline) {
      this.#mustBeOpen()
      return this.#lookups.runNow('read', this.path, () => this.#readInline(target, targetOffset, length, position))
    }
    return this.#runBeside(
      () =>
        new Promise((resolve, reject) => {
          let count = 0
          const more = () =>
            fs.read(this.#descriptor, target, targetOffset + count, length - count, position + count, next)
          const next = (error: NodeJS.ErrnoException | null, bytesRead: number) => {
            if (error) return reject(fileSystemError(error, 'read', this.path))
            count += bytesRead
            if (bytesRead === 0 || count === length) resolve(count)
            else more()
          }
          more()
        }),
    )
  }

  #readInline(target: Buffer, targetOffset: number, length: number, position: number): number {
    for (let count = 0; ; ) {
      const more = fs.readSync(this.#descriptor, target, targetOffset + count, length - count, position + count)
      count += more
      if (more === 0 || count === length) return count
    }
  }

  write(buffers: readonly Uint8Array[], position: number, done: WriteDone): void {
    if (this.#closed) return done(this.#closedError())
    let bytes = 0
    for (const buffer of buffers) bytes += buffer.length
    if (this.#queued === 0 && this.#device.mayWriteInline(bytes)) {
      done(this.#writeInline(buffers, position, bytes))
      return
    }
    this.#enqueue('write to', () => this.#pool.writes.run(() => this.#writeInPool(buffers, position, bytes))).then(
      // Out of the promise chain, where what `done` throws would be taken for a failure of the write.
      () => process.nextTick(done, null),
      (error) => process.nextTick(done, error),
    )
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#enqueue('truncate', () => ftruncate(this.#descriptor, sizeBytes))
  }

  sync(): Promise<void> {
    return this.#runBeside(async () => {
      await this.#tail
      await attempt('sync', this.path, () => this.#pool.syncs.run(() => fdatasync(this.#descriptor)))
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#tail
    if (this.#beside > 0) await new Promise<void>((resolve) => (this.#besideDone = resolve))
    await attempt('close', this.path, async () => {
      const { nlink, size } = fs.fstatSync(this.#descriptor)
      // The last hold on a file that was removed: the file system now gives its blocks back, which takes a while.
      if (nlink === 0 && size > QUICKLY_FREED_BYTES) await close(this.#descriptor)
      else fs.closeSync(this.#descriptor)
    })
  }

  #writeInline(buffers: readonly Uint8Array[], position: number, bytes: number): FileSystemError | null {
    const startMs = this.#device.monotonicMs()
    try {
      let rest = buffers
      for (let written = 0; written < bytes; ) {
        const count = fs.writevSync(this.#descriptor, rest.slice(0, BUFFERS_PER_WRITE), position + written)
        written += progress(count)
        rest = without(rest, count)
      }
    } catch (error) {
      return fileSystemError(error, 'write to', this.path)
    }
    this.#device.wroteInline(bytes, startMs)
    return null
  }

  async #writeInPool(buffers: readonly Uint8Array[], position: number, bytes: number): Promise<void> {
    let rest = buffers
    for (let written = 0; written < bytes; ) {
      const { bytesWritten } = await writev(this.#descriptor, rest.slice(0, BUFFERS_PER_WRITE), position + written)
      written += progress(bytesWritten)
      rest = without(rest, bytesWritten)
    }
  }

  /** Runs after everything queued before, unless some of that failed: then it fails the same way. */
  #enqueue(verb: string, run: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closedError())
    const failuresBefore = this.#failures
    this.#queued++
    const step = this.#tail.then(async () => {
      if (this.#failures !== failuresBefore) throw this.#lastFailure
      try {
        await run()
      } catch (error) {
        this.#failures++
        this.#lastFailure = fileSystemError(error, verb, this.path)
        throw this.#lastFailure
      }
    })
    const settled = () => {
      this.#queued--
    }
    this.#tail = step.then(settled, settled)
    return step
  }

  async #runBeside<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#mustBeOpen()
    this.#beside++
    try {
      return await run()
    } finally {
      this.#beside--
      if (this.#beside === 0) this.#besideDone?.()
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw this.#closedError()
  }

  #closedError(): FileSystemError {
    return new FileSystemError('EBADF', this.path, `${this.path} is closed (EBADF)`)
  }
}

/** A write that takes nothing and reports no error would be tried for ever. */
function progress(count: number): number {
  if (count === 0) throw Object.assign(new Error('the disk took no bytes'), { code: 'EIO' })
  return count
}

/** The buffers less their first `count` bytes. */
function without(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)]
    left -= buffer.length
  }
  return []
}
