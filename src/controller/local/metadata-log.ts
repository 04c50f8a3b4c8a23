/**
 * `__cluster_metadata-0` on disk: a partition log beside its snapshots and the quorum's state. Loads what they say,
 * takes a new epoch, appends, and keeps the directory small: a snapshot replaces the log before it (KIP-630).
 */
import { posix } from 'node:path'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../log/log-config.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { SoleReplica } from '../../log/replica.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../metadata/metadata-image.ts'
import { MetadataLoader } from '../../metadata/metadata-loader.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../../metadata/metadata-record.ts'
import { type QuorumImage, STATIC_QUORUM, strangerAmong } from '../../metadata/quorum-image.ts'
import { snapshotRecords } from '../../metadata/snapshot-records.ts'
import {
  BOOTSTRAP_SNAPSHOT,
  bootstrapContent,
  chosenRecords,
  isBootstrapSnapshot,
  readBootstrapFile,
  recordsOf,
} from './bootstrap-snapshot.ts'
import { ControlType, type ReadBatch, readBatches } from './metadata-batch.ts'
import { QUORUM_STATE_FILE, type QuorumState, readQuorumState, writeQuorumState } from './quorum-state.ts'
import { listSnapshots, type SnapshotId, snapshotFileName, writeSnapshot } from './snapshot-file.ts'
import { chooseSnapshot, requireBegun } from './stored-snapshots.ts'

const READ_BYTES = 1024 * 1024

export interface LoadedMetadata {
  readonly image: MetadataImage
  /** The last controller died in the middle of a metadata transaction, which has to be aborted. */
  readonly inTransaction: boolean
}

interface Options {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  readonly logs: LogManager
}

interface StoredSnapshot {
  readonly id: SnapshotId
  readonly sizeBytes: number
  readonly timestampMs: number
}

export class MetadataLog {
  readonly #options: Options
  readonly #log: PartitionLog
  readonly #snapshots: StoredSnapshot[] = []
  /** As the start found it. */
  #quorum: QuorumImage = STATIC_QUORUM
  #holdsVoters = false
  #bootstrap: readonly MetadataRecord[] = []
  #epoch = 0
  #bytesSinceSnapshot = 0
  #lastSnapshotMs: number
  #snapshotUnderWay: Promise<void> | null = null

  private constructor(options: Options, log: PartitionLog) {
    this.#options = options
    this.#log = log
    log.attach(new SoleReplica(log))
    this.#lastSnapshotMs = options.environment.clock.nowMs()
  }

  static async open(options: Options): Promise<MetadataLog> {
    return new MetadataLog(options, await options.logs.openMetadataLog(logConfig(options.config)))
  }

