import { basename, dirname, resolve } from 'node:path'
import type { Environment, FileLock, FileSystem } from '../env/index.ts'
import { FileSystemError } from '../env/index.ts'
import { nodeEnvironment } from '../env/node/index.ts'
import { silentLogger } from '../env/silent-logger.ts'
import { createLogContext } from '../log/create-log-context.ts'
import {
  joinPath,
  LOG_SUFFIX,
  METADATA_TOPIC,
  PARTITION_METADATA,
  parsePartitionDirectoryName,
  parseSegmentFileName,
} from '../log/files/file-names.ts'
import type { Finding, Inspection, Severity } from '../log/inspection/finding.ts'
import {
  compareDirectories,
  type VerifiedDirectory,
  verifyDirectory,
  verifyPartitionDirectory,
} from '../log/inspection/verify-directory.ts'
import { LOCK_FILE } from '../log/manager/log-directory.ts'
import { Output } from './output.ts'
import { knownPartitions, verifyMetadataFiles } from './verify-metadata.ts'

export interface VerifyOptions {
  readonly running?: boolean
  readonly json?: boolean
}

const ExitCode = { CLEAN: 0, FOUND: 1, UNUSABLE: 2 } as const
const MEGABYTE = 1_000_000

/** By the absolute path of the data directory; null where there is nothing to lock, or somebody else has. */
type Locks = Map<string, FileLock | null>

/** A sentence for whoever named a directory that cannot be checked. */
class UnusableDirectoryError extends Error {}

interface Sums {
  partitions: number
  segments: number
  batches: number
  sizeBytes: number
}

/** `samsa log verify`. Resolves to the exit code. */
export async function verify(paths: readonly string[], options: VerifyOptions): Promise<number> {
  const environment = nodeEnvironment()
  const output = new Output()
  const counts: Record<Severity, number> = { damage: 0, repair: 0, note: 0 }
  const progress = await terminalProgress(environment, paths)
  const inspection: Inspection = {
    context: createLogContext(environment, silentLogger()),
    progress: progress.add,
    found(finding) {
      counts[finding.severity]++
      progress.clear()
      void (options.json ? output.json({ type: 'finding', ...finding }) : output.line(sentence(finding)))
    },
  }
  const locks: Locks = new Map()
  try {
    const verified = await inspectPaths(inspection, environment, paths, { ...options, locks })
    progress.clear()
    const sums = sumsOf(verified)
    void (options.json ? output.json({ type: 'summary', ...sums, ...counts }) : output.line(summary(sums, counts)))
    return counts.damage + counts.repair > 0 ? ExitCode.FOUND : ExitCode.CLEAN
  } catch (error) {
    if (!(error instanceof UnusableDirectoryError) && !(error instanceof FileSystemError)) throw error
    progress.clear()
    process.stderr.write(`samsa: ${error.message}\n`)
    return ExitCode.UNUSABLE
  } finally {
    for (const lock of locks.values()) await lock?.release()
    await output.flush()
  }
}

/** Everything that a check finds, for programs: `inspection` hears of it. */
export async function inspectDirectories(
  environment: Environment,
  paths: readonly string[],
  { found }: Pick<Inspection, 'found'>,
): Promise<void> {
  const inspection = { context: createLogContext(environment, silentLogger()), found, progress: () => {} }
  const locks: Locks = new Map()
  try {
    await inspectPaths(inspection, environment, paths, { locks })
  } finally {
    for (const lock of locks.values()) await lock?.release()
    await inspection.context.openFiles.closeAll()
  }
}

async function inspectPaths(
  inspection: Inspection,
  environment: Environment,
  paths: readonly string[],
  options: VerifyOptions & { locks: Locks },
): Promise<VerifiedDirectory[]> {
  for (const path of paths.flatMap((each) => [each, dirname(resolve(each))])) {
    inspection.metadata ??= await knownPartitions(inspection, joinPath(path, `${METADATA_TOPIC}-0`))
  }
  const verified: VerifiedDirectory[] = []
  for (const path of paths) verified.push(await verifyPath(inspection, environment, path, options))
  compareDirectories(inspection, verified)
  return verified
}

