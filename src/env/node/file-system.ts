import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../clock.ts'
import type { File, FileLock, FileStat, FileSystem } from '../file-system.ts'
import { Device } from './device.ts'
import { attempt, fileSystemError, isErrno } from './errors.ts'
import { NodeFile } from './file.ts'
import { lockFile } from './lock.ts'
import { ThreadPool } from './pool.ts'

export class NodeFileSystem implements FileSystem {
  #clock: Clock
  #pool = new ThreadPool()
  /** By the volume's number: how the disk does is a property of the volume, not of one file. */
  #devices = new Map<number, Device>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async open(path: string, mode: 'read' | 'write'): Promise<File> {
    const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR | fs.constants.O_CREAT
    return attempt('open', path, async () => {
      const descriptor = await openDescriptor(path, flags)
      return new NodeFile(path, descriptor, this.#deviceOf(fs.fstatSync(descriptor).dev), this.#pool)
    })
  }

  readFile(path: string): Promise<Buffer> {
    return attempt('read', path, () => fs.promises.readFile(path))
  }

  async stat(path: string): Promise<FileStat | null> {
    try {
      const stat = await fs.promises.stat(path)
      return { sizeBytes: stat.size, isDirectory: stat.isDirectory(), modifiedMs: Math.floor(stat.mtimeMs) }
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null
      throw fileSystemError(error, 'look at', path)
    }
  }

  readDirectory(path: string): Promise<string[]> {
    return attempt('list', path, () => fs.promises.readdir(path))
  }

  async makeDirectory(path: string): Promise<void> {
    await attempt('create', path, () => makeDirectories(path))
  }

  rename(from: string, to: string): Promise<void> {
    return attempt(`rename to ${to}`, from, () => fs.promises.rename(from, to))
  }

  async remove(path: string): Promise<void> {
    await attempt('remove', path, () => fs.promises.unlink(path)).catch((error) => {
      if (!isErrno(error, 'ENOENT')) throw error
    })
  }

  removeTree(path: string): Promise<void> {
    return attempt('remove', path, () => fs.promises.rm(path, { recursive: true, force: true }))
  }

  syncDirectory(path: string): Promise<void> {
    // Windows neither can nor needs to: NTFS journals directory entries by itself.
    if (process.platform === 'win32') return Promise.resolve()
    return attempt('sync', path, async () => {
      const directory = await fs.promises.open(path, fs.constants.O_RDONLY)
      try {
        await this.#pool.syncs.run(() => directory.sync())
      } finally {
        await directory.close()
      }
    })
  }

  lock(path: string): Promise<FileLock | null> {
    return attempt('lock', path, () => lockFile(path))
  }

  space(path: string): Promise<{ totalBytes: number; usableBytes: number }> {
    return attempt('measure', path, async () => {
      const volume = await fs.promises.statfs(path)
      return { totalBytes: volume.blocks * volume.bsize, usableBytes: volume.bavail * volume.bsize }
    })
  }

  #deviceOf(number: number): Device {
    let device = this.#devices.get(number)
    if (device === undefined) this.#devices.set(number, (device = new Device(this.#clock)))
    return device
  }
}

/**
 * With its parents. Node's own `recursive` never comes back where a parent is there and takes no directories, as in
 * /proc: it reads ENOENT as a missing parent, makes that, and tries again for ever.
 */
async function makeDirectories(path: string): Promise<void> {
  try {
    await fs.promises.mkdir(path)
  } catch (error) {
    const parent = dirname(path)
    if (!isErrno(error, 'ENOENT') || parent === path) return isDirectoryOrThrow(path, error)
    await makeDirectories(parent)
    await fs.promises.mkdir(path).catch((again) => isDirectoryOrThrow(path, again))
  }
}

async function isDirectoryOrThrow(path: string, error: unknown): Promise<void> {
  const stat = await fs.promises.stat(path).catch(() => null)
  if (!stat?.isDirectory()) throw error
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, descriptor) => (error ? reject(error) : resolve(descriptor)))
  })
}
