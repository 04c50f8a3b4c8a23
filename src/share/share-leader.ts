/**
 * A share partition at work: this broker leads the partition, so it keeps its state for the group.
 *
 *     loading ──state read──> active ──another leader, another state, topic or group gone──> fenced
 *        └──could not be read──> fenced
 *
 * A request that finds the leader of a share partition fenced makes a new one, which reads the state anew. The pure machine
 * is `partition/share-partition.ts`; here its changes are stored, its locks get a timer, and requests that wait for records
 * are told when there may be some.
 */
import { ErrorCode, errorMessage, KafkaError } from '../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../protocol/list-offsets-timestamp.ts'
import type { SharePartitionKey } from '../coordinator/share/share-state.ts'
import type { SharePersister } from '../coordinator/share-persister.ts'
import type { Clock, Timer } from '../env/index.ts'
import { Listeners } from '../env/listeners.ts'
import type { Logger } from '../env/logger.ts'
import type { Partition } from '../replication/partition.ts'
import { type Acknowledgement, acknowledge } from './partition/acknowledge.ts'
import { type Change, type DeadRecords, SharePartition } from './partition/share-partition.ts'
import { ReadSize } from './read-size.ts'
import type { OffsetReset, SharePartitionConfig } from './share-config.ts'

export interface ShareLeaderServices {
  readonly persister: SharePersister
  readonly clock: Clock
  readonly config: SharePartitionConfig
  readonly logger: Logger
  /** Writes records that were given up to the group's dead-letter queue; resolves when that is done, or given up too. */
  readonly bury: (key: SharePartitionKey, partition: Partition, dead: DeadRecords) => Promise<void>
}

/**
 *   changed    records may have become available, or the leader is fenced
 *   unlocked   somebody has finished reading
 */
export type ShareEvent = 'changed' | 'unlocked'

/** Errors after which the state here is not the one that counts. */
const FENCING: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.FENCED_STATE_EPOCH,
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
])

export class ShareLeader {
  readonly key: SharePartitionKey
  readonly partition: Partition
  readonly leaderEpoch: number
  readonly readSize = new ReadSize()
  /** Resolves when the state is read, or could not be (`failure`). */
  readonly loaded: Promise<void>
  readonly #services: ShareLeaderServices
  readonly #listeners = new Listeners<ShareEvent>()
  readonly #unwatch: () => void
  #share: SharePartition | null = null
  #failure: KafkaError | null = null
  #isRead = false
  #lockTimer: { readonly timer: Timer; readonly atMs: number } | null = null

