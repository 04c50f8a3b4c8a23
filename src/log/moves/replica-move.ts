/**
 * Moves the log of a replica to another directory of its broker (KIP-113) while it is written and read.
 *
 * The files are copied, byte for byte, into `<topic>-<partition>.<id>-future`, where Apache's moves have theirs. What
 * is appended meanwhile is copied as well, until little is missing; then appends are held for as long as it takes to
 * copy the rest, and the log goes on in the other directory. A truncation begins the copy anew. Nothing is compacted or
 * deleted from the log until the move has ended, as in Apache.
 *
 * A crash may come at any point:
 * - while files are copied: the next start removes the copy and begins again; that it is there says where to.
 * - between the two renames: both directories hold the same log, all of it durable; the next start keeps one of them.
 * - after that: the old directory is one that waits for its deletion.
 *
 * A failure of the target's disk ends the move (and its directory), one of the source's the log. On a full disk the
 * copy is given up and removed.
 */
import { writeAll } from '../../env/atomic-file.ts'
import type { File } from '../../env/index.ts'
import {
  deletedDirectoryName,
  futureDirectoryName,
  joinPath,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  PARTITION_METADATA,
  PRODUCER_SNAPSHOT_SUFFIX,
  partitionDirectoryName,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../files/file-names.ts'
import type { LogContext } from '../log-context.ts'
import type { LogDirectory } from '../manager/log-directory.ts'
import type { PartitionLog } from '../partition-log.ts'
import type { Segment } from '../segment/segment.ts'
import type { Throttler } from '../throttler.ts'

const CHUNK_BYTES = 256 * 1024
const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]

/** No error: another target was named, the replica was deleted, or the broker stops. */
export class MoveCancelledError extends Error {
  constructor() {
    super('the move was cancelled')
    this.name = 'MoveCancelledError'
  }
}

export interface MoveOptions {
  readonly context: LogContext
  readonly log: PartitionLog
  readonly source: LogDirectory
  readonly target: LogDirectory
  readonly throttler: Throttler
  /** The checkpoints of the target are to name the log, before it is there under its name. */
  announce(): Promise<void>
  /** The log is in the target from now on, and in the directory of this path there. */
  arrived(path: string): void
}

export class ReplicaMove {
  readonly log: PartitionLog
  readonly target: LogDirectory
  readonly #options: MoveOptions
  /** The `-future` directory. */
  readonly #path: string
  /** Bytes of each `.log` file that are in the copy. */
  readonly #copied = new Map<Segment, number>()
  /** Other files that are in the copy, and will not change. */
  readonly #settled = new Set<string>()
  #cuts: number
  #cancelled = false
  /** Appends wait: what little is missing is copied at once. */
  #holds = false
  /** Up to here the log has been copied. */
  copiedOffset = 0

  constructor(options: MoveOptions) {
    const { log, target, context } = options
    this.#options = options
    this.log = log
    this.target = target
    this.#cuts = log.state.cuts
    this.#path = joinPath(target.path, futureDirectoryName(log.topic, log.partition, context.random.bytes(16)))
  }

