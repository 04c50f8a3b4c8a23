/**
 * Data directories that go into memory and out of it. Both ways they are Kafka's files: what is written here is opened
 * by any samsa and any Apache Kafka, and theirs is opened here.
 */
import { posix } from 'node:path'
import type { Environment, FileSystemError } from '../env/index.ts'
import { type DirectoryInode, isDirectory } from '../env/memory/file-tree.ts'
import { MEMORY_DIRECTORY, type MemoryDisk, type MemoryFile, Pages } from '../env/memory/index.ts'

export { MEMORY_DIRECTORY }

const LOCK_FILE = '.lock'
const META_PROPERTIES = 'meta.properties'

type Files = Environment['files']

/** Files as they were read last, by path, size and time: brokers that begin from the same directory share its pages. */
const known = new Map<string, WeakRef<Pages>>()

/**
 * Puts what is in `directory` of the machine onto the disk, and changes nothing there. Rejects with a sentence where there
 * is no data directory, and where a broker is at work on it.
 */
export async function readImage(files: Files, directory: string, disk: MemoryDisk): Promise<void> {
  if ((await files.stat(posix.join(directory, META_PROPERTIES))) === null) {
    throw new Error(`${directory} is no data directory of a broker (it has no ${META_PROPERTIES}): name one that is.`)
  }
  const release = await whileNobodyWrites(files, directory)
  try {
    disk.makeDirectory(MEMORY_DIRECTORY)
    await readTree(files, directory, disk, MEMORY_DIRECTORY)
  } finally {
    await release()
  }
}

/** A lock file that is not there is not made: the directory is to stay as it is. */
async function whileNobodyWrites(files: Files, directory: string): Promise<() => Promise<void>> {
  const path = posix.join(directory, LOCK_FILE)
  if ((await files.stat(path)) === null) return async () => {}
  const lock = await files.lock(path)
  if (lock === null) throw new Error(`A broker is running on ${directory}: stop it first, or name a copy of it.`)
  return () => lock.release()
}

async function readTree(files: Files, from: string, disk: MemoryDisk, to: string): Promise<void> {
  for (const name of await files.readDirectory(from)) {
    if (name === LOCK_FILE) continue
    const [source, target] = [posix.join(from, name), posix.join(to, name)]
    const stat = await files.stat(source)
    if (stat === null) continue
    if (stat.isDirectory) {
      disk.makeDirectory(target)
      await readTree(files, source, disk, target)
    } else {
      const pages = await readPages(files, source, `${source}\0${stat.sizeBytes}\0${stat.modifiedMs}`)
      disk.put(target, pages.share(), stat.modifiedMs)
    }
  }
}

async function readPages(files: Files, path: string, key: string): Promise<Pages> {
  const remembered = known.get(key)?.deref()
  if (remembered !== undefined) return remembered
  for (const [other, pages] of known) if (pages.deref() === undefined) known.delete(other)
  const pages = Pages.of(await files.readFile(path))
  known.set(key, new WeakRef(pages))
  return pages
}

/** Writes the directory of a broker in memory into `directory` of the machine, which must be empty or not there. */
export async function writeImage(disk: MemoryDisk, files: Files, directory: string): Promise<void> {
  const there = await files.stat(directory)
  if (there !== null && (!there.isDirectory || (await files.readDirectory(directory)).length > 0)) {
    throw new Error(`${directory} is not empty: name a directory that is, or is not there yet.`)
  }
  await writeTree(disk.directoryAt(MEMORY_DIRECTORY, 'save'), files, directory)
}

async function writeTree(from: DirectoryInode<MemoryFile>, files: Files, to: string): Promise<void> {
  await files.makeDirectory(to)
  for (const [name, inode] of from.entries) {
    if (name === LOCK_FILE) continue
    const path = posix.join(to, name)
    if (isDirectory(inode)) await writeTree(inode, files, path)
    else await writeFile(files, path, inode)
  }
  await files.syncDirectory(to)
}

async function writeFile(files: Files, path: string, { pages, modifiedMs }: MemoryFile): Promise<void> {
  const file = await files.open(path, 'write')
  try {
    await new Promise<void>((resolve, reject) => {
      file.write([pages.content()], 0, (error: FileSystemError | null) => (error === null ? resolve() : reject(error)))
    })
    await file.sync()
  } finally {
    await file.close()
  }
  await files.setModified(path, modifiedMs)
}