  get endOffset(): number {
    return this.#log.logEndOffset
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Whether the log, or a snapshot of it, says who the voters are; what the directory was formatted with may say it too. */
  get holdsVoters(): boolean {
    return this.#holdsVoters
  }

  /** The newest snapshot and the log behind it, as one image. Rejects with a sentence for a person. */
  async load(): Promise<LoadedMetadata> {
    const { files } = this.#options.environment
    const loader = new MetadataLoader(EMPTY_IMAGE)
    const ids = await listSnapshots(files, this.#directory)
    const extent = { start: this.#log.logStartOffset, end: this.#log.logEndOffset }
    const chosen = await chooseSnapshot(files, this.#directory, ids, extent)
    const { newest, damaged } = chosen
    const witness = newest === null ? 'the log' : 'an older one with the log behind it'
    for (const { path, problem } of damaged) {
      this.#options.logger.warn(`The metadata snapshot ${path} is damaged (${problem}): ${witness} says the same.`)
    }
    for (const id of ids) {
      if (damaged.some((each) => each.id === id)) continue
      const { sizeBytes = 0, modifiedMs = 0 } = (await files.stat(this.#pathOf(id))) ?? {}
      this.#snapshots.push({ id, sizeBytes, timestampMs: modifiedMs })
    }
    if (newest !== null) {
      if (isBootstrapSnapshot(newest.id)) this.#takeBootstrap(loader, newest.batches)
      else for (const batch of newest.batches) this.#replay(loader, batch, newest.id)
      this.#lastSnapshotMs = this.#snapshots.at(-1)!.timestampMs
    }
    await this.#replayLog(loader, newest?.id ?? { offset: 0, epoch: 0 })
    const image = loader.image()
    requireBegun(chosen, image)
    this.#quorum = image.quorum
    this.#refuseForeignQuorum()
    return { image, inTransaction: loader.inTransaction }
  }

  /** The content of the snapshot of nothing: first records for a log that has none, and who votes. */
  #takeBootstrap(loader: MetadataLoader, batches: readonly ReadBatch[]): void {
    this.#bootstrap = recordsOf(batches)
    for (const { controlType, value } of batches.flatMap(({ records }) => records)) {
      if (controlType !== null) loader.replayControl(controlType, value)
    }
  }

  /**
   * The first records for an empty log: those that the directory was formatted with or, where nobody has formatted it,
   * those of `metadataLevel`, which are kept in a snapshot first.
   */
  async bootstrapRecords(metadataLevel: number): Promise<readonly MetadataRecord[]> {
    const { environment, logs } = this.#options
    if (this.#bootstrap.length > 0) return this.#bootstrap
    const older = await readBootstrapFile(environment.files, logs.metadataDirectory)
    if (older !== null) return older
    const chosen = chosenRecords(metadataLevel)
    const timestampMs = environment.clock.nowMs()
    const content = { ...bootstrapContent(chosen, timestampMs), quorum: this.#quorum }
    const sizeBytes = await writeSnapshot(environment.files, this.#pathOf(BOOTSTRAP_SNAPSHOT), content)
    const others = this.#snapshots.filter(({ id }) => !isBootstrapSnapshot(id))
    this.#snapshots.splice(0, Number.POSITIVE_INFINITY, { id: BOOTSTRAP_SNAPSHOT, sizeBytes, timestampMs }, ...others)
    return chosen
  }

  /**
   * Begins the next epoch with this node as its leader. It is recorded before anything is written in it: epochs of two
   * runs of this node must not be the same, or what the first has lost could be mistaken for what the second wrote.
   */
  async beginEpoch(): Promise<void> {
    const { nodeId, files, path } = this.#quorumState
    const { logger } = this.#options
    const state = await readQuorumState(files, path, (problem) =>
      logger.warn(`${problem}. It is written anew: this node is the only voter, and its log has the epochs.`),
    )
    const newest = this.#snapshots.at(-1)?.id.epoch ?? 0
    this.#epoch = Math.max(state?.leaderEpoch ?? 0, this.#log.latestEpoch, newest) + 1
    const next: QuorumState = {
      leaderId: nodeId,
      leaderEpoch: this.#epoch,
      votedId: -1,
      votedDirectoryId: ZERO_UUID,
      currentVoters: [nodeId],
      dataVersion: this.#quorum.kraftVersion === 0 ? 0 : 1,
    }
    await writeQuorumState(files, path, next)
  }

  /** Resolves when the batches, whose offsets follow the end of the log, are durable. */
  async append(batches: readonly Buffer[]): Promise<void> {
    await Promise.all(batches.map((batch) => this.#appendOne(batch)))
    await this.#log.flush()
  }

  /** Takes back what was appended from `offset` on. */
  cutTo(offset: number): Promise<void> {
    return this.#log.truncateTo(offset)
  }

  #appendOne(batch: Buffer): Promise<void> {
    this.#bytesSinceSnapshot += batch.length
    return new Promise((resolve, reject) => {
      this.#log.appendAsGiven(batch, (error) => {
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  /** Writes a snapshot of the image beside everything else, if enough has changed since the last one. */
  maybeSnapshot(image: MetadataImage): void {
    const { config, environment, logger } = this.#options
    if (this.#snapshotUnderWay !== null || this.#bytesSinceSnapshot === 0) return
    const ageMs = environment.clock.nowMs() - this.#lastSnapshotMs
    const intervalMs = config.get('metadata.log.max.snapshot.interval.ms')
    const isDue = intervalMs > 0 && ageMs >= intervalMs
    if (!isDue && this.#bytesSinceSnapshot < config.get('metadata.log.max.record.bytes.between.snapshots')) return
    this.#bytesSinceSnapshot = 0
    this.#lastSnapshotMs = environment.clock.nowMs()
    this.#snapshotUnderWay = this.#snapshot(image)
      .catch((err) =>
        logger.error({ err }, 'A snapshot of the metadata could not be written; the next one will be tried'),
      )
      .finally(() => {
        this.#snapshotUnderWay = null
      })
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    await this.#snapshotUnderWay
  }

  async #snapshot(image: MetadataImage): Promise<void> {
    const { files, clock } = this.#options.environment
    const { lastContainedOffset, lastContainedEpoch, lastContainedLogTimeMs } = image.provenance
    const id = { offset: lastContainedOffset + 1, epoch: lastContainedEpoch }
    const timestampMs = clock.nowMs()
    const sizeBytes = await writeSnapshot(files, this.#pathOf(id), {
      epoch: id.epoch,
      timestampMs,
      lastContainedLogTimestampMs: lastContainedLogTimeMs,
      quorum: image.quorum,
      records: snapshotRecords(image),
    })
    this.#snapshots.push({ id, sizeBytes, timestampMs })
    await this.#clean()
  }

  /** Removes the oldest snapshots, and the log before the first one that stays, while they are too old or too large. */
  async #clean(): Promise<void> {
    const { config, environment } = this.#options
    const retentionMs = config.get('metadata.max.retention.ms')
    const retentionBytes = config.get('metadata.max.retention.bytes')
    for (;;) {
      const [oldest, next] = this.#snapshots
      if (oldest === undefined || next === undefined) return
      const totalBytes = this.#snapshots.reduce((sum, { sizeBytes }) => sum + sizeBytes, this.#log.sizeBytes)
      const isTooOld = retentionMs >= 0 && environment.clock.nowMs() - oldest.timestampMs > retentionMs
      const isTooLarge = retentionBytes >= 0 && totalBytes > retentionBytes
      if (!isTooOld && !isTooLarge) return
      // In this order: a log without its beginning needs the snapshot that stands for it.
      if (this.#log.logStartOffset < next.id.offset) await this.#log.deleteRecordsBefore(next.id.offset)
      await environment.files.remove(this.#pathOf(oldest.id))
      this.#snapshots.shift()
    }
  }

  async #replayLog(loader: MetadataLoader, start: SnapshotId): Promise<void> {
    const log = this.#log
    // The log ends before its snapshot only if it was lost; what the snapshot says is what there is.
    if (log.logEndOffset < start.offset) await log.truncateFullyAndStartAt(start.offset)
    let offset = Math.max(start.offset, log.logStartOffset)
    if (offset > start.offset) {
      throw new Error(
        `The metadata log in ${log.directory} begins at offset ${offset}, but no snapshot contains what came before. Restore the directory from a copy.`,
      )
    }
    while (offset < log.logEndOffset) {
      const read = await log.read(offset, { maxBytes: READ_BYTES, upToOffset: log.logEndOffset, minOneBatch: true })
      const before = offset
      for (const batch of readBatches(Buffer.concat(read.buffers))) {
        if (batch.lastOffset >= start.offset) this.#replay(loader, batch, null)
        offset = batch.lastOffset + 1
      }
      this.#bytesSinceSnapshot += read.sizeBytes
      if (offset === before) throw new Error(`The metadata log in ${log.directory} cannot be read at offset ${offset}.`)
    }
  }

  /** A snapshot's records carry offsets within the file: what they contain is up to the snapshot's own id. */
  #replay(loader: MetadataLoader, batch: ReadBatch, snapshot: SnapshotId | null): void {
    const provenance = {
      lastContainedOffset: snapshot === null ? batch.lastOffset : snapshot.offset - 1,
      lastContainedEpoch: snapshot?.epoch ?? batch.epoch,
      lastContainedLogTimeMs: batch.timestampMs,
    }
    for (const { controlType, value } of batch.records) {
      if (controlType === null) loader.replay(decodeMetadataRecord(value), provenance)
      else loader.replayControl(controlType, value)
      this.#holdsVoters ||= controlType === ControlType.KRAFT_VOTERS
    }
    loader.passed(provenance)
  }

  #refuseForeignQuorum(): void {
    const { nodeId } = this.#quorumState
    const stranger = strangerAmong(this.#quorum, nodeId)
    if (stranger === undefined) return
    throw new Error(
      `The metadata log in ${this.#directory} belongs to a quorum with the voter ${stranger}; this node (${nodeId}) must not go on alone. Start it with the data of a single node.`,
    )
  }

  get #directory(): string {
    return this.#log.directory
  }

  get #quorumState() {
    const { config, environment } = this.#options
    const path = posix.join(this.#directory, QUORUM_STATE_FILE)
    return { nodeId: config.get('node.id'), files: environment.files, path }
  }

  #pathOf(id: SnapshotId): string {
    return posix.join(this.#directory, snapshotFileName(id))
  }
}

/** Segments are removed below a snapshot, never by age or size; batches are bounded by the controller alone. */
function logConfig(config: BrokerConfig): LogConfig {
  return {
    ...DEFAULT_LOG_CONFIG,
    segmentBytes: config.get('metadata.log.segment.bytes'),
    segmentMs: config.get('metadata.log.segment.ms'),
    retentionBytes: -1,
    retentionMs: -1,
    maxMessageBytes: 2 ** 31 - 1,
  }
}
