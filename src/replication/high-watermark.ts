/**
 * The high watermark of one replica: every record before it is committed, which is to say on all in-sync replicas. It
 * belongs to the replica and not to its log, and outlives the replica's roles: a follower that becomes leader goes on
 * from where it was. `leader-role.ts` and `follower-role.ts` say when it moves; nobody else moves it.
 *
 * Invariants, checked at each move:
 * - log start offset ≤ high watermark ≤ log end offset;
 * - it goes back by a truncation alone, and then no further than to where the log is cut.
 *
 * A crash may come at any point. replication-offset-checkpoint holds the watermark of some seconds ago:
 * - the log goes on behind it: the leader of a single replica begins at the log end, every other replica where the
 *   checkpoint says. Records in between are shown again when the in-sync replicas are known to have them.
 * - the log has lost what the checkpoint calls committed (power, with one replica): the watermark is bounded by its end.
 * - a truncation goes below it: the checkpoint is lowered first, so that a start cannot take what a new leader wrote
 *   there for committed.
 */
import { violation } from '../env/invariant.ts'
import type { PartitionLog } from '../log/partition-log.ts'

export class HighWatermark {
  readonly #log: PartitionLog
  #offset: number

  /** Begins where the log's last replica, or the checkpoint of the last start, has left it. */
  constructor(log: PartitionLog) {
    this.#log = log
    this.#offset = log.replica.highWatermark
  }

  get offset(): number {
    // Retention, or a leader's log start offset, may have passed it.
    const { logStartOffset } = this.#log
    return this.#offset < logStartOffset ? logStartOffset : this.#offset
  }

  /** Whether it has moved; an offset that is not beyond it moves nothing. Throws an `InvariantError`. */
  advanceTo(offset: number): boolean {
    if (offset <= this.#offset) return false
    const log = this.#log
    if (offset > log.logEndOffset) {
      const where = `${log.topic}-${log.partition}`
      throw violation(
        'partition',
        `the high watermark of ${where}, ${offset}, is at most its log end ${log.logEndOffset}`,
      )
    }
    this.#offset = offset
    log.committedUpTo(offset)
    return true
  }

  /** The log is about to be cut to `offset`: whoever reads sees nothing from there on. */
  lowerTo(offset: number): void {
    this.#offset = Math.min(this.#offset, offset)
  }

  /** The log has forgotten everything and goes on from `offset`, before which there is nothing that is not committed. */
  restartAt(offset: number): void {
    this.#offset = offset
  }
}
