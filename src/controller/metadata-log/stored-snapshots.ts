/** The snapshot of the metadata that a start begins with, and its content. */
import { posix } from 'node:path'
import { type FileSystem, FileSystemError } from '../../env/index.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { METADATA_VERSION } from '../../metadata/metadata-version.ts'
import type { ReadBatch } from './metadata-batch.ts'
import { readSnapshot, type SnapshotId, snapshotFileName } from './snapshot-file.ts'

export interface ChosenSnapshot {
  /** null: the log alone says everything. */
  readonly newest: { readonly id: SnapshotId; readonly batches: readonly ReadBatch[] } | null
  /** Newer ones that cannot be read, and are done without. */
  readonly damaged: readonly DamagedSnapshot[]
}

export interface DamagedSnapshot {
  readonly id: SnapshotId
  readonly path: string
  readonly problem: string
}

/** The log's offsets: from `start` up to, not including, `end`. */
export interface LogExtent {
  readonly start: number
  readonly end: number
}

/**
 * The newest of `ids` (in ascending order) that can be read. One that cannot is done without where an older one, with
 * the log behind it, or the log from its very beginning says the same. Rejects with a sentence for a person where
 * nothing does.
 */
export async function chooseSnapshot(
  files: FileSystem,
  directory: string,
  ids: readonly SnapshotId[],
  log: LogExtent,
): Promise<ChosenSnapshot> {
  const damaged: DamagedSnapshot[] = []
  for (const id of ids.toReversed()) {
    const path = posix.join(directory, snapshotFileName(id))
    // A damaged snapshot can only be done without if the log goes back to the one that is read instead.
    const [newest] = damaged
    if (newest !== undefined && (log.start > id.offset || log.end < newest.id.offset)) break
    try {
      return { newest: { id, batches: await readSnapshot(files, path) }, damaged }
    } catch (error) {
      if (error instanceof FileSystemError) throw error
      damaged.push({ id, path, problem: (error as Error).message })
    }
  }
  const [first] = damaged
  // The snapshot at offset 0 is how the directory was formatted, which a log that was begun repeats (`requireBegun`).
  const logMaySayAll = log.start === 0 && log.end > 0 && damaged.every(({ id }) => id.offset <= log.end)
  if (first === undefined || logMaySayAll) return { newest: null, damaged }
  throw notReplaced(first)
}

/** Throws where the log that was read in place of damaged snapshots lacks what the directory was formatted with. */
export function requireBegun({ newest, damaged: [first] }: ChosenSnapshot, image: MetadataImage): void {
  if (newest === null && first !== undefined && !image.features.has(METADATA_VERSION)) throw notReplaced(first)
}

const notReplaced = ({ path, problem }: DamagedSnapshot): Error =>
  new Error(
    `The metadata snapshot ${path} is damaged: ${problem}, and no older one with the log behind it says the same. Restore the file from a copy.`,
  )
