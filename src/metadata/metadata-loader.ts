import { MetadataDelta } from './image/metadata-delta.ts'
import type { MetadataImage, MetadataProvenance } from './image/metadata-image.ts'
import { type QuorumImage, withControlRecord } from './image/quorum-image.ts'
import type { MetadataRecord } from './metadata-record.ts'

/**
 * Replays a log from its beginning, or from a snapshot, into one image. Metadata transactions (KIP-868) group records
 * of several batches: what an aborted one said is forgotten, and so is one that was still open when its controller died.
 */
export class MetadataLoader {
  #image: MetadataImage
  #delta: MetadataDelta
  #provenance: MetadataProvenance
  /** Beside the rest: transactions group records of metadata alone. */
  #quorum: QuorumImage
  #beforeTransaction: MetadataImage | null = null

  constructor(image: MetadataImage) {
    this.#image = image
    this.#delta = new MetadataDelta(image)
    this.#provenance = image.provenance
    this.#quorum = image.quorum
  }

  get inTransaction(): boolean {
    return this.#beforeTransaction !== null
  }

  /** `provenance`: of the batch that the record stands in. */
  replay(record: MetadataRecord, provenance: MetadataProvenance): void {
    if (record.type === 'BeginTransactionRecord') {
      this.#beforeTransaction = this.#applied()
    } else if (record.type === 'EndTransactionRecord') {
      this.#beforeTransaction = null
    } else if (record.type === 'AbortTransactionRecord') {
      this.#image = this.#beforeTransaction ?? this.#applied()
      this.#delta = new MetadataDelta(this.#image)
      this.#beforeTransaction = null
    } else {
      this.#delta.replay(record)
    }
    this.#provenance = provenance
  }

  replayControl(type: number, value: Buffer): void {
    this.#quorum = withControlRecord(this.#quorum, type, value)
  }

  /** Everything up to there is in the image: a batch may end with records that are the quorum's alone. */
  passed(provenance: MetadataProvenance): void {
    this.#provenance = provenance
  }

  /** Everything up to here, without the records of an open transaction. */
  image(): MetadataImage {
    const image = this.#beforeTransaction ?? this.#applied()
    return { ...image, provenance: this.#provenance, quorum: this.#quorum }
  }

  #applied(): MetadataImage {
    this.#image = this.#delta.apply(this.#provenance).after
    this.#delta = new MetadataDelta(this.#image)
    return this.#image
  }
}