async function verifyPath(
  inspection: Inspection,
  environment: Environment,
  path: string,
  options: VerifyOptions & { locks: Locks },
): Promise<VerifiedDirectory> {
  const stat = await environment.files.stat(path)
  if (!stat?.isDirectory)
    throw new UnusableDirectoryError(`${path} is no directory: name an entry of log.dirs, or a partition in it.`)
  const absolute = resolve(path)
  const name = basename(absolute)
  const partition = (await isPartition(environment, path)) ? parsePartitionDirectoryName(name) : null
  const holder = partition === null ? absolute : dirname(absolute)
  if (!options.locks.has(holder)) {
    options.locks.set(holder, await lockUnlessRunning(environment, holder, options.running === true))
  }
  if (partition !== null) {
    const log = await verifyPartitionDirectory(inspection, path, holder, name)
    if (partition.topic === METADATA_TOPIC) await verifyMetadataFiles(inspection, path)
    return { path, meta: null, logs: new Map([[name, log]]) }
  }
  const directory = await verifyDirectory(inspection, path)
  if (directory.meta === null && directory.logs.size === 0) {
    throw new UnusableDirectoryError(`${path} has no meta.properties and no partitions: it is no data directory.`)
  }
  for (const log of directory.logs.keys()) {
    if (parsePartitionDirectoryName(log)?.topic === METADATA_TOPIC)
      await verifyMetadataFiles(inspection, joinPath(path, log))
  }
  return directory
}

/** By what is in it: the name of a data directory may end in a number as well. */
async function isPartition({ files }: Environment, path: string): Promise<boolean> {
  const names = await files.readDirectory(path)
  return names.some((name) => name === PARTITION_METADATA || parseSegmentFileName(name) !== null)
}

/** Keeps a broker from starting while its files are looked at. A file that is not there is not made: nothing is written. */
async function lockUnlessRunning(
  environment: Environment,
  directory: string,
  evenIfRunning: boolean,
): Promise<FileLock | null> {
  const path = joinPath(directory, LOCK_FILE)
  if ((await environment.files.stat(path)) === null) return null
  let lock: FileLock | null
  try {
    lock = await environment.files.lock(path)
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error
    process.stderr.write(
      `samsa: ${path} cannot be locked (${error.code}): whether a broker runs on ${directory} is not known.\n`,
    )
    return null
  }
  if (lock !== null) return lock
  if (!evenIfRunning) {
    throw new UnusableDirectoryError(
      `A broker is running on ${directory}: stop it first, or give --running and expect its newest writes to look torn.`,
    )
  }
  process.stderr.write(`samsa: A broker is running on ${directory}: its newest writes may look torn.\n`)
  return null
}

function sentence({ severity, path, position, problem, remedy }: Finding): string {
  const place = position === null ? '' : ` at byte ${position}:`
  return `${severity.padEnd(6)}  ${path}${place} ${problem}; ${remedy}.`
}

function sumsOf(directories: readonly VerifiedDirectory[]): Sums {
  const sums: Sums = { partitions: 0, segments: 0, batches: 0, sizeBytes: 0 }
  for (const { logs } of directories) {
    for (const log of logs.values()) {
      sums.partitions++
      sums.segments += log.segments
      sums.batches += log.batches
      sums.sizeBytes += log.sizeBytes
    }
  }
  return sums
}

function summary(sums: Sums, { damage, repair }: Record<Severity, number>): string {
  const looked = `${count(sums.partitions, 'partition')}, ${count(sums.segments, 'segment')}, ${count(sums.batches, 'batch', 'batches')}, ${megabytes(sums.sizeBytes)}`
  const verdict =
    damage + repair === 0
      ? 'nothing is wrong'
      : `${count(repair, 'finding')} that the next start repairs, ${count(damage, 'finding')} that it does not`
  return `${looked}: ${verdict}.`
}

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`
const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`

interface Progress {
  add(bytes: number): void
  clear(): void
}

/** One line that is written over, where a person looks. */
async function terminalProgress(environment: Environment, paths: readonly string[]): Promise<Progress> {
  if (!process.stderr.isTTY) return { add: () => {}, clear: () => {} }
  let total = 0
  for (const path of paths) total += await segmentBytes(environment.files, path)
  let done = 0
  let shownMs = 0
  const write = (text: string) => process.stderr.write(`\r\x1b[K${text}`)
  return {
    add(bytes) {
      done += bytes
      const nowMs = environment.clock.monotonicMs()
      if (nowMs - shownMs < 100) return
      shownMs = nowMs
      write(`verified ${megabytes(done)} of ${megabytes(total)}`)
    },
    clear: () => void write(''),
  }
}

async function segmentBytes(files: FileSystem, path: string): Promise<number> {
  let total = 0
  const stat = await files.stat(path)
  if (!stat?.isDirectory) return 0
  for (const name of await files.readDirectory(path)) {
    const below = joinPath(path, name)
    if (name.endsWith(LOG_SUFFIX)) total += (await files.stat(below))?.sizeBytes ?? 0
    else if (parsePartitionDirectoryName(name) !== null) total += await segmentBytes(files, below)
  }
  return total
}
