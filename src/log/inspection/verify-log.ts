/**
 * Checks the directory of one partition as `loadLog` would open it, without changing anything: what it would repair is
 * said, and so is what it could not.
 */
import { basename, resolve } from 'node:path'
import { KafkaError } from '../../../protocol/errors.ts'
import { present } from '../../env/invariant.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  joinPath,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  OFFSET_INDEX_SUFFIX,
  PARTITION_METADATA,
  PRODUCER_SNAPSHOT_SUFFIX,
  parsePartitionDirectoryName,
  parseSegmentFileName,
  type SegmentFileName,
  SWAP_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
} from '../files/file-names.ts'
import { MalformedFileError } from '../files/malformed-file-error.ts'
import { parsePartitionMetadata } from '../files/partition-metadata-file.ts'
import { LeaderEpochCache, parseLeaderEpochs } from '../leader-epoch-cache.ts'
import { parseProducerSnapshot } from '../producers/producer-snapshot.ts'
import type { Inspection, Severity } from './finding.ts'
import { type CheckpointedOffsets, verifySegment } from './verify-segment.ts'

export type { CheckpointedOffsets } from './verify-segment.ts'

export interface VerifiedLog {
  segments: number
  batches: number
  sizeBytes: number
  /** The first offset in the files; the log start offset may be larger. */
  startOffset: number
  endOffset: number
}

type NamedFile = SegmentFileName & { name: string }

export async function verifyLog(
  inspection: Inspection,
  directory: string,
  offsets: CheckpointedOffsets,
): Promise<VerifiedLog> {
  const names = await inspection.context.files.readDirectory(directory)
  const files = segmentFiles(names)
  reportLeftovers(inspection, directory, files)
  reportTemporaries(inspection, directory, names)
  await verifyPartitionMetadata(inspection, directory, names)
  const epochs = await verifyEpochFile(inspection, directory, names)
  const current = files.filter(({ state }) => state === '')
  const log = await verifySegments(inspection, directory, current, { offsets, epochs })
  await verifySnapshots(inspection, directory, current, log.endOffset)
  verifyOffsets(inspection, directory, log, { offsets, epochs })
  return log
}

function segmentFiles(names: readonly string[]): NamedFile[] {
  const files: NamedFile[] = []
  for (const name of names) {
    const parsed = parseSegmentFileName(name)
    if (parsed !== null) files.push({ ...parsed, name })
  }
  return files.sort((a, b) => a.baseOffset - b.baseOffset || (a.name < b.name ? -1 : 1))
}

const LEFTOVERS: Readonly<Record<string, [problem: string, remedy: string]>> = {
  [DELETED_SUFFIX]: ['waits for its deletion', 'the next start removes it'],
  [CLEANED_SUFFIX]: ['is left of a compaction that did not end', 'the next start removes it'],
  [SWAP_SUFFIX]: [
    'is of a compaction that had yet to replace the segments it was made of',
    'the next start puts it in their place, or removes it if others of it are missing',
  ],
}

function reportLeftovers(inspection: Inspection, directory: string, files: readonly NamedFile[]): void {
  const bases = new Set(files.filter(({ kind }) => kind === LOG_SUFFIX).map(({ baseOffset }) => baseOffset))
  for (const { name, state, kind, baseOffset } of files) {
    const path = joinPath(directory, name)
    if (state !== '') {
      const [problem, remedy] = present(LEFTOVERS[state], 'log', 'each state of a renamed file has its remedy')
      inspection.found({ severity: 'repair', path, position: null, problem, remedy })
    } else if (kind !== PRODUCER_SNAPSHOT_SUFFIX && !bases.has(baseOffset)) {
      const problem = 'belongs to a segment that is not there'
      inspection.found({ severity: 'repair', path, position: null, problem, remedy: 'the next start removes it' })
    }
  }
}

function reportTemporaries(inspection: Inspection, directory: string, names: readonly string[]): void {
  for (const name of names.filter((name) => name.endsWith('.tmp'))) {
    const problem = 'is a write that a crash has interrupted'
    const remedy = 'the next write of the file replaces it'
    inspection.found({ severity: 'note', path: joinPath(directory, name), position: null, problem, remedy })
  }
}

