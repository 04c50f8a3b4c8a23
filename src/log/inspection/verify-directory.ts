/** Checks one entry of `log.dirs`: its own small files, and every partition in it. */
import { CLEAN_SHUTDOWN_FILE } from '../files/clean-shutdown-file.ts'
import {
  joinPath,
  METADATA_TOPIC,
  type PartitionDirectoryName,
  parsePartitionDirectoryName,
} from '../files/file-names.ts'
import { META_PROPERTIES, type MetaProperties, parseMetaProperties } from '../files/meta-properties.ts'
import { type OffsetCheckpoint, parseOffsetCheckpoint } from '../files/offset-checkpoint.ts'
import { CheckpointFile } from '../manager/log-directory.ts'
import type { Inspection } from './finding.ts'
import { type CheckpointedOffsets, readContent, type VerifiedLog, verifyLog } from './verify-log.ts'

export interface VerifiedDirectory {
  path: string
  /** null: no broker has used the directory, or the file is malformed. */
  meta: MetaProperties | null
  /** By the name of the partition's directory. */
  logs: Map<string, VerifiedLog>
}

type Checkpoints = Readonly<Record<CheckpointFile, OffsetCheckpoint>>

export async function verifyDirectory(inspection: Inspection, path: string): Promise<VerifiedDirectory> {
  const { files } = inspection.context
  const names = (await files.readDirectory(path)).sort()
  const meta = await readMeta(inspection, path, names)
  const checkpoints = await readCheckpoints(inspection, path)
  const hadCleanShutdown = names.includes(CLEAN_SHUTDOWN_FILE)
  const logs = new Map<string, VerifiedLog>()
  if (hadCleanShutdown) await reportLostStarts(inspection, path)
  for (const name of names) {
    const parsed = parsePartitionDirectoryName(name)
    const directory = joinPath(path, name)
    if (parsed === null || !(await files.stat(directory))?.isDirectory) continue
    if (parsed.state === 'current') {
      logs.set(name, await verifyLog(inspection, directory, offsetsOf(checkpoints, name, hadCleanShutdown)))
    } else reportRenamed(inspection, directory, parsed.state)
  }
  if (logs.size > 0 && !hadCleanShutdown) reportUncleanStop(inspection, path)
  reportUnknownPartitions(inspection, path, checkpoints, logs)
  return { path, meta, logs }
}

/** One partition, with what the checkpoints in the directory above it say. */
export async function verifyPartitionDirectory(inspection: Inspection, path: string, parent: string, name: string) {
  const checkpoints = await readCheckpoints({ ...inspection, found: () => {} }, parent)
  const hadCleanShutdown = (await inspection.context.files.stat(joinPath(parent, CLEAN_SHUTDOWN_FILE))) !== null
  return verifyLog(inspection, path, offsetsOf(checkpoints, name, hadCleanShutdown))
}

async function readMeta(
  inspection: Inspection,
  directory: string,
  names: readonly string[],
): Promise<MetaProperties | null> {
  const path = joinPath(directory, META_PROPERTIES)
  if (!names.includes(META_PROPERTIES)) {
    const remedy = 'the next start makes the directory its own, with a new directory.id'
    if (names.some((name) => parsePartitionDirectoryName(name) !== null)) {
      inspection.found({ severity: 'repair', path, position: null, problem: 'is missing', remedy })
    }
    return null
  }
  const bytes = await inspection.context.files.readFile(path)
  const remedy = 'no broker starts on the directory until the file is restored, or removed'
  return readContent(inspection, path, { severity: 'damage', remedy }, () => parseMetaProperties(path, bytes))
}

const WITHOUT_CHECKPOINT: Readonly<Record<CheckpointFile, string>> = {
  [CheckpointFile.RECOVERY_POINT]: 'the next start checks every log from its beginning, unless the last stop was clean',
  [CheckpointFile.LOG_START_OFFSET]:
    'the next start has every log begin with its first segment: deleted records may come back',
  [CheckpointFile.HIGH_WATERMARK]: 'the next start takes high watermarks from the logs',
  [CheckpointFile.CLEANER_OFFSET]: 'the cleaner begins anew with every log',
}

async function readCheckpoints(inspection: Inspection, directory: string): Promise<Checkpoints> {
  const checkpoints: Partial<Record<CheckpointFile, OffsetCheckpoint>> = {}
  for (const file of Object.values(CheckpointFile)) {
    const path = joinPath(directory, file)
    checkpoints[file] = new Map()
    if ((await inspection.context.files.stat(path)) === null) continue
    const bytes = await inspection.context.files.readFile(path)
    const expected = { severity: 'repair', remedy: WITHOUT_CHECKPOINT[file] } as const
    checkpoints[file] = readContent(inspection, path, expected, () => parseOffsetCheckpoint(path, bytes)) ?? new Map()
  }
  return checkpoints as Checkpoints
}