  get copiedBytes(): number {
    let bytes = 0
    for (const copied of this.#copied.values()) bytes += copied
    return bytes
  }

  cancel(): void {
    this.#cancelled = true
  }

  /** The directory of the copy; that it is there, and the move goes on after a crash, is durable when this resolves. */
  async begin(): Promise<void> {
    const { context, target } = this.#options
    await context.files.makeDirectory(this.#path)
    await context.files.syncDirectory(target.path)
  }

  /** Resolves when the log is in the target, to the path of what is left of it in the source. */
  async run(): Promise<string> {
    await this.#copyWhatIsThere()
    return this.log.holdAppends(() => this.#switch())
  }

  /** Removes what has been copied. */
  async discard(): Promise<void> {
    await this.#options.context.files.removeTree(this.#path)
  }

  #checkCancelled(): void {
    if (this.#cancelled || this.log.offline || this.target.offline) throw new MoveCancelledError()
  }

  async #copyWhatIsThere(): Promise<void> {
    const { state } = this.log
    for (;;) {
      this.#checkCancelled()
      if (state.cuts !== this.#cuts) await this.#startOver()
      const segment = state.segments.all.find((one) => (this.#copied.get(one) ?? -1) < one.sizeBytes)
      if (segment === undefined) return
      await this.#copyChunk(segment)
      if (segment !== state.segments.active && this.#copied.get(segment) === segment.sizeBytes) {
        await this.#copyFilesOf(segment)
      }
    }
  }

  async #startOver(): Promise<void> {
    this.#cuts = this.log.state.cuts
    this.#copied.clear()
    this.#settled.clear()
    this.copiedOffset = 0
    const { files } = this.#options.context
    for (const name of await files.readDirectory(this.#path)) {
      this.#options.context.openFiles.forget(joinPath(this.#path, name))
      await files.remove(joinPath(this.#path, name))
    }
  }

  async #copyChunk(segment: Segment): Promise<void> {
    const { state } = this.log
    const { openFiles } = this.#options.context
    const from = this.#copied.get(segment) ?? 0
    const end = Math.min(segment.sizeBytes, from + CHUNK_BYTES)
    const isActive = segment === state.segments.active
    const endOffset = isActive ? state.logEndOffset : state.segments.next(segment)!.baseOffset
    const isWhole = end === segment.sizeBytes
    const target = joinPath(this.#path, segmentFileName(segment.baseOffset, LOG_SUFFIX))
    const copied = await segment.read((source) => {
      return openFiles.with(target, 'write', (file) => copyRange(source, file, from, end))
    })
    // It was cut in between: all of it begins again.
    if (!copied || state.cuts !== this.#cuts) return
    this.#copied.set(segment, end)
    if (isWhole) this.copiedOffset = endOffset
    await this.#throttle(end - from)
  }

  async #throttle(bytes: number): Promise<void> {
    const { throttler } = this.#options
    if (this.#holds) return
    throttler.observe(bytes)
    for (let pause = throttler.pause(); pause !== null; pause = throttler.pause()) {
      await pause
      this.#checkCancelled()
    }
  }

  /** The files of a segment beside its batches; none of them changes once the segment has stopped growing. */
  async #copyFilesOf(segment: Segment): Promise<void> {
    const { openFiles } = this.#options.context
    const log = segmentFileName(segment.baseOffset, LOG_SUFFIX)
    if (this.#settled.has(log)) return
    for (const suffix of [...INDEX_SUFFIXES, PRODUCER_SNAPSHOT_SUFFIX]) {
      await this.#copyFile(segmentFileName(segment.baseOffset, suffix))
    }
    await openFiles.with(joinPath(this.#path, log), 'write', (file) => file.sync())
    this.#settled.add(log)
  }

  async #copyFile(name: string): Promise<void> {
    const { files, openFiles } = this.#options.context
    const source = joinPath(this.log.directory, name)
    if ((await files.stat(source)) === null) return
    const bytes = await files.readFile(source)
    await openFiles.with(joinPath(this.#path, name), 'write', async (file) => {
      if (bytes.length > 0) await writeAll(file, [bytes], 0)
      await file.truncate(bytes.length)
      await file.sync()
    })
  }

  /** Nothing is appended meanwhile. */
  async #switch(): Promise<string> {
    const { context, source, target } = this.#options
    const { files } = context
    const { log } = this
    const { state } = log
    this.#holds = true
    await log.flush()
    await this.#copyWhatIsThere()
    await state.segments.active.persistIndexes({ sync: true })
    for (const segment of state.segments.all) await this.#copyFilesOf(segment)
    for (const offset of state.snapshotOffsets) {
      if (this.#settled.has(segmentFileName(offset, LOG_SUFFIX))) continue
      await this.#copyFile(segmentFileName(offset, PRODUCER_SNAPSHOT_SUFFIX))
    }
    await state.writeEpochs()
    for (const name of [LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA]) await this.#copyFile(name)
    await files.syncDirectory(this.#path)
    await this.#options.announce()
    this.#checkCancelled()
    const old = log.directory
    const path = joinPath(target.path, partitionDirectoryName(log.topic, log.partition))
    for (const name of await files.readDirectory(this.#path)) context.openFiles.forget(joinPath(this.#path, name))
    await files.rename(this.#path, path)
    await files.syncDirectory(target.path)
    this.#options.arrived(path)
    // A flush that began in the old directory has ended when this one has.
    await log.flush()
    const unique = context.random.bytes(16)
    const left = joinPath(source.path, deletedDirectoryName(log.topic, log.partition, unique))
    await files.rename(old, left)
    await files.syncDirectory(source.path)
    return left
  }
}

/** False when the source ends before `end`. */
async function copyRange(source: File, target: File, from: number, end: number): Promise<boolean> {
  if (from === 0) await target.truncate(0)
  const bytes = Buffer.allocUnsafe(end - from)
  if ((await source.read(bytes, 0, bytes.length, from)) < bytes.length) return false
  if (bytes.length > 0) await writeAll(target, [bytes], from)
  return true
}
