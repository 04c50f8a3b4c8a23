/**
 * A partition of which this broker has a replica: the log, the high watermark, and the role that the replica plays.
 *
 * States: leader or follower (`LeaderRole`, `FollowerRole`: two values with states of their own) → changing (the old role
 * has resigned, and the log writes what was asked of it before) → leader or follower …; → offline, when a disk has failed
 * or an invariant was found broken: everything is answered KAFKA_STORAGE_ERROR; → retired, when the topic is deleted or the
 * replica is other brokers': everybody who was not answered before is told which of the two.
 *
 * Invariants: log start offset ≤ last stable offset ≤ high watermark ≤ log end offset. Readers see nothing beyond the high
 * watermark. A role acts only while it is the partition's. Nothing that one role has asked of the log is written after the
 * next one has begun, so epochs in the log never go back.
 *
 * A crash may come at any point: what role a replica plays is not on its disk. The next start asks the metadata, and the
 * watermark goes on from its checkpoint (`HighWatermark`).
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../protocol/list-offsets-timestamp.ts'
import { BatchField, LOG_OVERHEAD } from '../../protocol/records/batch.ts'
import { InvariantError } from '../env/invariant.ts'
import { Listeners } from '../env/listeners.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type {
  AbortedTransaction,
  AppendDone,
  FetchedRecords,
  PartitionLog,
  TimestampOffset,
} from '../log/partition-log.ts'
import type { Replica } from '../log/replica.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import type { FetchPartition, FetchResult } from './fetch-session.ts'
import { type EpochEndOffset, FollowerRole } from './follower-role.ts'
import { HighWatermark } from './high-watermark.ts'
import type { InSyncProposal } from './in-sync-replicas.ts'
import { LeaderRole, type PartitionAppend, type RoleHost } from './leader-role.ts'
import type { DecidedState, PartitionState, ProposingPartition, ReplicaEnvironment } from './partition-state.ts'

export type { PartitionAppend } from './leader-role.ts'

export type Isolation = 'readUncommitted' | 'readCommitted'

/** Another broker, or a tool that says it is one, that fetches as a replica. */
export interface FetchingReplica {
  readonly id: number
  /** -1n: it does not say (before KIP-903). */
  readonly brokerEpoch: bigint
}

export interface PartitionFetchOptions {
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly isolation: Isolation
  readonly onlyLeader: boolean
  /** Given: isolation does not matter, a replica reads to the log end. */
  readonly replica?: FetchingReplica | null
  /** Whether this is the first read of a request: the one that tells how far a replica has come. */
  readonly isFirst?: boolean
}

/** A reader that asks for offsets. */
export interface OffsetReader {
  /** How far a consumer sees; null: to the log end, as a replica or a debugger does. */
  readonly isolation: Isolation | null
  readonly onlyLeader: boolean
}

/** Called when readers may see more: with the bytes by which the readable part of the log has grown. */
export type ProgressListener = (grownBytes: number) => void

const UNDEFINED_EPOCH_END: EpochEndOffset = { epoch: -1, endOffset: -1 }
/** The epoch in the request of a client that is too old to know one. */
const NO_EPOCH = -1
const NOBODY = -1
const UNKNOWN_BROKER_EPOCH = -1n

