/** The file `bootstrap.checkpoint`, which holds the first records of a new cluster. */
import { posix } from 'node:path'
import type { FileSystem } from '../../env/file-system.ts'
import { INITIAL_FEATURE_LEVELS } from '../../metadata/features.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../../metadata/metadata-record.ts'
import { STATIC_QUORUM } from './quorum.ts'
import { readSnapshot, writeSnapshot } from './snapshot-file.ts'

/** Written by whoever formats the directory; read once, when the metadata log is empty. */
const BOOTSTRAP_FILE = 'bootstrap.checkpoint'

/**
 * What `kafka-storage format` has chosen for this directory or, in one that nobody has formatted, what it would choose:
 * then the file is written as well.
 */
export async function bootstrapRecords(files: FileSystem, directory: string, nowMs: number): Promise<MetadataRecord[]> {
  const path = posix.join(directory, BOOTSTRAP_FILE)
  if ((await files.stat(path)) !== null) {
    const batches = await readSnapshot(files, path)
    const records = batches.flatMap((batch) => batch.records.filter(({ controlType }) => controlType === null))
    return records.map(({ value }) => decodeMetadataRecord(value))
  }
  const records = INITIAL_FEATURE_LEVELS.map(
    ([name, featureLevel]): MetadataRecord => ({
      type: 'FeatureLevelRecord',
      version: 0,
      value: { name, featureLevel },
    }),
  )
  const position = { epoch: 0, timestampMs: nowMs, lastContainedLogTimestampMs: 0 }
  await writeSnapshot(files, path, { ...position, quorum: STATIC_QUORUM, records })
  return records
}
