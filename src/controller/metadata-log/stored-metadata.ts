/** The content of a metadata log, read from its files without a broker and without writing. */
import { posix } from 'node:path'
import type { FileSystem } from '../../env/index.ts'
import { parseSegmentFileName } from '../../log/files/file-names.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../metadata/image/metadata-image.ts'
import { MetadataLoader } from '../../metadata/metadata-loader.ts'
import { decodeMetadataRecord } from '../../metadata/metadata-record.ts'
import { type ReadBatch, readBatches } from './metadata-batch.ts'
import { snapshotsAmong } from './snapshot-file.ts'
import { type ChosenSnapshot, chooseSnapshot, requireBegun } from './stored-snapshots.ts'

export interface StoredMetadata {
  readonly snapshot: ChosenSnapshot
  readonly image: MetadataImage
}

/** As the next start of a broker sees it. Rejects where no broker starts on the directory, with the reason. */
export async function readStoredMetadata(files: FileSystem, directory: string): Promise<StoredMetadata> {
  const names = await files.readDirectory(directory)
  const segments = names
    .map((name) => ({ name, parsed: parseSegmentFileName(name) }))
    .filter(({ parsed }) => parsed?.kind === '.log' && parsed.state === '')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const batches: ReadBatch[] = []
  for (const { name } of segments) {
    for (const batch of wholeBatches(await files.readFile(posix.join(directory, name)))) batches.push(batch)
  }
  const start = segments[0]?.parsed?.baseOffset ?? 0
  const end = (batches.at(-1)?.lastOffset ?? start - 1) + 1
  const snapshot = await chooseSnapshot(files, directory, snapshotsAmong(names), { start, end })
  const loader = new MetadataLoader(EMPTY_IMAGE)
  for (const batch of snapshot.newest?.batches ?? []) replay(loader, batch)
  const from = snapshot.newest?.id.offset ?? 0
  for (const batch of batches) if (batch.lastOffset >= from) replay(loader, batch)
  const image = loader.image()
  requireBegun(snapshot, image)
  return { snapshot, image }
}

function replay(loader: MetadataLoader, batch: ReadBatch): void {
  const { lastOffset, epoch, timestampMs } = batch
  const provenance = { lastContainedOffset: lastOffset, lastContainedEpoch: epoch, lastContainedLogTimeMs: timestampMs }
  for (const { controlType, value } of batch.records) {
    if (controlType === null) loader.replay(decodeMetadataRecord(value), provenance)
    else loader.replayControl(controlType, value)
  }
}

/** Up to the first that is torn or damaged, where a start cuts the log. */
function* wholeBatches(bytes: Buffer): Iterable<ReadBatch> {
  try {
    yield* readBatches(bytes)
  } catch {
    // The inspection of the log names the place.
  }
}
