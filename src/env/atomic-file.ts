import { posix } from 'node:path'
import type { File, FileSystem } from './file-system.ts'

/**
 * Replaces the file at `path` by `bytes` so that a crash leaves the old content or the new one, never a part: temp file,
 * fsync, rename, fsync of the directory. Durable when it resolves. The temp name is Apache's (`<path>.tmp`), so that
 * either broker cleans up after the other. Calls for one path must not overlap.
 */
export async function writeFileAtomically(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(files, path, bytes)
  await files.syncDirectory(posix.dirname(path))
}

/** Does all of that but the last step: which of the two a power failure leaves is open until the directory is synced. */
export async function replaceFile(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  // A longer leftover of an earlier crash would show behind our bytes.
  await files.remove(temporary)
  const file = await files.open(temporary, 'write')
  try {
    if (bytes.length > 0) await writeAll(file, [bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(temporary, path)
}

/** `File.write` as a promise. */
export function writeAll(file: File, buffers: readonly Uint8Array[], position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(buffers, position, (error) => (error === null ? resolve() : reject(error)))
  })
}
