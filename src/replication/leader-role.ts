/**
 * The role of a replica that leads: clients and coordinators append here, followers fetch from here, and the high
 * watermark advances here.
 *
 * States: leading (in one epoch, then in the next) → resigned. A resigned role refuses everything, also those who wait,
 * with the error of its resignation: NOT_LEADER_OR_FOLLOWER (`Partition` puts another role in its place, or the replica
 * is elsewhere now), UNKNOWN_TOPIC_OR_PARTITION (the topic is deleted) or KAFKA_STORAGE_ERROR.
 *
 * The high watermark is the smallest log end of the leader, of the replicas that are in sync (committed or proposed:
 * `InSyncReplicas`), and of those that are caught up and may join: one of these would never get in if the watermark ran
 * away from it. It stands still while fewer than min.insync.replicas are in sync (KIP-966). It is looked at again after
 * each write, each follower's fetch and each change of the in-sync replicas.
 *
 * Invariants:
 * - an append is answered with acks=1 once it is written here, with acks=all once the watermark is past it;
 * - what is written here in an epoch comes behind the offset where the epoch began;
 * - the watermark never passes a replica that is in sync, so each of them can lead next without a loss;
 * - the in-sync replicas are what the controller has committed; what is proposed makes the watermark stricter and nothing
 *   else, until a later partition epoch is known or the controller has refused.
 *
 * A crash may come at any point: before an append is written nobody was answered; between the write and the watermark
 * nobody was who asked for all; afterwards the records are on every replica that may be elected.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { AppendDone, AppendOptions, AppendResult, PartitionLog } from '../log/partition-log.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import { type FollowerFetch, FollowerProgress } from './follower-progress.ts'
import type { HighWatermark } from './high-watermark.ts'
import { type InSyncProposal, InSyncReplicas } from './in-sync-replicas.ts'
import { OffsetWaiters } from './offset-waiters.ts'
import type { PartitionState, ReplicaEnvironment } from './partition-state.ts'

/** How a client or a coordinator appends; see `AppendOptions` of the log. */
export type PartitionAppend = Omit<AppendOptions, 'leaderEpoch'> & {
  readonly acks: number
  /** How long an append with acks=all waits for the watermark; for ever when absent. */
  readonly timeoutMs?: number
}

/** The partition, as far as a role needs it. */
export interface RoleHost {
  readonly name: string
  readonly log: PartitionLog
  readonly watermark: HighWatermark
  readonly metrics: TopicMetrics
  readonly environment: ReplicaEnvironment
  /** Readers may see more, by so many bytes. */
  grew(bytes: number): void
  /** Replicas may see more, by so many bytes. */
  appended(bytes: number): void
  /** Advances the watermark; whether it moved. A broken invariant takes the partition offline. */
  commit(offset: number): boolean
  notLeader(): KafkaError
}

/** DeleteRecords' -1: everything that is committed. */
const DELETE_TO_HIGH_WATERMARK = -1
const NOBODY: ReadonlyMap<number, FollowerProgress> = new Map()

export class LeaderRole {
  readonly kind = 'leader'
  readonly #host: RoleHost
  readonly isr: InSyncReplicas
  #epoch = -1
  #epochStartOffset = 0
  #replicas: readonly number[] = []
  #followers: ReadonlyMap<number, FollowerProgress> = NOBODY
  /** Everything before it is written here. */
  #endOffset: number
  /** Written, and not committed yet. */
  readonly #uncommitted: OffsetWaiters
  /** Deletions that followers have not done yet. */
  readonly #deletions: OffsetWaiters
  /** Told to everybody who asked something of the role and was not answered before its end; null: it leads. */
  #resignation: KafkaError | null = null