export class Partition implements Replica, RoleHost, ProposingPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly log: PartitionLog
  readonly environment: ReplicaEnvironment
  readonly watermark: HighWatermark
  readonly metrics: TopicMetrics
  readonly #listeners = new Listeners<number>()
  readonly #replicaListeners = new Listeners<number>()
  #state: PartitionState
  #role: LeaderRole | FollowerRole
  /** Why the replica is not here any longer; null: it is. */
  #retirement: KafkaError | null = null

  constructor(log: PartitionLog, state: PartitionState, environment: ReplicaEnvironment) {
    this.topic = log.topic
    this.topicId = log.topicId
    this.partition = log.partition
    this.log = log
    this.environment = environment
    this.watermark = new HighWatermark(log)
    this.metrics = environment.metricsOf(log.topic)
    this.#state = state
    log.attach(this)
    this.#role = this.#roleFor(state)
  }

  #roleFor(state: PartitionState): LeaderRole | FollowerRole {
    const leads = state.leaderId === this.environment.nodeId
    return leads ? new LeaderRole(this, state) : new FollowerRole(this, state)
  }

  /** `orders-0` */
  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  get role(): LeaderRole | FollowerRole {
    return this.#role
  }

  /** The broker that leads; -1 where nobody does. */
  get leaderId(): number {
    return this.#state.leaderId
  }

  get leaderEpoch(): number {
    return this.#state.leaderEpoch
  }

  get state(): PartitionState {
    return this.#state
  }

  get highWatermark(): number {
    return this.watermark.offset
  }

  get lastStableOffset(): number {
    return this.log.lastStableOffsetAt(this.watermark.offset)
  }

  /**
   * The metadata has another state of the partition. Resolves when the replica plays the role that it says; a state that
   * is older than the one known changes nothing.
   */
  async follow(state: PartitionState): Promise<void> {
    if (state.partitionEpoch < this.#state.partitionEpoch) return
    const role = this.#role
    const kind = state.leaderId === this.environment.nodeId ? 'leader' : 'follower'
    if (role.resigned || role.kind !== kind) await this.#change(state)
    else if (state.leaderEpoch === role.epoch) this.#update(state)
    else if (role.kind === 'follower') await this.#change(state)
    // The new epoch begins behind everything that the old one has put on its way.
    else await this.log.holdAppends(async () => void (role === this.#role && !role.resigned && this.#update(state)))
    this.grew(0)
  }

  #update(state: PartitionState): void {
    this.#state = state
    this.#role.update(state)
  }

  async #change(state: PartitionState): Promise<void> {
    this.#state = state
    const old = this.#role
    old.resign(this.notLeader())
    await old.settled()
    await this.log.settled()
    // The partition may have been told of a newer state, or been deleted, while the log was busy.
    if (this.#state === state && this.#retirement === null) this.#role = this.#roleFor(state)
  }

  /** The controller's answer to a proposal: other in-sync replicas, of the same leader in the same epoch. */
  decided({ leaderEpoch, partitionEpoch, inSyncReplicas }: DecidedState): void {
    const role = this.#role
    const isNews = role.kind === 'leader' && leaderEpoch === role.epoch && partitionEpoch > this.#state.partitionEpoch
    if (!isNews || role.resigned) return
    this.#update({ ...this.#state, partitionEpoch, inSyncReplicas })
    this.grew(0)
  }

  isProposed(proposal: InSyncProposal): boolean {
    return this.#role.kind === 'leader' && !this.#role.resigned && this.#role.isr.proposed === proposal
  }

  brokerEpochOf(replicaId: number): bigint {
    return this.#role.kind === 'leader' ? this.#role.brokerEpochOf(replicaId) : UNKNOWN_BROKER_EPOCH
  }

  withdraw(proposal: InSyncProposal): void {
    if (this.#role.kind === 'leader') this.#role.withdraw(proposal)
  }

  /** Asks the controller for the in-sync replicas as they should be now, if they are others. */
  maintainInSyncReplicas(): void {
    const role = this.#role
    if (role.kind !== 'leader' || !role.hasFollowers || this.log.offline) return
    const proposal = role.proposeInSyncReplicas()
    if (proposal !== null) this.environment.propose(this, proposal)
  }

  /** The replica is not here any longer: those who wait are told why by this error. */
  retire(errorCode: number): void {
    this.#retirement = new KafkaError(errorCode)
    this.#role.resign(this.#retirement)
    this.log.attach(null)
    this.grew(0)
  }

  /**
   * The role of leader. Throws FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH to those who name another epoch (KIP-320),
   * NOT_LEADER_OR_FOLLOWER where this broker does not lead, or with what another end of the role was told.
   */
  leader(currentLeaderEpoch = NO_EPOCH): LeaderRole {
    this.#checkLeaderEpoch(currentLeaderEpoch)
    if (this.#role.kind !== 'leader') throw this.notLeader()
    if (this.#role.resignation !== null) throw this.#role.resignation
    return this.#role
  }

  #checkLeaderEpoch(currentLeaderEpoch: number): void {
    const { leaderEpoch } = this.#state
    if (currentLeaderEpoch === NO_EPOCH || currentLeaderEpoch === leaderEpoch) return
    throw new KafkaError(
      currentLeaderEpoch < leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH,
    )
  }

  /** The epoch must be the current one; who leads matters only where it must be this broker. */
  #checkReader(currentLeaderEpoch: number, onlyLeader: boolean): void {
    if (onlyLeader) this.leader(currentLeaderEpoch)
    else this.#checkLeaderEpoch(currentLeaderEpoch)
  }

  notLeader(): KafkaError {
    const { leaderId, leaderEpoch } = this.#state
    const who = leaderId === -1 ? 'nobody leads it' : `broker ${leaderId} leads it`
    return new KafkaError(
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
      `This broker does not lead ${this.name}: ${who} in epoch ${leaderEpoch}`,
    )
  }

  /** Appends a client's or a coordinator's batches, where this broker leads. `done` is called once. */
  append(records: Buffer, options: PartitionAppend, done: AppendDone): void {
    this.metrics.totalProduceRequests++
    if (this.#role.kind === 'leader') this.#role.append(records, options, done)
    else done(this.notLeader(), null)
  }

  /** The log says: everything before `endOffset` is written. */
  written(endOffset: number): void {
    this.#role.written(endOffset)
  }

  /** The role says: everything before `offset` is committed. Whether the watermark has moved. */
  commit(offset: number): boolean {
    try {
      return this.watermark.advanceTo(offset)
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      this.#end(error)
      return false
    }
  }

  /** The replica cannot be trusted any more, and says nothing but KAFKA_STORAGE_ERROR. */
  #end(error: InvariantError): void {
    this.environment.logger.error({ err: error }, `${this.name} is taken offline.`)
    this.log.takeOffline(error)
    this.#role.resign(this.log.storageError())
    this.grew(0)
  }

  /** Tells those who wait that readers may see more, or (0 bytes) that the partition's state may have changed. */
  grew(grownBytes: number): void {
    this.#listeners.tell(grownBytes)
    if (grownBytes === 0) this.appended(0)
  }

  /** Tells replicas that wait that they may see more, or (0 bytes) that the partition's state may have changed. */
  appended(grownBytes: number): void {
    this.#replicaListeners.tell(grownBytes)
  }

  /** Calls `listener` when readers may see more, until the returned function is called. */
  onProgress(listener: ProgressListener): () => boolean {
    return this.#listeners.add(listener)
  }

  /** As `onProgress`, for replicas, which also see what is not committed. */
  onAppended(listener: ProgressListener): () => boolean {
    return this.#replicaListeners.add(listener)
  }

  /** The end of what a reader may see. */
  readableEnd(isolation: Isolation): number {
    return isolation === 'readCommitted' ? this.lastStableOffset : this.highWatermark
  }

  /** The end of what a replica may see. */
  get replicableEnd(): number {
    return this.#role.kind === 'leader' ? this.#role.endOffset : this.log.logEndOffset
  }

  /**
   * Reads at most `maxBytes` from the asked offset on, at least one whole batch when `minOneBatch`. Offsets in the
   * result are those from before the read. Errors of the read are thrown as `KafkaError`s.
   */
  fetch(request: FetchPartition, options: PartitionFetchOptions): FetchResult | Promise<FetchResult> {
    // A request that waits reads again, and is still one.
    if (options.isFirst !== false) this.metrics.totalFetchRequests++
    if (options.replica) return this.#fetchAsReplica(request, options, options.replica)
    this.#checkReader(request.currentLeaderEpoch, options.onlyLeader)
    const read = this.#read(request, options, this.readableEnd(options.isolation))
    return read instanceof Promise ? this.#lookUp(read) : read
  }

  /** The end of a look into the log. A log that has gone meanwhile is no failure of the disk: its reader is told why it went. */
  async #lookUp<T>(looking: Promise<T>): Promise<T> {
    try {
      return await looking
    } catch (error) {
      throw this.#retirement ?? error
    }
  }

  /** A replica reads from the leader alone, and says by its offset how far it has come. */
  #fetchAsReplica(
    request: FetchPartition,
    options: PartitionFetchOptions,
    { id, brokerEpoch }: FetchingReplica,
  ): FetchResult | Promise<FetchResult> {
    const leader = this.leader(request.currentLeaderEpoch)
    const follower = leader.follower(id, request.currentLeaderEpoch !== NO_EPOCH)
    const { epoch, endOffset: leaderEndOffset } = leader
    const timeMs = this.environment.clock.monotonicMs()
    const note = (result: FetchResult): FetchResult => {
      if (!options.isFirst || result.divergingEpoch !== null) return result
      // A read that took long says nothing of the follower in the leader's next epoch.
      if (leader.epoch !== epoch) return result
      const { fetchOffset: offset, logStartOffset } = request
      try {
        leader.followerFetched(follower, { offset, logStartOffset, brokerEpoch, leaderEndOffset, timeMs })
      } catch (error) {
        releaseAll(result.records)
        throw error
      }
      if (leader.mayJoin(follower)) this.maintainInSyncReplicas()
      result.highWatermark = this.highWatermark
      return result
    }
    const read = this.#read(request, { ...options, isolation: 'readUncommitted' }, leaderEndOffset)
    return read instanceof Promise ? this.#lookUp(read.then(note)) : note(read)
  }

  /** The offsets alone, for a client that is to read elsewhere (KIP-392). */
  fetchElsewhere(request: FetchPartition, preferredReadReplica: number): FetchResult {
    this.#checkLeaderEpoch(request.currentLeaderEpoch)
    return { ...this.#emptyResult(request), preferredReadReplica }
  }

  #read(request: FetchPartition, options: PartitionFetchOptions, upTo: number): FetchResult | Promise<FetchResult> {
    const result = this.#emptyResult(request)
    const diverging = this.#divergingEpoch(request)
    if (diverging !== null) {
      result.divergingEpoch = { epoch: diverging.epoch, endOffset: BigInt(diverging.endOffset) }
      return result
    }
    result.readableEnd = upTo
    // Kafka's log fails to read less than nothing, which it notices only where there is something to read.
    if (options.maxBytes < 0 && request.fetchOffset >= this.log.logStartOffset && request.fetchOffset < upTo) {
      throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    }
    const read = this.log.read(request.fetchOffset, {
      maxBytes: Math.max(0, options.maxBytes),
      upToOffset: upTo,
      minOneBatch: options.minOneBatch,
    })
    return read instanceof Promise
      ? read.then((records) => this.#complete(result, records, options.isolation))
      : this.#complete(result, read, options.isolation)
  }

  #complete(result: FetchResult, records: FetchedRecords, isolation: Isolation): FetchResult | Promise<FetchResult> {
    // A first batch that was cut says nothing: the client gets it when its turn for a whole one comes (KIP-74).
    if (isCut(records)) {
      releaseAll(records.buffers)
      return result
    }
    result.records = records.buffers
    result.sizeBytes = records.sizeBytes
    if (isolation === 'readUncommitted') return result
    const withAborted = (aborted: readonly AbortedTransaction[]): FetchResult => {
      result.abortedTransactions = aborted.map(({ producerId, firstOffset }) => ({
        producerId: BigInt(producerId),
        firstOffset: BigInt(firstOffset),
      }))
      return result
    }
    const fail = (error: unknown): never => {
      releaseAll(records.buffers)
      throw error
    }
    const aborted = this.log.abortedTransactions(records)
    return aborted instanceof Promise ? aborted.then(withAborted, fail) : withAborted(aborted)
  }

  #emptyResult(request: FetchPartition): FetchResult {
    return {
      request,
      errorCode: ErrorCode.NONE,
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.log.logStartOffset,
      readableEnd: -1,
      preferredReadReplica: NOBODY,
      records: [],
      sizeBytes: 0,
      abortedTransactions: null,
      divergingEpoch: null,
    }
  }

  /** KIP-595: where the client's log leaves ours, when it says which epoch its last record had. */
  #divergingEpoch(request: FetchPartition): EpochEndOffset | null {
    if (request.lastFetchedEpoch === -1) return null
    const end = this.#epochEnd(request.lastFetchedEpoch)
    if (end.endOffset === -1 || end.epoch === -1 || request.fetchOffset < this.log.logStartOffset) {
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    }
    return end.epoch < request.lastFetchedEpoch || end.endOffset < request.fetchOffset ? end : null
  }

  /** The answer to OffsetForLeaderEpoch where this broker leads; -1 for an epoch of which the log knows nothing. */
  endOffsetForEpoch(epoch: number, currentLeaderEpoch = NO_EPOCH): EpochEndOffset {
    this.leader(currentLeaderEpoch)
    return this.#epochEnd(epoch)
  }

  #epochEnd(epoch: number): EpochEndOffset {
    return this.log.endOffsetForEpoch(epoch) ?? UNDEFINED_EPOCH_END
  }

  /**
   * ListOffsets. Resolves to null when there is no such offset. Rejects with OFFSET_NOT_AVAILABLE while a new leader does not
   * know yet how far its log is committed (KIP-207).
   */
  async offsetForTimestamp(
    timestamp: number,
    { isolation, onlyLeader, currentLeaderEpoch = NO_EPOCH }: OffsetReader & { currentLeaderEpoch?: number },
  ): Promise<TimestampOffset | null> {
    this.#checkReader(currentLeaderEpoch, onlyLeader)
    const isUnknown = isolation !== null && this.#isWatermarkBehindEpoch()
    const end = isolation === null ? this.log.logEndOffset : this.readableEnd(isolation)
    if (timestamp === ListOffsetsTimestamp.LATEST) {
      if (isUnknown) throw new KafkaError(ErrorCode.OFFSET_NOT_AVAILABLE)
      return { offset: end, timestamp: -1, leaderEpoch: this.leaderEpoch }
    }
    const found = await this.#lookUp(this.log.offsetForTimestamp(timestamp))
    if (timestamp === ListOffsetsTimestamp.EARLIEST || timestamp === ListOffsetsTimestamp.EARLIEST_LOCAL) return found
    if (found !== null && found.offset < end) return found
    if (isUnknown) throw new KafkaError(ErrorCode.OFFSET_NOT_AVAILABLE)
    return null
  }

  #isWatermarkBehindEpoch(): boolean {
    return this.#role.kind === 'leader' && this.#role.epochStartOffset > this.highWatermark
  }

  /** ListOffsets v0: at most `maxCount` offsets of segments, the largest first; a client is told of none it cannot read. */
  async segmentOffsetsBefore(timestamp: number, maxCount: number, reader: OffsetReader): Promise<number[]> {
    this.#checkReader(NO_EPOCH, reader.onlyLeader)
    const offsets = await this.#lookUp(this.log.segmentOffsetsBefore(timestamp, maxCount))
    const end = this.highWatermark
    if (reader.isolation === null || !offsets.some((offset) => offset > end)) return offsets
    return [end, ...offsets.filter((offset) => offset <= end)]
  }
}

/** Whether not even the first batch is whole. */
function isCut({ buffers, sizeBytes }: FetchedRecords): boolean {
  const [first] = buffers
  if (first === undefined || sizeBytes === 0) return false
  if (sizeBytes < LOG_OVERHEAD) return true
  const start = first.length < LOG_OVERHEAD ? Buffer.concat([...buffers], LOG_OVERHEAD) : first
  return sizeBytes < LOG_OVERHEAD + start.readInt32BE(BatchField.LENGTH)
}
