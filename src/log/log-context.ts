import type { Compute, Random } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { AppendTurns } from './append/append-turns.ts'
import type { DirectorySyncs } from './files/directory-syncs.ts'
import type { ReadMemory } from './read/sequential-reads.ts'
import type { TailCache } from './read/tail-cache.ts'
import type { SegmentContext } from './segment/segment-context.ts'

/** The memory, the files and the environment that the logs of one broker share. */
export interface LogContext extends SegmentContext {
  readonly random: Random
  readonly compute: Compute
  readonly logger: Logger
  readonly appendTurns: AppendTurns
  readonly directorySyncs: DirectorySyncs
  readonly tailCache: TailCache
  readonly readMemory: ReadMemory
  /** producer.id.expiration.ms, which may change while the broker runs. */
  producerIdExpirationMs: number
}
