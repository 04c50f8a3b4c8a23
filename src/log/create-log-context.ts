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
  /** As many as the limit of the process suggests, when absent. */
  maxOpenFiles?: number
  producerIdExpirationMs?: number
}

const DEFAULTS: Required<Omit<LogContextOptions, 'maxOpenFiles'>> = {
  tailCacheBytes: 48 * 1024 * 1024,
  indexMemoryBytes: 32 * 1024 * 1024,
  producerIdExpirationMs: 86_400_000,
}

/** Where the limit of the process is not known. */
const OPEN_FILES = 512
const FEWEST_OPEN_FILES = 16
/** Beyond that, another open file is of little use and not for nothing. */
const MOST_OPEN_FILES = 4096
/** The process itself, its listeners, and small files that are written now and then. */
const OTHER_DESCRIPTORS = 64

/** Logs take up to half of the descriptors: connections need the others. */
function openFilesWithin(descriptorLimit: number): number {
  if (!Number.isFinite(descriptorLimit)) return OPEN_FILES
  const half = Math.floor((descriptorLimit - OTHER_DESCRIPTORS) / 2)
  return Math.min(Math.max(half, FEWEST_OPEN_FILES), MOST_OPEN_FILES)
}

/** Sixteen readers of a megabyte each; more of them are read for when they ask. */
const READ_AHEAD_BYTES = 16 * 1024 * 1024

/** Makes the memory, the files and the limits that all logs of a broker share. */
export function createLogContext(env: Environment, logger: Logger, options: LogContextOptions = {}): LogContext {
  const { tailCacheBytes, indexMemoryBytes, producerIdExpirationMs } = { ...DEFAULTS, ...options }
  const maxOpenFiles = options.maxOpenFiles ?? openFilesWithin(env.files.descriptorLimit)
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
