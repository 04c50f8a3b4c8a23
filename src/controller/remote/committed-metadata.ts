/**
 * Publishes what is committed of the metadata log: from where the image ends up to the high watermark, in order, one
 * publication at a time. Fetching goes on meanwhile; what comes during a publication is in the next one.
 *
 * Invariant: nothing at or behind the high watermark is ever decoded, so nothing of it has to be taken back.
 */
import type { Logger } from '../../env/logger.ts'
import { EMPTY_IMAGE, type MetadataChange, type MetadataProvenance } from '../../metadata/image/metadata-image.ts'
import { MetadataFeed } from '../../metadata/metadata-feed.ts'
import { MetadataPublisher } from '../../metadata/metadata-publisher.ts'
import type { ReadBatch } from '../metadata-log/metadata-batch.ts'
import type { ObservedLog, StoredSnapshotContent } from './observed-log.ts'

export class CommittedMetadata {
  readonly publisher: MetadataPublisher
  readonly #logger: Logger
  readonly #log: ObservedLog
  readonly #feed: MetadataFeed
  readonly #waiting = new Set<() => void>()
  /** Everything before it is in the feed. */
  #nextOffset: number
  #highWatermark = -1
  /** A snapshot that was fetched and is not published yet. */
  #snapshot: StoredSnapshotContent | null = null
  #running: Promise<void> | null = null
  #isDue = false
  #isStopped = false

  /** `stored`: the snapshot with which the log begins; what it holds is committed. */
  constructor(log: ObservedLog, stored: StoredSnapshotContent | null, logger: Logger) {
    this.#log = log
    this.#logger = logger
    this.#feed = new MetadataFeed(EMPTY_IMAGE, logger)
    this.#nextOffset = stored?.id.offset ?? 0
    for (const { records } of stored?.batches ?? []) this.#feed.replay(records, snapshotProvenance(stored!))
    this.publisher = new MetadataPublisher(this.#feed.take().after, logger)
  }

  /** The first offset that the image does not contain. */
  get publishedEnd(): number {
    return this.publisher.image.provenance.lastContainedOffset + 1
  }

  /** -1 until a leader has said it. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** The leader says that everything before `offset` is committed. */
  committed(offset: number): void {
    if (offset <= this.#highWatermark) return
    this.#highWatermark = offset
    this.#log.committedUpTo(offset)
    this.#run()
  }

  /** A snapshot has replaced the log. */
  replaced(snapshot: StoredSnapshotContent): void {
    this.#snapshot = snapshot
    this.committed(snapshot.id.offset)
    this.#run()
  }

  /** Resolves when `holds`, which is asked after every publication, does; at once if it does now, and after a stop. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#isStopped) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** Wakes those who wait, so that they ask again. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.wake()
    await this.#running
  }

  #run(): void {
    this.#isDue = true
    this.#running ??= this.#publishWhileDue().finally(() => {
      this.#running = null
      if (this.#isDue && !this.#isStopped) this.#run()
    })
  }

  async #publishWhileDue(): Promise<void> {
    while (this.#isDue && !this.#isStopped) {
      this.#isDue = false
      try {
        await this.#publishAll()
      } catch (err) {
        this.#logger.error({ err }, 'The metadata could not be read; it is tried again with the next change')
      }
    }
  }

  async #publishAll(): Promise<void> {
    while (!this.#isStopped && (this.#snapshot !== null || this.#nextOffset < this.#highWatermark)) {
      const change = await this.#nextChange()
      await this.publisher.publish(change)
      this.#log.snapshots.maybeSnapshot(change.after)
      this.wake()
    }
  }

  async #nextChange(): Promise<MetadataChange> {
    const snapshot = this.#snapshot
    if (snapshot !== null) {
      this.#snapshot = null
      this.#nextOffset = snapshot.id.offset
      return this.#feed.restart(
        snapshot.batches.map(({ records }) => records),
        snapshotProvenance(snapshot),
      )
    }
    for await (const batch of this.#log.read(this.#nextOffset, this.#highWatermark)) {
      // The log was emptied while it was being read: what the snapshot says takes the place of all of it.
      if (this.#snapshot !== null) return this.#nextChange()
      this.#feed.replay(batch.records, provenanceOf(batch))
      this.#nextOffset = batch.lastOffset + 1
    }
    return this.#feed.take()
  }
}

const provenanceOf = ({ lastOffset, epoch, timestampMs }: ReadBatch): MetadataProvenance => ({
  lastContainedOffset: lastOffset,
  lastContainedEpoch: epoch,
  lastContainedLogTimeMs: timestampMs,
})

/** A snapshot's batches have offsets of their own: what they contain is up to the snapshot's end. */
const snapshotProvenance = ({ id, batches }: StoredSnapshotContent): MetadataProvenance => ({
  lastContainedOffset: id.offset - 1,
  lastContainedEpoch: id.epoch,
  lastContainedLogTimeMs: batches[0]?.timestampMs ?? -1,
})
