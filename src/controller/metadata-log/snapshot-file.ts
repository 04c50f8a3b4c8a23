/**
 * Snapshots of the metadata log: `<end offset>-<epoch>.checkpoint` files beside its segments, and `bootstrap.checkpoint`
 * with the first records of a new cluster. Each begins with a header and ends with a footer (KIP-630).
 */
import { posix } from 'node:path'
import { writeAll } from '../../env/atomic-file.ts'
import type { File, FileSystem } from '../../env/file-system.ts'
import type { QuorumImage } from '../../metadata/image/quorum-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import {
  ControlType,
  controlBatch,
  dataBatch,
  type ReadBatch,
  readBatches,
  snapshotFooter,
  snapshotHeader,
} from './metadata-batch.ts'
import { quorumRecords } from './quorum-records.ts'

/** A snapshot contains every record before `offset`; the last of these is of `epoch`. */
export interface SnapshotId {
  readonly offset: number
  readonly epoch: number
}

const NAME = /^(\d{20})-(\d{10})\.checkpoint$/
/** A snapshot that is being written; Apache names it so as well, and either broker removes leftovers of the other. */
const PARTIAL_SUFFIX = '.part'
const DELETED_SUFFIX = '.deleted'
const RECORDS_PER_BATCH = 1000

export const snapshotFileName = ({ offset, epoch }: SnapshotId): string =>
  `${String(offset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`

export const isSnapshotFileName = (name: string): boolean => NAME.test(name)

/** Oldest first. Removes what an unfinished write or removal has left. */
export async function listSnapshots(files: FileSystem, directory: string): Promise<SnapshotId[]> {
  const names = await files.readDirectory(directory)
  for (const name of names) {
    const isLeftover = name.endsWith(`.checkpoint${PARTIAL_SUFFIX}`) || name.endsWith(`.checkpoint${DELETED_SUFFIX}`)
    if (isLeftover) await files.remove(posix.join(directory, name))
  }
  return snapshotsAmong(names)
}

/** In ascending order. */
export function snapshotsAmong(names: readonly string[]): SnapshotId[] {
  const snapshots: SnapshotId[] = []
  for (const name of names) {
    const match = NAME.exec(name)
    if (match !== null) snapshots.push({ offset: Number(match[1]), epoch: Number(match[2]) })
  }
  return snapshots.sort((a, b) => a.offset - b.offset || a.epoch - b.epoch)
}

export interface SnapshotContent {
  readonly epoch: number
  readonly timestampMs: number
  readonly lastContainedLogTimestampMs: number
  readonly quorum: QuorumImage
  readonly records: Iterable<MetadataRecord>
}

/**
 * Writes the snapshot to `path`, durable when it resolves, and resolves to its size. The name appears with the last
 * byte in place. Batches are encoded one by one between writes, so that a large image does not hold up the loop.
 */
export async function writeSnapshot(files: FileSystem, path: string, content: SnapshotContent): Promise<number> {
  const partial = `${path}${PARTIAL_SUFFIX}`
  await files.remove(partial)
  const file = await files.open(partial, 'write')
  let sizeBytes = 0
  try {
    sizeBytes = await writeBatches(file, snapshotBatches(content))
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(partial, path)
  await files.syncDirectory(posix.dirname(path))
  return sizeBytes
}

async function writeBatches(file: File, batches: Iterable<Buffer>): Promise<number> {
  let position = 0
  for (const bytes of batches) {
    await writeAll(file, [bytes], position)
    position += bytes.length
  }
  return position
}

function* snapshotBatches(content: SnapshotContent): Iterable<Buffer> {
  const { epoch, timestampMs } = content
  const header = [snapshotHeader(content.lastContainedLogTimestampMs), ...quorumRecords(content.quorum)]
  let baseOffset = 0
  const position = (count: number) => {
    const here = { baseOffset, epoch, timestampMs }
    baseOffset += count
    return here
  }
  yield controlBatch(position(header.length), header)
  let records: MetadataRecord[] = []
  for (const record of content.records) {
    records.push(record)
    if (records.length < RECORDS_PER_BATCH) continue
    yield dataBatch(position(records.length), records)
    records = []
  }
  if (records.length > 0) yield dataBatch(position(records.length), records)
  yield controlBatch(position(1), [snapshotFooter()])
}

/** The batches of a snapshot. Throws an `Error` for a person when it has no end: it is not whole. */
export async function readSnapshot(files: FileSystem, path: string): Promise<ReadBatch[]> {
  const batches = [...readBatches(await files.readFile(path))]
  if (batches.at(-1)?.records.at(-1)?.controlType !== ControlType.SNAPSHOT_FOOTER) {
    throw new Error('its end is missing')
  }
  return batches
}
