/**
 * The snapshots of one metadata log (KIP-630): which there are, when the next one is due, and which have to go, together
 * with the log before the oldest one that stays. A snapshot holds what is committed and nothing else.
 */
import { posix } from 'node:path'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { snapshotRecords } from '../../metadata/snapshot-records.ts'
import { listSnapshots, type SnapshotId, snapshotFileName, writeSnapshot } from './snapshot-file.ts'
import { type ChosenSnapshot, chooseSnapshot } from './stored-snapshots.ts'

export interface StoredSnapshot {
  readonly id: SnapshotId
  readonly sizeBytes: number
  readonly timestampMs: number
}

interface Options {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
}

export class MetadataSnapshots {
  readonly #options: Options
  readonly #log: PartitionLog
  /** In ascending order. */
  #stored: StoredSnapshot[] = []
  #bytesSinceSnapshot = 0
  #lastSnapshotMs: number
  #underWay: Promise<void> | null = null

  constructor(options: Options, log: PartitionLog) {
    this.#options = options
    this.#log = log
    this.#lastSnapshotMs = options.environment.clock.nowMs()
  }

  get newest(): SnapshotId | null {
    return this.#stored.at(-1)?.id ?? null
  }

  /** In ascending order. */
  get stored(): readonly StoredSnapshot[] {
    return this.#stored
  }

  pathOf(id: SnapshotId): string {
    return posix.join(this.#log.directory, snapshotFileName(id))
  }

  /** Finds what is there, and reads the newest one that can be read. Rejects with a sentence where nothing says all. */
  async load(): Promise<ChosenSnapshot> {
    const { environment, logger } = this.#options
    const ids = await listSnapshots(environment.files, this.#log.directory)
    const extent = { start: this.#log.logStartOffset, end: this.#log.logEndOffset }
    const chosen = await chooseSnapshot(environment.files, this.#log.directory, ids, extent)
    const witness = chosen.newest === null ? 'the log' : 'an older one with the log behind it'
    for (const { path, problem } of chosen.damaged) {
      logger.warn(`The metadata snapshot ${path} is damaged (${problem}): ${witness} says the same.`)
    }
    for (const id of ids) {
      if (chosen.damaged.some((each) => each.id === id)) continue
      const { sizeBytes = 0, modifiedMs = 0 } = (await environment.files.stat(this.pathOf(id))) ?? {}
      this.#stored.push({ id, sizeBytes, timestampMs: modifiedMs })
    }
    if (chosen.newest !== null) this.#lastSnapshotMs = this.#stored.at(-1)!.timestampMs
    return chosen
  }

  /** A snapshot has come to be on the disk without this class. */
  add(snapshot: StoredSnapshot): void {
    const others = this.#stored.filter(({ id }) => id.offset !== snapshot.id.offset || id.epoch !== snapshot.id.epoch)
    this.#stored = [...others, snapshot].sort((a, b) => a.id.offset - b.id.offset || a.id.epoch - b.id.epoch)
  }

  /** So many bytes of the log are not in a snapshot yet. */
  grew(sizeBytes: number): void {
    this.#bytesSinceSnapshot += sizeBytes
  }

  /** Writes a snapshot of the image beside everything else, if enough has changed since the last one. */
  maybeSnapshot(image: MetadataImage): void {
    const { config, environment, logger } = this.#options
    if (this.#underWay !== null || this.#bytesSinceSnapshot === 0) return
    const ageMs = environment.clock.nowMs() - this.#lastSnapshotMs
    const intervalMs = config.get('metadata.log.max.snapshot.interval.ms')
    const isDue = intervalMs > 0 && ageMs >= intervalMs
    if (!isDue && this.#bytesSinceSnapshot < config.get('metadata.log.max.record.bytes.between.snapshots')) return
    this.#bytesSinceSnapshot = 0
    this.#lastSnapshotMs = environment.clock.nowMs()
    this.#underWay = this.#snapshot(image)
      .catch((err) =>
        logger.error({ err }, 'A snapshot of the metadata could not be written; the next one will be tried'),
      )
      .finally(() => {
        this.#underWay = null
      })
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    await this.#underWay
  }

  async #snapshot(image: MetadataImage): Promise<void> {
    const { files, clock } = this.#options.environment
    const { lastContainedOffset, lastContainedEpoch, lastContainedLogTimeMs } = image.provenance
    const id = { offset: lastContainedOffset + 1, epoch: lastContainedEpoch }
    const timestampMs = clock.nowMs()
    const sizeBytes = await writeSnapshot(files, this.pathOf(id), {
      epoch: id.epoch,
      timestampMs,
      lastContainedLogTimestampMs: lastContainedLogTimeMs,
      quorum: image.quorum,
      records: snapshotRecords(image),
    })
    this.add({ id, sizeBytes, timestampMs })
    await this.#clean()
  }

  /** Removes the oldest snapshots, and the log before the first one that stays, while they are too old or too large. */
  async #clean(): Promise<void> {
    const { config, environment } = this.#options
    const retentionMs = config.get('metadata.max.retention.ms')
    const retentionBytes = config.get('metadata.max.retention.bytes')
    for (;;) {
      const [oldest, next] = this.#stored
      if (oldest === undefined || next === undefined) return
      const totalBytes = this.#stored.reduce((sum, { sizeBytes }) => sum + sizeBytes, this.#log.sizeBytes)
      const isTooOld = retentionMs >= 0 && environment.clock.nowMs() - oldest.timestampMs > retentionMs
      const isTooLarge = retentionBytes >= 0 && totalBytes > retentionBytes
      if (!isTooOld && !isTooLarge) return
      // In this order: a log without its beginning needs the snapshot that stands for it.
      if (this.#log.logStartOffset < next.id.offset) await this.#log.deleteRecordsBefore(next.id.offset)
      await environment.files.remove(this.pathOf(oldest.id))
      this.#stored.shift()
    }
  }
}
