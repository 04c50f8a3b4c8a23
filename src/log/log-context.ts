import type { Clock, Compute, FileSystem, Random } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { DirectorySyncs } from './files/directory-syncs.ts'
import type { ReadMemory } from './read/sequential-reads.ts'
import type { TailCache } from './read/tail-cache.ts'
import type { IndexMemory } from './segment/index-memory.ts'
import type { OpenFiles } from './segment/open-files.ts'

/** What the logs of one broker share. */
export interface LogContext {
  readonly clock: Clock
  readonly random: Random
  readonly files: FileSystem
  readonly compute: Compute
  readonly logger: Logger
  readonly openFiles: OpenFiles
  readonly directorySyncs: DirectorySyncs
  readonly indexMemory: IndexMemory
  readonly tailCache: TailCache
  readonly readMemory: ReadMemory
  /** producer.id.expiration.ms, which may change while the broker runs. */
  producerIdExpirationMs: number
}
