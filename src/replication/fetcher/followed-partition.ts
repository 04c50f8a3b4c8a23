/**
 * A partition in the hands of a fetcher: where it goes on, and whether it may now.
 *
 * States: truncating (a log without epochs, which cannot be compared with the leader's, is cut to what is committed) →
 * fetching ⇄ delayed (the leader has answered with an error that passes, or did not answer) → failed (the disk has failed,
 * or the leader is a newer one than is known here) | over (the role has resigned). A failed one is taken up again by the
 * next leader epoch, with the next role.
 */
import type { FollowerRole } from '../follower-role.ts'
import type { Partition } from '../partition.ts'
import { partitionKey, type WantedPartition } from './follower-session.ts'

const FIRST_BACKOFF_MS = 20

export class FollowedPartition {
  readonly partition: Partition
  readonly role: FollowerRole
  readonly key: string
  fetchOffset: number
  lastFetchedEpoch: number
  isTruncating: boolean
  /** How far it is behind the leader's high watermark; null: it has not been answered yet. */
  lag: number | null = null
  /** By the monotonic clock. */
  #retryAtMs = Number.NEGATIVE_INFINITY
  /** Errors in a row that pass by themselves. */
  #passingErrors = 0

  constructor(partition: Partition, role: FollowerRole) {
    const { log } = partition
    this.partition = partition
    this.role = role
    this.key = partitionKey(partition.topicId, partition.partition)
    this.lastFetchedEpoch = log.latestEpoch
    this.isTruncating = log.latestEpoch === -1
    this.fetchOffset = this.isTruncating ? partition.highWatermark : log.logEndOffset
  }

  get name(): string {
    return this.partition.name
  }

  /** Whether it has all that is committed; throttling spares it then. */
  get isInSync(): boolean {
    return this.lag === 0
  }

  /** How long it is to be left alone from now on; 0: it may be asked for. */
  delayMs(nowMs: number): number {
    return Math.max(0, this.#retryAtMs - nowMs)
  }

  isDelayed(nowMs: number): boolean {
    return nowMs < this.#retryAtMs
  }

  delay(untilMs: number): void {
    this.#retryAtMs = untilMs
  }

  /**
   * After an error that passes by itself, in most cases at once: it is asked for again soon, later each time, and
   * after `mostMs` at the latest. A new leader commits nothing before its followers have come.
   */
  delayBriefly(nowMs: number, mostMs: number): void {
    this.#retryAtMs = nowMs + Math.min(mostMs, FIRST_BACKOFF_MS * 2 ** this.#passingErrors)
    this.#passingErrors++
  }

  /** The leader has answered without an error. */
  answered(): void {
    this.#passingErrors = 0
  }

  /** It goes on from `offset`; a log that was cut has another last epoch. */
  goOnFrom(offset: number): void {
    this.fetchOffset = offset
    this.lastFetchedEpoch = this.partition.log.latestEpoch
    this.isTruncating = false
  }

  wanted(maxBytes: number): WantedPartition {
    const { topicId, partition, log } = this.partition
    return {
      topicId,
      partition,
      fetchOffset: this.fetchOffset,
      logStartOffset: log.logStartOffset,
      maxBytes,
      currentLeaderEpoch: this.role.epoch,
      lastFetchedEpoch: this.lastFetchedEpoch,
    }
  }
}
