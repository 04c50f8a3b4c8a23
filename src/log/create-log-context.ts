import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { DirectorySyncs } from './files/directory-syncs.ts'
import type { LogContext } from './log-context.ts'
import { ReadMemory } from './read/sequential-reads.ts'
import { TailCache } from './read/tail-cache.ts'
import { IndexMemory } from './segment/index-memory.ts'
import { OpenFiles } from './segment/open-files.ts'

export interface LogContextOptions {
  /** samsa.log.tail.cache.bytes */
  tailCacheBytes?: number
  indexMemoryBytes?: number
  maxOpenFiles?: number
  producerIdExpirationMs?: number
}

const DEFAULTS: Required<LogContextOptions> = {
  tailCacheBytes: 48 * 1024 * 1024,
  indexMemoryBytes: 32 * 1024 * 1024,
  // Many systems allow a process 1,024 files by default, and connections need some of them.
  maxOpenFiles: 512,
  producerIdExpirationMs: 86_400_000,
}

/** Sixteen readers of a megabyte each; more of them are read for when they ask. */
const READ_AHEAD_BYTES = 16 * 1024 * 1024

/** What all logs of a broker share. */
export function createLogContext(env: Environment, logger: Logger, options: LogContextOptions = {}): LogContext {
  const { tailCacheBytes, indexMemoryBytes, maxOpenFiles, producerIdExpirationMs } = { ...DEFAULTS, ...options }
  return {
    clock: env.clock,
    random: env.random,
    files: env.files,
    compute: env.compute,
    logger,
    openFiles: new OpenFiles(env.files, maxOpenFiles),
    directorySyncs: new DirectorySyncs(env.files),
    indexMemory: new IndexMemory(indexMemoryBytes),
    tailCache: new TailCache(tailCacheBytes),
    readMemory: new ReadMemory(READ_AHEAD_BYTES),
    producerIdExpirationMs,
  }
}