  /** Throws NOT_LEADER_OR_FOLLOWER. */
  constructor(key: SharePartitionKey, partition: Partition, services: ShareLeaderServices) {
    partition.leader()
    this.key = key
    this.partition = partition
    this.leaderEpoch = partition.leaderEpoch
    this.#services = services
    this.#unwatch = partition.onProgress((grownBytes) => {
      if (grownBytes === 0) this.#checkRole()
    })
    this.loaded = this.#load()
  }

  /** Null until the state is read, and once it counts no more. */
  get share(): SharePartition | null {
    return this.#failure === null ? this.#share : null
  }

  /** Why the leader is fenced; null: it is not. */
  get failure(): KafkaError | null {
    return this.#failure
  }

  onEvent(listener: (event: ShareEvent) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** One fetch at a time reads, so that two do not read what one of them will get. */
  tryLock(): 'locked' | 'taken' | 'nothing' {
    const { share } = this
    if (share === null) return 'nothing'
    if (this.#isRead) return 'taken'
    if (!share.canAcquire()) return 'nothing'
    this.#isRead = true
    return 'locked'
  }

  unlock(): void {
    this.#isRead = false
    this.#emit('unlocked')
  }

  /** Records were acquired: their locks end in time. */
  acquired(): void {
    this.#watchLocks(this.#nowMs() + this.#services.config.limits(this.key.groupId).lockMs)
  }

  /** Rejects with the error that the client is told. */
  async acknowledge(memberId: string, acknowledgements: readonly Acknowledgement[]): Promise<void> {
    const share = this.#active()
    const change = acknowledge(share, memberId, acknowledgements, this.#nowMs())
    await this.#store(share, change)
  }

  /** The member's session has ended. Rejects as `acknowledge`. */
  async release(memberId: string): Promise<void> {
    const share = this.#active()
    await this.#store(share, share.release(memberId))
  }

  fence(error: KafkaError): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#lockTimer?.timer.cancel()
    this.#unwatch()
    this.#emit('changed')
  }

  #active(): SharePartition {
    if (this.#failure !== null) throw this.#failure
    if (this.#share === null) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE)
    return this.#share
  }

  #nowMs(): number {
    return this.#services.clock.monotonicMs()
  }

  #checkRole(): void {
    try {
      if (this.partition.leaderEpoch !== this.leaderEpoch) throw this.partition.notLeader()
      this.partition.leader()
    } catch (error) {
      this.fence(error instanceof KafkaError ? error : this.partition.notLeader())
    }
  }

  async #load(): Promise<void> {
    const { persister, config, logger } = this.#services
    const { groupId } = this.key
    try {
      const stored = await persister.read(this.key, this.leaderEpoch)
      if (stored.errorCode !== ErrorCode.NONE) throw persisterError(stored.errorCode, stored.errorMessage)
      const { stateEpoch, batches } = stored
      const startOffset = stored.startOffset === -1 ? await this.#firstOffset() : stored.startOffset
      if (this.#failure !== null) return
      this.#share = new SharePartition({ startOffset, stateEpoch, batches }, () => config.limits(groupId))
    } catch (error) {
      if (!(error instanceof KafkaError)) logger.error({ err: error }, `The state of ${this.#name} could not be read`)
      return this.fence(error instanceof KafkaError ? error : new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR))
    }
    for (const dead of this.#share.unfinishedDead()) this.#bury(this.#share, dead)
    this.#emit('changed')
  }

  get #name(): string {
    return `${this.key.groupId}:${this.partition.name}`
  }

  async #firstOffset(): Promise<number> {
    const reset = this.#services.config.offsetReset(this.key.groupId)
    const reader = { isolation: 'readUncommitted', onlyLeader: true } as const
    const found = await this.partition.offsetForTimestamp(this.#timestampOf(reset), reader)
    if (found !== null) return found.offset
    // Nothing is as young as that: the records to come are the first.
    const end = await this.partition.offsetForTimestamp(ListOffsetsTimestamp.LATEST, reader)
    if (end === null) throw new KafkaError(ErrorCode.OFFSET_NOT_AVAILABLE)
    return end.offset
  }

  #timestampOf(reset: OffsetReset): number {
    if (reset === 'earliest') return ListOffsetsTimestamp.EARLIEST
    if (reset === 'latest') return ListOffsetsTimestamp.LATEST
    return Math.max(0, this.#services.clock.nowMs() - reset.beforeNowMs)
  }

  /** Stores a change, settles it, and goes on with what it was to be the first half of. */
  async #store(share: SharePartition, change: Change): Promise<void> {
    if (change.batches.length === 0) return
    const error = await this.#write(share, change)
    if (this.#failure !== null) throw this.#failure
    share.settle(change, error === null, this.#nowMs())
    if (error === null) for (const dead of change.dead) this.#bury(share, dead)
    this.#emit('changed')
    if (error === null) return
    this.#watchLocks(share.nextLockEndMs())
    if (FENCING.has(error.code)) this.fence(error)
    throw error
  }

  async #write(share: SharePartition, { batches }: Change): Promise<KafkaError | null> {
    const { stateEpoch, startOffset, deliveryCompleteCount } = share
    const update = { stateEpoch, leaderEpoch: this.leaderEpoch, startOffset, deliveryCompleteCount, batches }
    const { errorCode, errorMessage: message } = await this.#services.persister.write(this.key, update)
    return errorCode === ErrorCode.NONE ? null : persisterError(errorCode, message)
  }

  /** The dead-letter queue tells in the log what it could not take; here the records are done with either way. */
  #bury(share: SharePartition, dead: DeadRecords): void {
    this.#services
      .bury(this.key, this.partition, dead)
      .then(() => (this.#failure === null ? this.#store(share, share.archived(dead)) : undefined))
      .catch((err) => this.#services.logger.warn({ err }, `Records of ${this.#name} could not be archived`))
  }

  #watchLocks(atMs: number | null): void {
    const watched = this.#lockTimer
    if (atMs === null || this.#failure !== null || (watched !== null && watched.atMs <= atMs)) return
    watched?.timer.cancel()
    const { clock } = this.#services
    // Acknowledgements that have come in time are handled before locks are judged.
    const fire = () => clock.defer(() => this.#endLocks())
    this.#lockTimer = { atMs, timer: clock.schedule(Math.max(1, atMs - this.#nowMs()), fire) }
  }

  #endLocks(): void {
    this.#lockTimer = null
    const share = this.#share
    if (share === null || this.#failure !== null) return
    const change = share.endLocks(this.#nowMs())
    this.#watchLocks(share.nextLockEndMs())
    if (change.batches.length === 0) return
    this.#emit('changed')
    this.#store(share, change).catch((err) => {
      this.#services.logger.debug({ err }, `Locks of ${this.#name} have ended, which could not be stored`)
    })
  }

  #emit(event: ShareEvent): void {
    this.#listeners.tell(event)
  }
}

/** The error that a client is told for one of the share coordinator's, as Kafka has it. */
function persisterError(code: number, message: string | null): KafkaError {
  const text = message ?? errorMessage(code) ?? undefined
  switch (code) {
    case ErrorCode.NOT_COORDINATOR:
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      return new KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, text)
    case ErrorCode.GROUP_ID_NOT_FOUND:
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return new KafkaError(code, text)
    case ErrorCode.FENCED_LEADER_EPOCH:
    case ErrorCode.FENCED_STATE_EPOCH:
      return new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER, text)
    default:
      return new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, text)
  }
}
