import * as fs from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../clock.ts'
import type { File, FileLock, FileStat, FileSystem } from '../file-system.ts'
import { descriptorLimit, onDescriptorShortage, withDescriptors } from './descriptors.ts'
import { Device } from './device.ts'
import { attempt, isErrno } from './errors.ts'
import { NodeFile } from './file.ts'
import { lockFile } from './lock.ts'
import { Lookups } from './lookups.ts'
import { isWindows, syncIfPossible, untilFree } from './platform.ts'
import { ThreadPool } from './pool.ts'

/** A longer file is read, and a longer one removed, where nobody has to wait for it. */
const SMALL_FILE_BYTES = 256 * 1024
const SCRATCH_BYTES = 16 * 1024

export class NodeFileSystem implements FileSystem {
  #clock: Clock
  readonly #platform: NodeJS.Platform
  #lookups: Lookups
  #pool = new ThreadPool()
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  /** By the volume's number: how the disk does is a property of the volume, not of one file. */
  #devices = new Map<number, Device>()

  constructor(clock: Clock, platform: NodeJS.Platform = process.platform) {
    this.#clock = clock
    this.#platform = platform
    this.#lookups = new Lookups(clock)
  }

  open(path: string, mode: 'read' | 'write'): Promise<File> {
    const flags = mode === 'read' ? fs.constants.O_RDONLY : fs.constants.O_RDWR | fs.constants.O_CREAT
    const opened = (descriptor: number): File => {
      const deviceOf = () => this.#deviceOf(fs.fstatSync(descriptor).dev)
      return new NodeFile(path, descriptor, { deviceOf, pool: this.#pool, lookups: this.#lookups })
    }
    return this.#lookups.run(
      'open',
      path,
      () => opened(fs.openSync(path, flags)),
      async () => opened(await openDescriptor(path, flags)),
    )
  }

  readFile(path: string): Promise<Buffer> {
    const inPool = () => fs.promises.readFile(path)
    return this.#lookups
      .run<Buffer | null>('read', path, () => readSmallFile(path, this.#scratch), inPool)
      .then((bytes) => bytes ?? attempt('read', path, inPool))
  }

  stat(path: string): Promise<FileStat | null> {
    return this.#lookups.run(
      'look at',
      path,
      () => fileStat(fs.statSync(path, { throwIfNoEntry: false })),
      async () => fileStat(await fs.promises.stat(path).catch(undefinedIfAbsent)),
    )
  }

  readDirectory(path: string): Promise<string[]> {
    return this.#lookups.run(
      'list',
      path,
      () => fs.readdirSync(path),
      () => fs.promises.readdir(path),
    )
  }

  async makeDirectory(path: string): Promise<void> {
    await attempt('create', path, () => makeDirectories(path))
  }

  rename(from: string, to: string): Promise<void> {
    const inPool = () => fs.promises.rename(from, to)
    return untilFree(this.#platform, () =>
      this.#lookups.run(`rename to ${to}`, from, () => fs.renameSync(from, to), inPool),
    )
  }

  remove(path: string): Promise<void> {
    return untilFree(this.#platform, () => this.#remove(path))
  }

  async #remove(path: string): Promise<void> {
    const inPool = () => fs.promises.unlink(path).catch(undefinedIfAbsent)
    const isDone = await this.#lookups.run(
      'remove',
      path,
      () => removeSmallFile(path),
      () => inPool().then(() => true),
    )
    if (!isDone) await attempt('remove', path, inPool)
  }

  removeTree(path: string): Promise<void> {
    const remove = () => attempt('remove', path, () => fs.promises.rm(path, { recursive: true, force: true }))
    return withDescriptors(() => untilFree(this.#platform, remove))
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return attempt('change the time of', path, () =>
      fs.promises.utimes(path, new Date(modifiedMs), new Date(modifiedMs)),
    )
  }

  syncDirectory(path: string): Promise<void> {
    // Windows neither can nor needs to: NTFS journals directory entries by itself.
    if (isWindows(this.#platform)) return Promise.resolve()
    const sync = async () => {
      const directory = await fs.promises.open(path, fs.constants.O_RDONLY)
      try {
        await this.#pool.syncs.run(() => directory.sync())
      } finally {
        await directory.close()
      }
    }
    return withDescriptors(() => attempt('sync', path, () => syncIfPossible(sync)))
  }

  lock(path: string): Promise<FileLock | null> {
    return withDescriptors(() => attempt('lock', path, () => lockFile(path)))
  }

  space(path: string): Promise<{ totalBytes: number; usableBytes: number }> {
    return attempt('measure', path, async () => {
      const volume = await fs.promises.statfs(path)
      return { totalBytes: volume.blocks * volume.bsize, usableBytes: volume.bavail * volume.bsize }
    })
  }

  get descriptorLimit(): number {
    return descriptorLimit()
  }

  onDescriptorShortage(closeIdle: () => Promise<void>): () => void {
    return onDescriptorShortage(closeIdle)
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
  if (stat?.isDirectory()) return
  if (!isErrno(error, 'EEXIST')) throw error
  throw Object.assign(new Error('a file is there and not a directory; name another path'), { code: 'ENOTDIR' })
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, descriptor) => (error ? reject(error) : resolve(descriptor)))
  })
}

/** null for a file that is not small. `scratch` takes what is read first: most files are much smaller still. */
function readSmallFile(path: string, scratch: Buffer): Buffer | null {
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY)
  try {
    const count = fs.readSync(descriptor, scratch, 0, scratch.length, 0)
    if (count < scratch.length) return Buffer.from(scratch.subarray(0, count))
    return fs.fstatSync(descriptor).size > SMALL_FILE_BYTES ? null : fs.readFileSync(path)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** False for a file that is not small: giving its blocks back takes a while. */
function removeSmallFile(path: string): boolean {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return true
  if (stat.size > SMALL_FILE_BYTES) return false
  fs.unlinkSync(path)
  return true
}

function fileStat(stat: fs.Stats | undefined): FileStat | null {
  if (stat === undefined) return null
  return { sizeBytes: stat.size, isDirectory: stat.isDirectory(), modifiedMs: Math.floor(stat.mtimeMs) }
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error
}
