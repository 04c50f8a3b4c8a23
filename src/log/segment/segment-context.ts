import type { Clock, FileSystem } from '../../env/index.ts'
import type { IndexMemory } from './index-memory.ts'
import type { OpenFiles } from './open-files.ts'

/** The part of a broker's `LogContext` that segments and their indexes use. */
export interface SegmentContext {
  readonly clock: Clock
  readonly files: FileSystem
  readonly openFiles: OpenFiles
  readonly indexMemory: IndexMemory
}
