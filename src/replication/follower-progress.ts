/** How far a follower has come, as its leader learns from its fetches. Times are the monotonic clock's. */
export interface FollowerFetch {
  /** The offset from which the follower fetches: it has every record before. */
  readonly offset: number
  /** The follower's log start offset. */
  readonly logStartOffset: number
  /** -1n: the follower does not say. */
  readonly brokerEpoch: bigint
  /** The leader's log end when it answered. */
  readonly leaderEndOffset: number
  readonly timeMs: number
}

const UNKNOWN = -1

export class FollowerProgress {
  readonly replicaId: number
  /** -1 until the follower has fetched from this leader. */
  logEndOffset = UNKNOWN
  logStartOffset = UNKNOWN
  brokerEpoch: bigint | null = null
  /** When the follower last had everything that the leader had. */
  #lastCaughtUpMs: number
  #lastFetchMs = Number.NEGATIVE_INFINITY
  #leaderEndAtLastFetch = UNKNOWN

  /** A follower that is in sync when the leader takes over has `replica.lag.time.max.ms` to show it. */
  constructor(replicaId: number, isInSync: boolean, nowMs: number) {
    this.replicaId = replicaId
    this.#lastCaughtUpMs = isInSync ? nowMs : Number.NEGATIVE_INFINITY
  }

  fetched({ offset, logStartOffset, brokerEpoch, leaderEndOffset, timeMs }: FollowerFetch): void {
    if (offset >= leaderEndOffset) this.#lastCaughtUpMs = Math.max(this.#lastCaughtUpMs, timeMs)
    else if (offset >= this.#leaderEndAtLastFetch) {
      // The follower has all that the leader had at its last fetch: it can be caught up though the leader never rests.
      this.#lastCaughtUpMs = Math.max(this.#lastCaughtUpMs, this.#lastFetchMs)
    }
    this.logEndOffset = offset
    this.logStartOffset = logStartOffset
    this.brokerEpoch = brokerEpoch
    this.#leaderEndAtLastFetch = leaderEndOffset
    this.#lastFetchMs = timeMs
  }

  /** The leader has begun another epoch: a follower in sync has to show it anew within `replica.lag.time.max.ms`. */
  newEpoch(isInSync: boolean, leaderEndOffset: number, nowMs: number): void {
    this.#lastCaughtUpMs = isInSync ? nowMs : Number.NEGATIVE_INFINITY
    this.#lastFetchMs = this.#lastCaughtUpMs
    this.#leaderEndAtLastFetch = leaderEndOffset
  }

  hasFetchedSince(timeMs: number): boolean {
    return this.#lastFetchMs >= timeMs
  }

  /** How long ago it last had everything that the leader had. */
  behindForMs(nowMs: number): number {
    return nowMs - this.#lastCaughtUpMs
  }

  isCaughtUp(leaderEndOffset: number, nowMs: number, lagTimeMaxMs: number): boolean {
    return this.logEndOffset === leaderEndOffset || nowMs - this.#lastCaughtUpMs <= lagTimeMaxMs
  }
}
