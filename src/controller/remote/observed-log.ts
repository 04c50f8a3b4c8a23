/**
 * `__cluster_metadata-0` of a node that observes a quorum: the log as the leader has given it, snapshots, and the
 * quorum's state, in Apache's formats and beside each other in one directory.
 *
 * Invariants:
 * - the epoch is in `quorum-state` before anything of it is asked for or appended;
 * - a snapshot has its name only when it is whole; the log is emptied after that, and begins at the snapshot's end;
 * - nothing that was committed is cut.
 *
 * A crash may come at any point. In an append, or when power takes what was not flushed: the log is shorter, and the rest
 * is fetched again. In a truncation: the log is longer, and the leader names the same divergence again. Between a
 * snapshot's name and the emptied log: the log ends before its snapshot, and a start empties it.
 */
import { posix } from 'node:path'
import { nextBatch, partitionLeaderEpoch } from '../../../protocol/records/batch.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { writeAll } from '../../env/atomic-file.ts'
import type { Environment, File } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { releaseAll } from '../../env/slab-pool.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { metadataLogConfig } from '../metadata-log/log-config.ts'
import { type ReadBatch, readBatches } from '../metadata-log/metadata-batch.ts'
import { MetadataSnapshots } from '../metadata-log/metadata-snapshots.ts'
import { QUORUM_STATE_FILE, readQuorumState, writeQuorumState } from '../metadata-log/quorum-state.ts'
import { readSnapshot, type SnapshotId } from '../metadata-log/snapshot-file.ts'

const READ_BYTES = 1024 * 1024
const PARTIAL_SUFFIX = '.part'

interface Options {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  readonly logs: LogManager
}

export interface OffsetAndEpoch {
  readonly offset: number
  readonly epoch: number
}

export interface StoredSnapshotContent {
  readonly id: SnapshotId
  readonly batches: readonly ReadBatch[]
}

/** A snapshot that is being fetched. */
export interface PartialSnapshot {
  readonly id: SnapshotId
  readonly path: string
  readonly file: File
  sizeBytes: number
}

export class ObservedLog {
  readonly snapshots: MetadataSnapshots
  readonly #options: Options
  readonly #log: PartitionLog
  #highWatermark = 0

