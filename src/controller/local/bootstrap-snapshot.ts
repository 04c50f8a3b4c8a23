/**
 * The first records of a new cluster, as whoever formats the directory chooses them. Kafka 4.4 keeps them in a snapshot
 * of nothing, `00000000000000000000-0000000000.checkpoint` in the directory of the metadata log; Kafka 4.3 and older in
 * `bootstrap.checkpoint` beside that directory, which is read where the snapshot has no records.
 *
 * They are no state: the controller writes them into the log when it finds it empty. A start that dies before or in
 * that write finds them again; the snapshot is durable before the log has its first record.
 */
import { posix } from 'node:path'
import type { FileSystem } from '../../env/file-system.ts'
import { initialFeatureLevels } from '../../metadata/features.ts'
import { STATIC_QUORUM } from '../../metadata/image/quorum-image.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../../metadata/metadata-record.ts'
import type { ReadBatch } from '../metadata-log/metadata-batch.ts'
import { readSnapshot, type SnapshotContent, type SnapshotId } from '../metadata-log/snapshot-file.ts'

export const BOOTSTRAP_SNAPSHOT: SnapshotId = { offset: 0, epoch: 0 }
/** By Kafka 4.3 and older. */
const BOOTSTRAP_FILE = 'bootstrap.checkpoint'

export const isBootstrapSnapshot = ({ offset, epoch }: SnapshotId): boolean => offset === 0 && epoch === 0

/** The metadata in a snapshot's batches, without what they say of the quorum. */
export const recordsOf = (batches: readonly ReadBatch[]): MetadataRecord[] =>
  batches.flatMap(({ records }) =>
    records.filter(({ controlType }) => controlType === null).map(({ value }) => decodeMetadataRecord(value)),
  )

/** The features that Kafka 4.3 or older has chosen for the data directory; null when it has not. */
export async function readBootstrapFile(files: FileSystem, directory: string): Promise<MetadataRecord[] | null> {
  const path = posix.join(directory, BOOTSTRAP_FILE)
  return (await files.stat(path)) === null ? null : recordsOf(await readSnapshot(files, path))
}

/** The choice of `kafka-storage format --release-version`: the features of that level of metadata.version. */
export const chosenRecords = (metadataLevel: number): MetadataRecord[] =>
  initialFeatureLevels(metadataLevel).map(([name, featureLevel]) => ({
    type: 'FeatureLevelRecord',
    version: 0,
    value: { name, featureLevel },
  }))

export const bootstrapContent = (records: readonly MetadataRecord[], nowMs: number): SnapshotContent => ({
  epoch: BOOTSTRAP_SNAPSHOT.epoch,
  timestampMs: nowMs,
  lastContainedLogTimestampMs: nowMs,
  quorum: STATIC_QUORUM,
  records,
})
