/**
 * Makes changes of an image of the records of a metadata log, as they are committed. Records of a metadata transaction
 * (KIP-868) wait until it ends, and are forgotten when it is aborted.
 *
 * A record that contradicts what came before, or that a newer release has written, is left out with one line in the log:
 * a broker that cannot follow one record must not lose sight of all others.
 */
import type { Logger } from '../env/logger.ts'
import { imageDifference } from './image/image-difference.ts'
import { MetadataDelta } from './image/metadata-delta.ts'
import {
  EMPTY_IMAGE,
  type MetadataChange,
  type MetadataImage,
  type MetadataProvenance,
} from './image/metadata-image.ts'
import { type QuorumImage, STATIC_QUORUM, withControlRecord } from './image/quorum-image.ts'
import { decodeMetadataRecord, type MetadataRecord } from './metadata-record.ts'

/** A record of the log: `controlType` is null for one of the metadata. */
export interface LogRecord {
  readonly controlType: number | null
  readonly value: Buffer
}

export class MetadataFeed {
  readonly #logger: Logger
  /** The image that was given out last. */
  #image: MetadataImage
  #delta: MetadataDelta
  #provenance: MetadataProvenance
  /** Beside the rest: transactions group records of metadata alone. */
  #quorum: QuorumImage
  /** The records of the transaction that is open; null: none is. */
  #transaction: MetadataRecord[] | null = null

  constructor(image: MetadataImage, logger: Logger) {
    this.#logger = logger
    this.#image = image
    this.#delta = new MetadataDelta(image)
    this.#provenance = image.provenance
    this.#quorum = image.quorum
  }

  /** The records of one batch; `provenance` is the batch's. */
  replay(records: Iterable<LogRecord>, provenance: MetadataProvenance): void {
    for (const { controlType, value } of records) {
      this.#guarded(provenance, () => {
        if (controlType === null) this.#replay(decodeMetadataRecord(value))
        else this.#quorum = withControlRecord(this.#quorum, controlType, value)
      })
    }
    this.#provenance = provenance
  }

  /** The change from the image that was given out last to everything that was replayed since. */
  take(): MetadataChange {
    if (this.#quorum !== this.#image.quorum) this.#delta.replaceQuorum(this.#quorum)
    const change = this.#delta.apply(this.#provenance)
    this.#image = change.after
    this.#delta = new MetadataDelta(change.after)
    return change
  }

  /** The content of a snapshot takes the place of everything: the change to it from the image that was given out last. */
  restart(batches: Iterable<Iterable<LogRecord>>, provenance: MetadataProvenance): MetadataChange {
    const before = this.#image
    this.#transaction = null
    this.#delta = new MetadataDelta(EMPTY_IMAGE)
    this.#quorum = STATIC_QUORUM
    for (const records of batches) this.replay(records, provenance)
    return imageDifference(before, this.take().after)
  }

  #replay(record: MetadataRecord): void {
    switch (record.type) {
      case 'BeginTransactionRecord':
        this.#transaction = []
        return
      case 'EndTransactionRecord': {
        const records = this.#transaction ?? []
        this.#transaction = null
        for (const each of records) this.#guarded(this.#provenance, () => this.#delta.replay(each))
        return
      }
      case 'AbortTransactionRecord':
        this.#transaction = null
        return
      default:
        if (this.#transaction === null) this.#delta.replay(record)
        else this.#transaction.push(record)
    }
  }

  #guarded({ lastContainedOffset }: MetadataProvenance, replay: () => void): void {
    try {
      replay()
    } catch (err) {
      this.#logger.error({ err }, `A record of the metadata up to offset ${lastContainedOffset} could not be applied`)
    }
  }
}