  private constructor(options: Options, log: PartitionLog) {
    this.#options = options
    this.#log = log
    this.snapshots = new MetadataSnapshots(options, log)
    const committed = () => Math.max(log.logStartOffset, Math.min(this.#highWatermark, log.logEndOffset))
    log.attach({
      get highWatermark() {
        return committed()
      },
      get lastStableOffset() {
        return committed()
      },
      written() {},
    })
  }

  static async open(options: Options): Promise<ObservedLog> {
    return new ObservedLog(options, await options.logs.openMetadataLog(metadataLogConfig(options.config)))
  }

  get directory(): string {
    return this.#log.directory
  }

  get endOffset(): number {
    return this.#log.logEndOffset
  }

  /** The epoch of the last record, be it in the log or in the snapshot before it. */
  get lastEpoch(): number {
    const { latestEpoch } = this.#log
    return latestEpoch === -1 ? (this.snapshots.newest?.epoch ?? 0) : latestEpoch
  }

  /** Everything before it is committed. */
  committedUpTo(offset: number): void {
    this.#highWatermark = offset
  }

  /**
   * The newest snapshot, or null where the log begins at offset 0. What does not fit together is given up, with one
   * warning: the quorum has everything.
   */
  async load(): Promise<StoredSnapshotContent | null> {
    const { logger } = this.#options
    try {
      const { newest } = await this.snapshots.load()
      const from = newest?.id.offset ?? 0
      if (this.#log.logStartOffset > from) throw new Error(`it begins at offset ${this.#log.logStartOffset}`)
      if (this.#log.logEndOffset < from) await this.#log.truncateFullyAndStartAt(from)
      return newest
    } catch (error) {
      logger.warn(
        `The metadata in ${this.directory} is not whole (${(error as Error).message}): it is fetched from the controllers again.`,
      )
      await this.#log.truncateFullyAndStartAt(0)
      return null
    }
  }

  /** The epoch that this node has seen last, on the disk or in its log. */
  async storedEpoch(): Promise<number> {
    const { environment, logger } = this.#options
    const state = await readQuorumState(environment.files, this.#statePath, (problem) =>
      logger.warn(`${problem}. It is written anew: an observer learns from the quorum what it holds.`),
    )
    return Math.max(state?.leaderEpoch ?? 0, this.lastEpoch)
  }

  async writeState(leaderEpoch: number, leaderId: number, voters: { ids: number[]; kraftVersion: number }) {
    await writeQuorumState(this.#options.environment.files, this.#statePath, {
      leaderId,
      leaderEpoch,
      votedId: -1,
      votedDirectoryId: ZERO_UUID,
      currentVoters: voters.ids,
      dataVersion: voters.kraftVersion === 0 ? 0 : 1,
    })
  }

  /** Appends the whole batches at the beginning of what the leader of `epoch` has given. */
  async append(records: Buffer, epoch: number): Promise<void> {
    let end = 0
    for (let next = nextBatch(records, 0); next !== -1; next = nextBatch(records, end)) {
      if (partitionLeaderEpoch(records, end) > epoch) break
      end = next
    }
    if (end === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#log.appendAsGiven(records.subarray(0, end), (error) => (error === null ? resolve() : reject(error)))
    })
    this.snapshots.grew(end)
  }

  /**
   * Where the log has to be cut when the leader says that its epoch ends there (KIP-595): at the smaller end of that epoch
   * or, where the epoch is not known here, at the end of the one before it, after which the leader is asked again.
   */
  divergenceFrom({ epoch, offset }: OffsetAndEpoch): number {
    if (epoch === 0) return Math.min(offset, this.endOffset)
    const own = this.#log.endOffsetForEpoch(epoch)
    if (own !== null) return own.epoch === epoch ? Math.min(own.endOffset, offset) : own.endOffset
    return Math.min(this.snapshots.newest?.offset ?? 0, this.endOffset)
  }

  cutTo(offset: number): Promise<void> {
    return this.#log.truncateTo(offset)
  }

  /** The batches from the one that holds `from` up to `to`, some at a time. */
  async *read(from: number, to: number): AsyncIterable<ReadBatch> {
    let offset = from
    while (offset < to) {
      const before = offset
      const read = await this.#log.read(offset, { maxBytes: READ_BYTES, upToOffset: to, minOneBatch: true })
      const bytes = Buffer.concat(read.buffers)
      releaseAll(read.buffers)
      for (const batch of readBatches(bytes)) {
        if (batch.lastOffset >= from) yield batch
        offset = batch.lastOffset + 1
      }
      if (offset === before)
        throw new Error(`The metadata log in ${this.directory} cannot be read at offset ${offset}.`)
    }
  }

  async beginSnapshot(id: SnapshotId): Promise<PartialSnapshot> {
    const { files } = this.#options.environment
    const path = `${this.snapshots.pathOf(id)}${PARTIAL_SUFFIX}`
    await files.remove(path)
    return { id, path, file: await files.open(path, 'write'), sizeBytes: 0 }
  }

  async extendSnapshot(partial: PartialSnapshot, bytes: Buffer): Promise<void> {
    await writeAll(partial.file, [bytes], partial.sizeBytes)
    partial.sizeBytes += bytes.length
  }

  async dropSnapshot(partial: PartialSnapshot): Promise<void> {
    await partial.file.close()
    await this.#options.environment.files.remove(partial.path)
  }

  /** Every byte has come: the snapshot gets its name, and the log goes on behind it. One that is not whole is dropped. */
  async finishSnapshot(partial: PartialSnapshot): Promise<StoredSnapshotContent> {
    const { files, clock } = this.#options.environment
    const batches = await this.#contentOf(partial)
    await partial.file.close()
    const { id, sizeBytes } = partial
    await files.rename(partial.path, this.snapshots.pathOf(id))
    await files.syncDirectory(this.directory)
    this.snapshots.add({ id, sizeBytes, timestampMs: clock.nowMs() })
    await this.#log.truncateFullyAndStartAt(id.offset)
    return { id, batches }
  }

  async #contentOf(partial: PartialSnapshot): Promise<ReadBatch[]> {
    try {
      await partial.file.sync()
      return await readSnapshot(this.#options.environment.files, partial.path)
    } catch (error) {
      // A disk that refuses this too is spoken of by the first failure.
      await this.dropSnapshot(partial).catch(() => {})
      throw error
    }
  }

  stop(): Promise<void> {
    return this.snapshots.stop()
  }

  get #statePath(): string {
    return posix.join(this.directory, QUORUM_STATE_FILE)
  }
}