async function verifyPartitionMetadata(
  inspection: Inspection,
  directory: string,
  names: readonly string[],
): Promise<void> {
  const path = joinPath(directory, PARTITION_METADATA)
  const found = (severity: Severity, problem: string, remedy: string) =>
    inspection.found({ severity, path, position: null, problem, remedy })
  const partition = parsePartitionDirectoryName(basename(resolve(directory)))
  const expected = partition === null ? undefined : expectedTopicId(inspection, partition)
  if (expected === null) return found('note', NO_TOPIC, SET_ASIDE)
  const remedy = expected === undefined ? `${WRITTEN_ANEW}, if the metadata knows the topic` : WRITTEN_ANEW
  if (!names.includes(PARTITION_METADATA)) return found('repair', 'is missing', remedy)
  const bytes = await inspection.context.files.readFile(path)
  const parse = () => parsePartitionMetadata(path, bytes)
  const recorded = readContent(inspection, path, { severity: 'repair', remedy }, parse)?.topicId
  if (recorded === undefined || expected === undefined || recorded === expected) return
  const problem = `names the topic id ${recorded}, and the metadata has ${expected} for the topic`
  found(
    'damage',
    problem,
    `${SET_ASIDE}; if the records are the topic's, remove the file first, and it is written anew`,
  )
}

const WRITTEN_ANEW = 'the next start writes it anew'
const NO_TOPIC = 'is of a partition that the metadata does not know'
const SET_ASIDE = 'the next start renames the directory to one that ends in -stray, and leaves it alone'

/** Null where the metadata has no such partition, undefined where nobody has asked it. */
function expectedTopicId(
  { metadata }: Inspection,
  { topic, partition }: { topic: string; partition: number },
): string | null | undefined {
  if (topic === METADATA_TOPIC) return METADATA_TOPIC_ID
  return metadata === undefined ? undefined : metadata.topicIdOf(topic, partition)
}

/** null when the file is malformed; an absent one has no epochs. */
async function verifyEpochFile(
  inspection: Inspection,
  directory: string,
  names: readonly string[],
): Promise<LeaderEpochCache | null> {
  if (!names.includes(LEADER_EPOCH_CHECKPOINT)) return new LeaderEpochCache()
  const path = joinPath(directory, LEADER_EPOCH_CHECKPOINT)
  const bytes = await inspection.context.files.readFile(path)
  const remedy = 'the next start collects the leader epochs from the batches'
  const entries = readContent(inspection, path, { severity: 'repair', remedy }, () => parseLeaderEpochs(path, bytes))
  if (entries === null) return null
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1]
    if (before === undefined) continue
    if (entry.epoch > before.epoch && entry.startOffset > before.startOffset) continue
    const problem = `lists epoch ${entry.epoch} from offset ${entry.startOffset} behind epoch ${before.epoch} from offset ${before.startOffset}`
    const advice = 'delete the file, with the broker stopped; the leader epochs of old batches are then unknown'
    inspection.found({ severity: 'damage', path, position: null, problem, remedy: advice })
  }
  return new LeaderEpochCache(entries)
}

interface Known {
  offsets: CheckpointedOffsets
  epochs: LeaderEpochCache | null
}

async function verifySegments(
  inspection: Inspection,
  directory: string,
  files: readonly NamedFile[],
  known: Known,
): Promise<VerifiedLog> {
  const names = new Set(files.map(({ name }) => name))
  const logs = files.filter(({ kind }) => kind === LOG_SUFFIX)
  const start = logs[0]?.baseOffset ?? known.offsets.logStartOffset ?? 0
  const log: VerifiedLog = { segments: 0, batches: 0, sizeBytes: 0, startOffset: start, endOffset: start }
  for (const [i, { baseOffset, name }] of logs.entries()) {
    const path = joinPath(directory, name)
    if (baseOffset < log.endOffset && log.segments > 0) {
      const problem = `begins at offset ${baseOffset}, but the segment before it ends at ${log.endOffset}`
      const remedy = 'restore the partition from a replica or a backup'
      inspection.found({ severity: 'damage', path, position: null, problem, remedy })
    }
    const segment = await verifySegment(inspection, {
      directory,
      baseOffset,
      nextBaseOffset: logs[i + 1]?.baseOffset ?? null,
      ...known,
    })
    log.segments++
    log.batches += segment.batches
    log.sizeBytes += segment.sizeBytes
    log.endOffset = segment.endOffset
    if (segment.isCut) break
    if (segment.sizeBytes > 0) reportMissingIndexes(inspection, directory, baseOffset, names)
  }
  return log
}

