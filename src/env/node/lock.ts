import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { withoutNatives } from '../../../protocol/records/native.ts'
import { type FileLock, FileSystemError } from '../file-system.ts'
import { isErrno } from './errors.ts'

type Native = typeof import('fs-ext-extra-prebuilt')

/** Java's `FileChannel.lock()` on Windows covers this many bytes; its highest bits go beside the lowest. */
const WINDOWS_WHOLE_FILE_LOW = 0xffffffff
const WINDOWS_WHOLE_FILE_HIGH = 0x7fffffff

const HELD_BY_ANOTHER = new Set(['EAGAIN', 'EACCES', 'EBUSY', 'ERROR_LOCK_VIOLATION'])
const NAME_PREFIX: Partial<Record<NodeJS.Platform, string>> = { linux: '\0', win32: '\\\\.\\pipe\\' }

/**
 * The files this process has locked, by volume and inode. POSIX locks belong to the process: it gets a second one on
 * the same file without a word, and loses the first by closing the second's descriptor. So the table is asked before
 * the file is opened. It hangs on `globalThis` because a process may hold samsa twice (bundled, and from source).
 */
const LOCKED_KEY = Symbol.for('samsa.lockedFiles')
const shared = globalThis as { [LOCKED_KEY]?: Set<string> }
shared[LOCKED_KEY] ??= new Set()
const locked: Set<string> = shared[LOCKED_KEY]

/**
 * An fcntl lock over the whole file, which is what Java's `FileChannel.lock` takes, so that samsa and Apache Kafka
 * exclude each other. The kernel drops it when the process dies, however that happens. Node has no such call: it comes
 * from a native module, and where that cannot be loaded `lockName` stands in.
 */
export async function lockFile(path: string): Promise<FileLock | null> {
  const native = await loadNative()
  createIfAbsent(path)
  const { dev, ino } = fs.statSync(path, { bigint: true })
  const file = `${dev}:${ino}`
  if (locked.has(file)) return null
  locked.add(file)
  let unlock: (() => void) | null = null
  try {
    unlock = native ? lockDescriptor(native, path) : await lockName(file, path)
  } finally {
    if (unlock === null) locked.delete(file)
  }
  if (unlock === null) return null
  return {
    release: async () => {
      unlock?.()
      if (unlock) locked.delete(file)
      unlock = null
    },
  }
}

async function loadNative(): Promise<Native | null> {
  if (withoutNatives) return null
  try {
    return await import('fs-ext-extra-prebuilt')
  } catch {
    return null
  }
}

function createIfAbsent(path: string): void {
  try {
    fs.closeSync(fs.openSync(path, 'wx'))
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}

function lockDescriptor(native: Native, path: string): (() => void) | null {
  const descriptor = fs.openSync(path, 'r+')
  try {
    if (process.platform === 'win32') {
      const flags = native.constants.LOCKFILE_EXCLUSIVE_LOCK | native.constants.LOCKFILE_FAIL_IMMEDIATELY
      native.lockFileExSync(descriptor, flags, 0, 0, WINDOWS_WHOLE_FILE_LOW, WINDOWS_WHOLE_FILE_HIGH)
    } else {
      native.fcntlSync(descriptor, 'setlk', native.constants.F_WRLCK)
    }
  } catch (error) {
    fs.closeSync(descriptor)
    if (HELD_BY_ANOTHER.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
  return () => fs.closeSync(descriptor)
}

/**
 * Without the native module: a name that only one process of this machine can listen on, an abstract socket on Linux
 * (Alpine, say, for which there is no prebuilt module) and a pipe on Windows. It vanishes with the process as well, but
 * holds off neither an Apache Kafka nor a samsa in another container.
 */
async function lockName(file: string, path: string): Promise<(() => void) | null> {
  const prefix = NAME_PREFIX[process.platform]
  if (prefix === undefined) {
    const advice = 'reinstall samsa so that its optional module fs-ext-extra-prebuilt is there for this platform'
    throw new FileSystemError('ENOSYS', path, `cannot lock ${path}: ${advice} (ENOSYS)`)
  }
  const server = createServer((socket) => socket.destroy())
  const listening = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error) => (isErrno(error, 'EADDRINUSE') ? resolve(false) : reject(error)))
    server.listen(`${prefix}samsa-lock-${file.replace(':', '-')}`, () => resolve(true))
  })
  if (!listening) return null
  server.unref()
  return () => server.close()
}
