import {
  ABORTED_TXN_ENTRY_BYTES,
  type AbortedTxn,
  decodeAbortedTxn,
  encodeAbortedTxn,
} from '../../../protocol/records/index-entries.ts'
import { dirname } from '../files/file-names.ts'
import { IndexFile } from './index-file.ts'
import type { SegmentContext } from './segment-context.ts'

/**
 * The aborted transactions whose markers are in a segment, in the order of the markers. Its file exists only when there
 * are some.
 */
export class TransactionIndex extends IndexFile {
  #hasDurableName: boolean

  constructor(context: SegmentContext, path: string, isNew: boolean) {
    super(context, path, ABORTED_TXN_ENTRY_BYTES, isNew)
    this.#hasDurableName = !isNew
  }

  /**
   * Recovery takes what the other indexes have for a sign that this one is whole as well. Their files are there from the
   * segment's beginning, this one is not: should power take its name, aborted records would be taken for committed ones.
   */
  override async persist(options: { sync: boolean }): Promise<void> {
    await super.persist(options)
    if (!options.sync || this.#hasDurableName) return
    await this.context.files.syncDirectory(dirname(this.path))
    this.#hasDurableName = true
  }

  append(transaction: AbortedTxn): void {
    const at = this.grow()
    encodeAbortedTxn(transaction).copy(this.bytes, at)
  }

  entry(index: number): AbortedTxn {
    return decodeAbortedTxn(this.bytes, index * ABORTED_TXN_ENTRY_BYTES)
  }

  /**
   * Adds to `found` the transactions that a reader of [from, upTo) must filter. True when later segments cannot have
   * more of them.
   */
  collect(from: number, upTo: number, found: AbortedTxn[]): boolean {
    for (let i = 0; i < this.entryCount; i++) {
      const transaction = this.entry(i)
      if (transaction.lastOffset >= from && transaction.firstOffset < upTo) found.push(transaction)
      if (transaction.lastStableOffset >= upTo) return true
    }
    return false
  }

  /** Drops the transactions whose marker is at `offset` or above. */
  truncateTo(offset: number): void {
    let count = this.entryCount
    while (count > 0 && this.entry(count - 1).lastOffset >= offset) count--
    this.keep(count)
  }

  protected validLength(bytes: Buffer): number {
    const end = bytes.length - (bytes.length % ABORTED_TXN_ENTRY_BYTES)
    let previous = -1
    for (let at = 0; at < end; at += ABORTED_TXN_ENTRY_BYTES) {
      // Throws for an entry of a version that is not known: aborted records must not be taken for committed ones.
      const marker = decodeAbortedTxn(bytes, at).lastOffset
      if (marker <= previous) return at
      previous = marker
    }
    return end
  }
}
