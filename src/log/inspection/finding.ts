import type { LogContext } from '../log-context.ts'

/**
 * `damage`: no start mends it. `repair`: the next start does, and `remedy` says how. `note`: worth knowing, and as it
 * should be.
 */
export type Severity = 'damage' | 'repair' | 'note'

export interface Finding {
  severity: Severity
  path: string
  /** A byte of the file, where there is one to point at. */
  position: number | null
  /** The problem and its remedy: halves of a sentence each. */
  problem: string
  remedy: string
}

/** The partitions that the metadata know. */
export interface KnownPartitions {
  /** The id of the topic; null where the metadata has no such partition. */
  topicIdOf(topic: string, partition: number): string | null
}

/** One check of files: what it reads through, and whom it tells. It never writes. */
export interface Inspection {
  context: LogContext
  /** Absent where no metadata log is among what is looked at, or none that can be read. */
  metadata?: KnownPartitions
  found(finding: Finding): void
  /** So many more bytes of segments have been looked at. */
  progress(bytes: number): void
}