/** A clean stop writes this one even where it has nothing to say, and no log says the same. */
async function reportLostStarts(inspection: Inspection, directory: string): Promise<void> {
  const path = joinPath(directory, CheckpointFile.LOG_START_OFFSET)
  const stat = await inspection.context.files.stat(path)
  if (stat !== null && stat.sizeBytes > 0) return
  const problem = stat === null ? 'is missing' : 'is empty'
  const remedy = WITHOUT_CHECKPOINT[CheckpointFile.LOG_START_OFFSET]
  inspection.found({ severity: 'repair', path, position: null, problem, remedy })
}

function offsetsOf(checkpoints: Checkpoints, name: string, hadCleanShutdown: boolean): CheckpointedOffsets {
  // The metadata log is in none of the checkpoints: a start checks all of it.
  if (parsePartitionDirectoryName(name)?.topic === METADATA_TOPIC) {
    return { hadCleanShutdown: false, recoveryPoint: null, logStartOffset: null, highWatermark: null }
  }
  const offset = (file: CheckpointFile) => checkpoints[file].get(name)?.offset ?? null
  return {
    hadCleanShutdown,
    recoveryPoint: offset(CheckpointFile.RECOVERY_POINT),
    logStartOffset: offset(CheckpointFile.LOG_START_OFFSET),
    highWatermark: offset(CheckpointFile.HIGH_WATERMARK),
  }
}

function reportRenamed(inspection: Inspection, path: string, state: PartitionDirectoryName['state']): void {
  const found = (severity: 'repair' | 'note', problem: string, remedy: string) =>
    inspection.found({ severity, path, position: null, problem, remedy })
  if (state === 'deleted') found('repair', 'is a deleted partition', 'the next start removes it')
  else if (state === 'future')
    found('repair', 'is the copy of a move that did not end', 'the next start goes on with the move')
  else found('note', 'belonged to no known topic at a start', 'it is left alone; remove it by hand if nobody needs it')
}

function reportUncleanStop(inspection: Inspection, path: string): void {
  const problem = 'was not closed by a clean stop'
  const remedy = 'the next start checks what is behind the recovery points'
  inspection.found({ severity: 'note', path, position: null, problem, remedy })
}

function reportUnknownPartitions(
  inspection: Inspection,
  directory: string,
  checkpoints: Checkpoints,
  logs: ReadonlyMap<string, VerifiedLog>,
): void {
  for (const file of Object.values(CheckpointFile)) {
    const unknown = [...checkpoints[file].keys()].filter((name) => !logs.has(name))
    if (unknown.length === 0) continue
    const rest = unknown.length > 1 ? ` and ${unknown.length - 1} more, which are` : ', which is'
    const problem = `lists ${unknown[0]}${rest} not in the directory`
    const remedy = 'the next checkpoint leaves them out'
    inspection.found({ severity: 'note', path: joinPath(directory, file), position: null, problem, remedy })
  }
}

/** A check that needs all entries of `log.dirs`: do they belong to one broker, and to it alone? */
export function compareDirectories(inspection: Inspection, directories: readonly VerifiedDirectory[]): void {
  const found = (path: string, problem: string, remedy: string) =>
    inspection.found({ severity: 'damage', path, position: null, problem, remedy })
  const homes = new Map<string, string>()
  const ids = new Map<string, string>()
  const first = directories.find(({ meta }) => meta !== null)
  for (const { path, meta, logs } of directories) {
    for (const name of logs.keys()) {
      const other = homes.get(name)
      if (other !== undefined)
        found(
          path,
          `has the partition ${name}, and so has ${other}`,
          'remove the older copy: a broker refuses to start with both',
        )
      homes.set(name, path)
    }
    if (meta === null || !first?.meta) continue
    if (meta.clusterId !== first.meta.clusterId || meta.nodeId !== first.meta.nodeId) {
      const problem = `belongs to node ${meta.nodeId} of cluster ${meta.clusterId}, and ${first.path} to node ${first.meta.nodeId} of ${first.meta.clusterId}`
      found(path, problem, 'they cannot be directories of one broker')
    }
    const twin = meta.directoryId === null ? undefined : ids.get(meta.directoryId)
    if (twin !== undefined)
      found(path, `has the directory.id of ${twin}`, 'one is a copy of the other, and only one may be used')
    if (meta.directoryId !== null) ids.set(meta.directoryId, path)
  }
}
