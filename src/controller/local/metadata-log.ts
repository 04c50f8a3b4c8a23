/**
 * `__cluster_metadata-0` on disk: a partition log beside its snapshots and the quorum's state. Loads what they say,
 * takes a new epoch, appends, and keeps the directory small: a snapshot replaces the log before it (KIP-630).
 */
import { posix } from 'node:path'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import { Listeners } from '../../env/listeners.ts'
import type { Logger } from '../../env/logger.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import type { FetchedRecords, PartitionLog } from '../../log/partition-log.ts'
import { SoleReplica } from '../../log/replica.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../metadata/image/metadata-image.ts'
import { type QuorumImage, STATIC_QUORUM, strangerAmong } from '../../metadata/image/quorum-image.ts'
import { MetadataLoader } from '../../metadata/metadata-loader.ts'
import { decodeMetadataRecord, type MetadataRecord } from '../../metadata/metadata-record.ts'
import { metadataLogConfig } from '../metadata-log/log-config.ts'
import { ControlType, type ReadBatch, readBatches } from '../metadata-log/metadata-batch.ts'
import { MetadataSnapshots, type StoredSnapshot } from '../metadata-log/metadata-snapshots.ts'
import { QUORUM_STATE_FILE, type QuorumState, readQuorumState, writeQuorumState } from '../metadata-log/quorum-state.ts'
import { type SnapshotId, writeSnapshot } from '../metadata-log/snapshot-file.ts'
import { requireBegun } from '../metadata-log/stored-snapshots.ts'
import {
  BOOTSTRAP_SNAPSHOT,
  bootstrapContent,
  chosenRecords,
  isBootstrapSnapshot,
  readBootstrapFile,
  recordsOf,
} from './bootstrap-snapshot.ts'

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

export class MetadataLog {
  readonly #options: Options
  readonly #log: PartitionLog
  readonly #snapshots: MetadataSnapshots
  /** As the start found it. */
  #quorum: QuorumImage = STATIC_QUORUM
  #holdsVoters = false
  #bootstrap: readonly MetadataRecord[] = []
  #epoch = 0
  #durableEnd = 0
  readonly #onDurable = new Listeners()

  private constructor(options: Options, log: PartitionLog) {
    this.#options = options
    this.#log = log
    log.attach(new SoleReplica(log))
    this.#snapshots = new MetadataSnapshots(options, log)
  }

  static async open(options: Options): Promise<MetadataLog> {
    return new MetadataLog(options, await options.logs.openMetadataLog(metadataLogConfig(options.config)))
  }

  get endOffset(): number {
    return this.#log.logEndOffset
  }

  get epoch(): number {
    return this.#epoch
  }

  get startOffset(): number {
    return this.#log.logStartOffset
  }

  /** The end of what a crash cannot take any more, and others may therefore be given. */
  get durableEnd(): number {
    return this.#durableEnd
  }

  /** The epoch of the last record, be it in the log or in the snapshot before it. */
  get latestEpoch(): number {
    return Math.max(0, this.#log.latestEpoch, this.#snapshots.newest?.epoch ?? 0)
  }

  /** Snapshots that hold records, in ascending order. */
  get snapshots(): readonly StoredSnapshot[] {
    return this.#snapshots.stored.filter(({ id }) => !isBootstrapSnapshot(id))
  }

  pathOf(id: SnapshotId): string {
    return this.#snapshots.pathOf(id)
  }

  endOffsetForEpoch(epoch: number): { epoch: number; endOffset: number } | null {
    return this.#log.endOffsetForEpoch(epoch)
  }

  /** Durable batches from the one that holds `offset` on; their buffers are lent. */
  async read(offset: number, maxBytes: number): Promise<FetchedRecords> {
    return this.#log.read(offset, { maxBytes, upToOffset: this.#durableEnd, minOneBatch: true })
  }

  /** Calls `listener` whenever more is durable, until the returned function is called. */
  onDurable(listener: () => void): () => void {
    return this.#onDurable.add(listener)
  }

  /** Whether the log, or a snapshot of it, says who the voters are; what the directory was formatted with may say it too. */
  get holdsVoters(): boolean {
    return this.#holdsVoters
  }

  /** The newest snapshot and the log behind it, as one image. Rejects with a sentence for a person. */
  async load(): Promise<LoadedMetadata> {
    const loader = new MetadataLoader(EMPTY_IMAGE)
    const chosen = await this.#snapshots.load()
    const { newest } = chosen
    if (newest !== null) {
      if (isBootstrapSnapshot(newest.id)) this.#takeBootstrap(loader, newest.batches)
      else for (const batch of newest.batches) this.#replay(loader, batch, newest.id)
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
    const sizeBytes = await writeSnapshot(environment.files, this.#snapshots.pathOf(BOOTSTRAP_SNAPSHOT), content)
    this.#snapshots.add({ id: BOOTSTRAP_SNAPSHOT, sizeBytes, timestampMs })
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
    const newest = this.#snapshots.newest?.epoch ?? 0
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
    this.#durableEnd = this.#log.logEndOffset
    this.#onDurable.tell()
  }

  /** Takes back what was appended from `offset` on. */
  cutTo(offset: number): Promise<void> {
    return this.#log.truncateTo(offset)
  }

  #appendOne(batch: Buffer): Promise<void> {
    this.#snapshots.grew(batch.length)
    return new Promise((resolve, reject) => {
      this.#log.appendAsGiven(batch, (error) => {
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  /** Writes a snapshot of the image beside everything else, if enough has changed since the last one. */
  maybeSnapshot(image: MetadataImage): void {
    this.#snapshots.maybeSnapshot(image)
  }

  /** Resolves when nothing is being written any more. */
  stop(): Promise<void> {
    return this.#snapshots.stop()
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
      this.#snapshots.grew(read.sizeBytes)
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
}
