import type { Environment } from '../index.ts'
import { MEMORY_DIRECTORY } from './directory.ts'
import { MemoryDisk } from './memory-disk.ts'
import { MemoryFileSystem } from './memory-file-system.ts'
import { MountedFiles } from './mounted-files.ts'

export { MEMORY_DIRECTORY } from './directory.ts'
export { MemoryDisk, type MemoryFile } from './memory-disk.ts'
export { MemoryFileSystem } from './memory-file-system.ts'
export { Pages } from './pages.ts'

/**
 * The machine, but for the files below `MEMORY_DIRECTORY`: these are in memory, and whoever lets go of the environment
 * has let go of them.
 */
export function memoryEnvironment(
  machine: Environment,
  disk = new MemoryDisk(() => machine.clock.nowMs()),
): Environment {
  return { ...machine, files: new MountedFiles(MEMORY_DIRECTORY, new MemoryFileSystem(disk), machine.files) }
}
