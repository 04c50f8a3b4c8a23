import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { AppendTurns } from './append/append-turns.ts'
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
  /** The number of files that may be open; without it the limit of the process decides. */
  maxOpenFiles?: number
  producerIdExpirationMs?: number
}

const DEFAULTS: Required<Omit<LogContextOptions, 'maxOpenFiles'>> = {
  tailCacheBytes: 48 * 1024 * 1024,
  indexMemoryBytes: 32 * 1024 * 1024,
  producerIdExpirationMs: 86_400_000,
}

/** The number of open files where the limit of the process is not known. */
const OPEN_FILES = 512
const FEWEST_OPEN_FILES = 16
/** The most files that are kept open: beyond that another one saves little and costs memory. */
const MOST_OPEN_FILES = 4096
/** Descriptors for the process itself, its listeners, and small files that are written now and then. */
const OTHER_DESCRIPTORS = 64

/** Logs take up to half of the descriptors: connections need the others. */
function openFilesWithin(descriptorLimit: number): number {
  if (!Number.isFinite(descriptorLimit)) return OPEN_FILES
  const half = Math.floor((descriptorLimit - OTHER_DESCRIPTORS) / 2)
  return Math.min(Math.max(half, FEWEST_OPEN_FILES), MOST_OPEN_FILES)
}

/** Room for sixteen readers of a megabyte each; nothing is read ahead for others. */
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
    appendTurns: new AppendTurns(env.clock),
    directorySyncs: new DirectorySyncs(env.files),
    indexMemory: new IndexMemory(indexMemoryBytes),
    tailCache: new TailCache(tailCacheBytes),
    readMemory: new ReadMemory(READ_AHEAD_BYTES),
    producerIdExpirationMs,
  }
}