  constructor(host: RoleHost, state: PartitionState) {
    this.#host = host
    this.#endOffset = host.log.logEndOffset
    this.isr = new InSyncReplicas(state.inSyncReplicas, state.partitionEpoch)
    this.#uncommitted = new OffsetWaiters(host.environment.clock)
    this.#deletions = new OffsetWaiters(host.environment.clock)
    this.update(state)
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Where the log ended when this epoch began. */
  get epochStartOffset(): number {
    return this.#epochStartOffset
  }

  get resigned(): boolean {
    return this.#resignation !== null
  }

  /** Why the role has ended; null: it leads. */
  get resignation(): KafkaError | null {
    return this.#resignation
  }

  /** Replicas read up to here: everything before it is written, and durable where flush.messages asks for it. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** A leader ends nothing: whoever has appended is answered by the log. */
  async settled(): Promise<void> {}

  /** Another epoch, another assignment, or another decision about who is in sync. */
  update(state: PartitionState): void {
    this.isr.commit(state.inSyncReplicas, state.partitionEpoch)
    this.#assign(state)
    if (state.leaderEpoch > this.#epoch) this.#beginEpoch(state)
    this.#advance()
    // A replica that held deletions up may be dead now, or another broker's.
    if (!this.#deletions.isEmpty) this.#deletions.passed(this.lowWatermark)
  }

  #assign({ replicas, inSyncReplicas }: PartitionState): void {
    this.#replicas = replicas
    const { nodeId, clock } = this.#host.environment
    const others = replicas.filter((replicaId) => replicaId !== nodeId)
    if (others.length === 0) {
      this.#followers = NOBODY
      return
    }
    const nowMs = clock.monotonicMs()
    const progress = (replicaId: number) =>
      this.#followers.get(replicaId) ?? new FollowerProgress(replicaId, inSyncReplicas.includes(replicaId), nowMs)
    this.#followers = new Map(others.map((replicaId) => [replicaId, progress(replicaId)]))
  }

  /** The epoch begins where the log ends now, whether or not anything is appended in it. Nothing may be on its way. */
  #beginEpoch({ leaderEpoch, inSyncReplicas }: PartitionState): void {
    const { log, environment } = this.#host
    this.#epochStartOffset = log.logEndOffset
    if (leaderEpoch > log.latestEpoch) log.assignEpochStartOffset(leaderEpoch, log.logEndOffset)
    const isFirst = this.#epoch === -1
    this.#epoch = leaderEpoch
    if (isFirst) return
    const nowMs = environment.clock.monotonicMs()
    for (const follower of this.#followers.values()) {
      follower.newEpoch(inSyncReplicas.includes(follower.replicaId), log.logEndOffset, nowMs)
    }
  }

  /** min.insync.replicas counts only as far as the partition has replicas at all (KIP-966). */
  get #minInSync(): number {
    return Math.min(this.#host.log.config.minInsyncReplicas, this.#replicas.length)
  }

  /** `done` is called once, with a `KafkaError` or with what became of the append. */
  append(records: Buffer, options: PartitionAppend, done: AppendDone): void {
    if (this.#resignation !== null) return done(this.#resignation, null)
    const { acks, timeoutMs, origin, transactionVersion, verificationGuard } = options
    if (acks === -1 && this.isr.committed.length < this.#minInSync) return done(this.#notEnoughReplicas(), null)
    const append = { leaderEpoch: this.#epoch, origin, transactionVersion, verificationGuard }
    this.#host.log.appendAsLeader(records, append, (error, result) => {
      if (error !== null || result === null) {
        this.#refused(records, error)
        // A log that closed because the replica has gone refuses what came before that; the client may try elsewhere.
        done(this.#resignation ?? error, null)
      } else this.#appended(result, acks, timeoutMs, done)
    })
  }

  #appended(result: AppendResult, acks: number, timeoutMs: number | undefined, done: AppendDone): void {
    const host = this.#host
    if (!result.duplicate) {
      host.metrics.messagesIn += result.lastOffset - result.firstOffset + 1
      host.metrics.bytesIn += result.sizeBytes
      host.appended(result.sizeBytes)
    }
    // A broken invariant has taken the partition offline while this was being written: nothing is promised any more.
    if (host.log.offline) return done(host.log.storageError(), null)
    const endOffset = result.lastOffset + 1
    const resignation = this.#resignation
    if (resignation === null && host.watermark.offset < endOffset) {
      const whenCommitted =
        acks === -1 ? (error: KafkaError | null) => done(error, error === null ? result : null) : null
      if (acks !== -1) done(null, result)
      return this.#uncommitted.add(endOffset, result.sizeBytes, whenCommitted, timeoutMs)
    }
    // Another leader decides what becomes of it.
    if (resignation !== null && acks === -1) return done(resignation, null)
    // The one who appended is told first: nothing that goes wrong with those who wait may keep the answer from it.
    done(null, result)
    if (!this.resigned) host.grew(result.sizeBytes)
  }

  #refused({ length }: Buffer, error: KafkaError | null): void {
    const { metrics } = this.#host
    metrics.failedProduceRequests++
    if (error?.code === ErrorCode.MESSAGE_TOO_LARGE) metrics.bytesRejected += length
    else if (error?.code === ErrorCode.CORRUPT_MESSAGE) metrics.invalidMessageCrcRecords++
  }

  #notEnoughReplicas(): KafkaError {
    const have = `[${this.isr.committed.join(', ')}]`
    const message = `The size of the current ISR ${have} is insufficient to satisfy the min.isr requirement of ${this.#minInSync} for partition ${this.#host.name}`
    return new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS, message)
  }

  /** Everything before `endOffset` is written here. */
  written(endOffset: number): void {
    this.#endOffset = endOffset
    if (!this.resigned) this.#advance()
  }

  #advance(): void {
    if (this.isr.committed.length < this.#minInSync) return
    const committed = this.#followers === NOBODY ? this.#endOffset : this.#smallestEnd()
    if (this.#host.commit(committed) && !this.#uncommitted.isEmpty) this.#release()
  }

  /** Records of earlier epochs have nobody here who appended them: those who wait are told when these are committed. */
  #advanceAndTell(): void {
    const { watermark } = this.#host
    const before = watermark.offset
    this.#advance()
    if (before < this.#epochStartOffset && watermark.offset > before) this.#host.grew(0)
  }

  #smallestEnd(): number {
    const { environment } = this.#host
    const nowMs = environment.clock.monotonicMs()
    let smallest = this.#endOffset
    for (const follower of this.#followers.values()) {
      const { replicaId, logEndOffset, brokerEpoch } = follower
      if (logEndOffset >= smallest) continue
      const mayJoin = () =>
        brokerEpoch !== null &&
        follower.isCaughtUp(this.#endOffset, nowMs, environment.lagTimeMaxMs()) &&
        environment.isEligible(replicaId, brokerEpoch)
      if (this.isr.maximalHas(replicaId) || mayJoin()) smallest = logEndOffset
    }
    return smallest
  }

  #release(): void {
    const enough = this.isr.maximalSize >= this.#minInSync
    const error = enough ? null : new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND)
    this.#host.grew(this.#uncommitted.passed(this.#host.watermark.offset, error))
  }

  /** Throws what a broker is answered that fetches as a replica and is not one, as far as is known here. */
  follower(replicaId: number, namesEpoch: boolean): FollowerProgress {
    const follower = this.#followers.get(replicaId)
    if (follower !== undefined) return follower
    // One that names an epoch may know of a reassignment that is news here.
    throw new KafkaError(namesEpoch ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NOT_LEADER_OR_FOLLOWER)
  }

  /**
   * A replica has asked for what follows `fetch.offset`, and so has everything before it. Throws NOT_LEADER_OR_FOLLOWER to
   * one that fetches in a life of its broker that is over (KIP-903): the next one may have lost what this one had.
   */
  followerFetched(follower: FollowerProgress, fetch: FollowerFetch): void {
    if (this.resigned || this.#host.environment.isStale(follower.replicaId, fetch.brokerEpoch)) {
      throw this.#host.notLeader()
    }
    follower.fetched(fetch)
    this.#advanceAndTell()
    if (!this.#deletions.isEmpty) this.#deletions.passed(this.lowWatermark)
  }

  /**
   * The in-sync replicas as they should be now, for the controller to decide on; from here on they are proposed. Null when
   * they are as they should be, or another proposal is on its way. A replica that has not been caught up for
   * replica.lag.time.max.ms goes; one that has reached the watermark and the start of this epoch, and still fetches, comes.
   */
  proposeInSyncReplicas(): InSyncProposal | null {
    if (this.resigned || this.isr.proposed !== null) return null
    const { environment } = this.#host
    const nowMs = environment.clock.monotonicMs()
    const { committed } = this.isr
    const lagTimeMaxMs = environment.lagTimeMaxMs()
    const belongs = (follower: FollowerProgress): boolean => {
      return committed.includes(follower.replicaId)
        ? follower.isCaughtUp(this.#endOffset, nowMs, lagTimeMaxMs)
        : this.mayJoin(follower) && follower.hasFetchedSince(nowMs - lagTimeMaxMs)
    }
    const { nodeId } = environment
    const wanted = this.#replicas.filter((replicaId) => {
      const follower = this.#followers.get(replicaId)
      return replicaId === nodeId || (follower !== undefined && belongs(follower))
    })
    if (wanted.length === committed.length && wanted.every((replicaId) => committed.includes(replicaId))) return null
    return this.isr.propose(wanted, this.#epoch)
  }

  /** The controller will not carry the proposal out: the replicas in question count no more than before. */
  withdraw(proposal: InSyncProposal): void {
    this.isr.withdraw(proposal)
    if (!this.resigned) this.#advanceAndTell()
  }

  /** Whether a replica that is not in sync has come so far that it may be proposed. */
  mayJoin({ replicaId, logEndOffset, brokerEpoch }: FollowerProgress): boolean {
    if (this.isr.maximalHas(replicaId)) return false
    const hasCommitted = logEndOffset >= this.#host.watermark.offset && logEndOffset >= this.#epochStartOffset
    return hasCommitted && brokerEpoch !== null && this.#host.environment.isEligible(replicaId, brokerEpoch)
  }

  /** The broker epochs of replicas as they fetch with them; -1n of one that has not yet. */
  brokerEpochOf(replicaId: number): bigint {
    return this.#followers.get(replicaId)?.brokerEpoch ?? -1n
  }

  get followers(): Iterable<FollowerProgress> {
    return this.#followers.values()
  }

  get hasFollowers(): boolean {
    return this.#followers !== NOBODY
  }

  /** The smallest log start offset of the replicas that are alive. */
  get lowWatermark(): number {
    let low = this.#host.log.logStartOffset
    for (const { replicaId, logStartOffset } of this.#followers.values()) {
      if (logStartOffset < low && this.#host.environment.isEligible(replicaId, -1n)) low = logStartOffset
    }
    return low
  }

  /**
   * DeleteRecords: moves the log start offset to `offset`, or to the high watermark for -1. Resolves to the low watermark
   * once every replica that is alive has done so; rejects with REQUEST_TIMED_OUT when they take longer than `timeoutMs`.
   */
  async deleteRecords(offset: number, timeoutMs?: number): Promise<number> {
    const { log, watermark, name } = this.#host
    if (log.config.compact && !log.config.delete) {
      const message = `Records of partition ${name} can not be deleted due to the configured policy`
      throw new KafkaError(ErrorCode.POLICY_VIOLATION, message)
    }
    const highWatermark = watermark.offset
    const target = offset === DELETE_TO_HIGH_WATERMARK ? highWatermark : offset
    if (target < 0 || target > highWatermark) {
      const message = `Cannot increment the log start offset to ${target} of partition ${name} since it is larger than the high watermark ${highWatermark}`
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, message)
    }
    try {
      await log.deleteRecordsBefore(target)
    } catch (error) {
      throw this.#resignation ?? error
    }
    if (this.#resignation !== null) throw this.#resignation
    if (this.lowWatermark < target) {
      await new Promise<void>((resolve, reject) => {
        const done = (error: KafkaError | null) => (error === null ? resolve() : reject(error))
        this.#deletions.add(target, 0, done, timeoutMs)
      })
    }
    return this.lowWatermark
  }

  /** Nothing is appended by this role any more, and those who wait are told so. */
  resign(error: KafkaError): void {
    this.#resignation = error
    this.#uncommitted.refuse(error)
    this.#deletions.refuse(error)
  }
}
