import * as batch from '../../../protocol/records/batch.ts'
import type { AbortedTxn } from '../../../protocol/records/index-entries.ts'
import { endTransactionMarker } from '../producers/control-record.ts'

interface OngoingAbort {
  readonly transaction: AbortedTxn
  /** Whether a batch of it was seen, be it one that goes. */
  hasBatches: boolean
}

/**
 * The transactions that a pass over a log is in. Everything it sees is decided, since the cleaner stays below the last
 * stable offset: what the transaction index does not call aborted is committed. Aborted batches go; a marker may go once
 * nothing of its transaction has been seen before it, and until then its entry goes on into the new transaction index.
 */
export class CleanedTransactions {
  /** By first offset, still to come. */
  #aborted: AbortedTxn[] = []
  readonly #ongoingAborts = new Map<number, OngoingAbort>()
  readonly #ongoingCommits = new Set<number>()
  readonly #retained: (transaction: AbortedTxn) => void

  /** `retained` hears of the aborted transactions whose markers stay, in the order of the markers. */
  constructor(retained: (transaction: AbortedTxn) => void) {
    this.#retained = retained
  }

  /** The aborted transactions of the part of the log that comes next; one that began earlier may be named again. */
  add(transactions: readonly AbortedTxn[]): void {
    this.#aborted = [...this.#aborted, ...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** A data batch; true when it belongs to an aborted transaction. */
  isAborted(buffer: Buffer, at: number): boolean {
    this.#beginUpTo(batch.lastOffset(buffer, at))
    if (!batch.isTransactional(buffer, at)) return false
    const producerId = batch.producerId(buffer, at)
    const abort = this.#ongoingAborts.get(producerId)
    if (abort === undefined) {
      this.#ongoingCommits.add(producerId)
      return false
    }
    abort.hasBatches = true
    return true
  }

  /** A control batch; true when nothing needs it any more. */
  isMarkerObsolete(buffer: Buffer, at: number): boolean {
    this.#beginUpTo(batch.lastOffset(buffer, at))
    // Compaction has emptied it already, and kept it for its producer's epoch.
    if (batch.recordsCount(buffer, at) === 0) return true
    const marker = endTransactionMarker(buffer, at)
    if (marker === null) return false
    const producerId = batch.producerId(buffer, at)
    if (marker.type === 'commit') return !this.#ongoingCommits.delete(producerId)
    const abort = this.#ongoingAborts.get(producerId)
    this.#ongoingAborts.delete(producerId)
    if (abort === undefined || !abort.hasBatches) return true
    this.#retained(abort.transaction)
    return false
  }

  #beginUpTo(offset: number): void {
    let count = 0
    for (const transaction of this.#aborted) {
      if (transaction.firstOffset > offset) break
      count++
      if (this.#ongoingAborts.has(transaction.producerId)) continue
      this.#ongoingAborts.set(transaction.producerId, { transaction, hasBatches: false })
    }
    if (count > 0) this.#aborted = this.#aborted.slice(count)
  }
}
