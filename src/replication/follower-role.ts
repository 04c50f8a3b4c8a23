/**
 * The role of a replica that follows: what its leader has is appended here as given, offsets and leader epochs kept, and
 * cut where the leader's log is another one.
 *
 * States: following (a leader, in an epoch) or leaderless → resigned. A role lasts for one epoch of one leader; whoever
 * fetches for it asks for one thing at a time: appends, truncations and restarts do not overlap. The next role begins when
 * what this one was doing has ended (`settled`): a truncation that waited for the cleaner must not cut the log of a leader.
 *
 * The high watermark is what the leader says, as far as the log here goes. The log start offset follows the leader's.
 *
 * Invariants:
 * - batches are appended in the order of their offsets and epochs, none of an epoch that is newer than the leader's;
 * - a truncation lowers the watermark, in memory and in its checkpoint, before a byte is cut;
 * - the log start offset never passes the watermark.
 *
 * A crash may come at any point: in an append, the tail that is lost is fetched again; in a truncation, the log is longer
 * than its target, and the next fetch finds the same divergence; in a restart, the log is empty from its new start.
 */
import type { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import type { AppendResult } from '../log/partition-log.ts'
import type { RoleHost } from './leader-role.ts'
import { OffsetWaiters } from './offset-waiters.ts'
import type { PartitionState } from './partition-state.ts'

export interface EpochEndOffset {
  epoch: number
  endOffset: number
}

/** The offsets that a leader tells beside the records. */
export interface LeaderOffsets {
  readonly highWatermark: number
  readonly logStartOffset: number
}

export interface Truncation {
  readonly offset: number
  /** False: the leader is to be asked again, with the epoch that the log ends with now. */
  readonly isComplete: boolean
}

export class FollowerRole {
  readonly kind = 'follower'
  readonly #host: RoleHost
  readonly #leaderId: number
  readonly #epoch: number
  #resigned = false
  /** Changes of the log that are under way. */
  #work: Promise<unknown> = Promise.resolve()
  /** Written, and not known to be committed. */
  readonly #uncommitted: OffsetWaiters

  constructor(host: RoleHost, state: PartitionState) {
    this.#host = host
    this.#leaderId = state.leaderId
    this.#epoch = state.leaderEpoch
    this.#uncommitted = new OffsetWaiters(host.environment.clock)
  }

  /** -1: nobody leads. */
  get leaderId(): number {
    return this.#leaderId
  }

  get epoch(): number {
    return this.#epoch
  }

  get resigned(): boolean {
    return this.#resigned
  }

  /** The same leader in the same epoch: a follower does not ask who else is in sync. */
  update(_state: PartitionState): void {}

  /** Resolves when nothing that was asked of this role changes the log any more. */
  async settled(): Promise<void> {
    await this.#work
  }

  /** Runs `change` unless the role has resigned, and lets the next role wait for its end. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    if (this.#resigned) return Promise.reject(this.#host.notLeader())
    const result = change()
    this.#work = result.catch(() => {})
    return result
  }

  /** The watermark waits for the leader's word. */
  written(): void {}

  /**
   * Appends what was fetched from the leader. Resolves to what became of it, or to null where there was no whole batch of
   * this leader's time. Rejects with CORRUPT_MESSAGE, OFFSET_OUT_OF_RANGE, KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER.
   */
  append(records: Buffer, leader: LeaderOffsets): Promise<AppendResult | null> {
    return this.#change(() => this.#append(records, leader))
  }

  async #append(records: Buffer, leader: LeaderOffsets): Promise<AppendResult | null> {
    const whole = this.#wholeBatches(records)
    let result: AppendResult | null = null
    if (whole.length > 0) {
      await this.#makeRoomBefore(whole)
      result = await this.#appendAsGiven(whole)
      this.#host.metrics.replicationBytesIn += result.sizeBytes
      this.#uncommitted.add(result.lastOffset + 1, result.sizeBytes, null)
    }
    this.#follow(leader)
    return result
  }

  /** A response ends inside a batch where it was full, and a leader of old may hold what a newer one has written. */
  #wholeBatches(records: Buffer): Buffer {
    let end = 0
    for (let next = batch.nextBatch(records, 0); next !== -1; next = batch.nextBatch(records, end)) {
      if (batch.partitionLeaderEpoch(records, end) > this.#epoch) break
      end = next
    }
    return records.subarray(0, end)
  }

  /** A leader whose log starts inside a batch gives the batch whole: an empty log begins where the batch does. */
  async #makeRoomBefore(records: Buffer): Promise<void> {
    const { log, watermark } = this.#host
    const first = batch.baseOffset(records, 0)
    const isEmpty = log.logEndOffset === log.logStartOffset
    if (!isEmpty || first >= log.logEndOffset || batch.lastOffset(records, 0) < log.logEndOffset) return
    await log.truncateFullyAndStartAt(first)
    watermark.restartAt(first)
  }

  #appendAsGiven(records: Buffer): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#host.log.appendAsGiven(records, (error, result) => {
        if (error !== null || result === null) reject(error)
        else resolve(result)
      })
    })
  }

  #follow({ highWatermark, logStartOffset }: LeaderOffsets): void {
    if (this.#resigned) return
    const { log, watermark } = this.#host
    const moved = this.#host.commit(Math.min(highWatermark, log.logEndOffset))
    if (moved) this.#host.grew(this.#uncommitted.passed(watermark.offset))
    if (logStartOffset > log.logStartOffset && logStartOffset <= watermark.offset) log.followLogStart(logStartOffset)
  }

  /**
   * Cuts the log where it leaves the leader's, which says that its `diverging.epoch` ends at `diverging.endOffset`
   * (KIP-101, KIP-279, KIP-595): to the smaller end of that epoch, or, where the epoch is unknown here, to the end of the
   * one before it, after which the leader is asked again.
   */
  truncateToEpochEnd(diverging: EpochEndOffset): Promise<Truncation> {
    return this.#change(() => this.#truncateToEpochEnd(diverging))
  }

  async #truncateToEpochEnd(diverging: EpochEndOffset): Promise<Truncation> {
    const { log } = this.#host
    const own = log.endOffsetForEpoch(diverging.epoch)
    const isKnown = own === null || own.epoch === diverging.epoch
    const end =
      own === null ? diverging.endOffset : isKnown ? Math.min(own.endOffset, diverging.endOffset) : own.endOffset
    const offset = Math.min(end, log.logEndOffset)
    await this.#truncateTo(offset)
    return { offset, isComplete: isKnown }
  }

  truncateTo(offset: number): Promise<void> {
    return this.#change(() => this.#truncateTo(offset))
  }

  async #truncateTo(offset: number): Promise<void> {
    const { log, watermark, name, environment } = this.#host
    if (offset < watermark.offset) {
      environment.logger.warn(
        `${name} is cut to offset ${offset}, below its high watermark ${watermark.offset}: its leader was elected uncleanly.`,
      )
    }
    watermark.lowerTo(offset)
    this.#uncommitted.cutTo(offset)
    await log.truncateTo(offset)
  }

  /** The leader's log starts behind the end of this one: everything is forgotten, and fetched again from `offset`. */
  restartAt(offset: number): Promise<void> {
    return this.#change(() => this.#restartAt(offset))
  }

  async #restartAt(offset: number): Promise<void> {
    const { log, watermark } = this.#host
    watermark.lowerTo(Math.min(offset, log.logStartOffset))
    this.#uncommitted.cutTo(0)
    await log.truncateFullyAndStartAt(offset)
    watermark.restartAt(offset)
  }

  resign(_error: KafkaError): void {
    this.#resigned = true
  }
}