function reportMissingIndexes(
  inspection: Inspection,
  directory: string,
  baseOffset: number,
  names: ReadonlySet<string>,
) {
  for (const kind of [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX]) {
    const name = segmentFileName(baseOffset, kind)
    if (names.has(name)) continue
    const path = joinPath(directory, name)
    const remedy = 'the next start builds it anew'
    inspection.found({ severity: 'repair', path, position: null, problem: 'is missing', remedy })
  }
}

async function verifySnapshots(
  inspection: Inspection,
  directory: string,
  files: readonly NamedFile[],
  endOffset: number,
): Promise<void> {
  const bases = new Set(files.filter(({ kind }) => kind === LOG_SUFFIX).map(({ baseOffset }) => baseOffset))
  const snapshots = files.filter(({ kind }) => kind === PRODUCER_SNAPSHOT_SUFFIX)
  const newest = snapshots.findLast(({ baseOffset }) => baseOffset <= endOffset)
  for (const snapshot of snapshots) {
    const { name, baseOffset } = snapshot
    const path = joinPath(directory, name)
    const bytes = await inspection.context.files.readFile(path)
    const remedy = 'the next start removes it, and finds the producers in an older one and the log'
    readContent(inspection, path, { severity: 'repair', remedy }, () => parseProducerSnapshot(bytes))
    if (baseOffset <= endOffset && (bases.has(baseOffset) || snapshot === newest)) continue
    const problem = baseOffset > endOffset ? `is beyond the log's end at ${endOffset}` : 'belongs to no segment'
    inspection.found({ severity: 'repair', path, position: null, problem, remedy: 'the next start removes it' })
  }
}

function verifyOffsets(inspection: Inspection, directory: string, log: VerifiedLog, { offsets, epochs }: Known): void {
  const { endOffset } = log
  const found = (severity: Severity, path: string, problem: string, remedy: string) =>
    inspection.found({ severity, path, position: null, problem, remedy })
  if (offsets.logStartOffset !== null && offsets.logStartOffset > endOffset) {
    const problem = `ends at offset ${endOffset}, before its log start offset ${offsets.logStartOffset}: files were lost`
    found('damage', directory, problem, 'the next start deletes its segments and goes on from the log start offset')
  } else if (offsets.recoveryPoint !== null && offsets.recoveryPoint > endOffset) {
    const problem = `ends at offset ${endOffset}, though everything before ${offsets.recoveryPoint} was durable`
    found('damage', directory, problem, 'restore the partition from a replica or a backup')
  } else if (offsets.highWatermark !== null && offsets.highWatermark > endOffset) {
    const problem = `ends at offset ${endOffset}, before its high watermark ${offsets.highWatermark}: a crash has taken what was not yet durable`
    found('repair', directory, problem, 'the next start lowers the high watermark')
  }
  const beyond = epochs?.entries.find(({ startOffset }) => startOffset > endOffset)
  if (beyond !== undefined) {
    const problem = `has epoch ${beyond.epoch} begin at offset ${beyond.startOffset}, beyond the log's end at ${endOffset}`
    found('repair', joinPath(directory, LEADER_EPOCH_CHECKPOINT), problem, 'the next start drops the entry')
  }
}

/** The value that `read` gives; null, and a finding, when the bytes are not what they should be. */
export function readContent<T>(
  inspection: Inspection,
  path: string,
  { severity, remedy }: { severity: Severity; remedy: string },
  read: () => T,
): T | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MalformedFileError) && !(error instanceof KafkaError)) throw error
    const problem =
      error instanceof MalformedFileError ? error.message.replace(`${path} `, '') : `is damaged: ${error.message}`
    inspection.found({ severity, path, position: null, problem, remedy })
    return null
  }
}
