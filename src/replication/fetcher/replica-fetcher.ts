/**
 * Fetches for the replicas here of partitions that one broker leads: asks for all that may be asked for, appends what
 * comes, and asks again from where the logs end then. One request is under way at a time, and the next one is sent when
 * everything that the last one brought is written: the offset that a follower asks for is what its leader takes it to have.
 *
 * States: running (truncating → fetching → appending → …, idle where there is nothing to ask for) → stopped.
 *
 * A crash may come at any point: nothing here is on the disk but the logs, and the next start asks from their ends.
 */
import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import type { FetchResponse } from '../../../protocol/messages/fetch.ts'
import { ClientError } from '../../client/errors.ts'
import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { releaseAll } from '../../env/slab-pool.ts'
import type { ReplicationThrottle } from '../replication-throttle.ts'
import type { FollowedPartition } from './followed-partition.ts'
import { FollowerSession, partitionKey, type SessionRequest, type WantedPartition } from './follower-session.ts'
import type { FollowerSettings, LeaderEndpoint } from './leader-endpoint.ts'

export interface ReplicaFetcherOptions {
  readonly leader: LeaderEndpoint
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: () => FollowerSettings
  readonly throttle: ReplicationThrottle
}

type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number]

/** A session that the leader has forgotten, or counts otherwise: the next request opens another one. */
const NEW_SESSION: ReadonlySet<number> = new Set([
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
])

/** Errors that pass by themselves: while topics and leaders change, brokers hear of it one after another. */
const PASSING: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
])

export class ReplicaFetcher {
  readonly #options: ReplicaFetcherOptions
  readonly #session = new FollowerSession()
  /** In the order in which they are asked for: those that brought data last go to the end, so that none starves. */
  readonly #partitions = new Map<string, FollowedPartition>()
  #isStopped = false
  #wake: () => void = () => {}
  readonly #running: Promise<void>

  constructor(options: ReplicaFetcherOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  get size(): number {
    return this.#partitions.size
  }

  add(partition: FollowedPartition): void {
    this.#partitions.set(partition.key, partition)
    this.#wake()
  }

  remove(partition: FollowedPartition): void {
    if (this.#partitions.get(partition.key) === partition) this.#partitions.delete(partition.key)
    this.#wake()
  }

  /** Resolves when nothing is fetched or appended any more. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#options.leader.close()
    this.#wake()
    return this.#running
  }

  async #run(): Promise<void> {
    // Partitions that are added together are asked for together.
    await this.#pause(0)
    while (!this.#isStopped) {
      try {
        await this.#truncate()
        await this.#fetch()
      } catch (err) {
        this.#options.logger.error({ err }, 'A fetcher of replicas failed unexpectedly.')
        await this.#pause(this.#options.settings().backoffMs)
      }
    }
  }

  async #truncate(): Promise<void> {
    for (const followed of [...this.#partitions.values()]) {
      if (!followed.isTruncating) continue
      const offset = followed.fetchOffset
      await this.#guarded(followed, async () => {
        if (offset < followed.partition.log.logEndOffset) await followed.role.truncateTo(offset)
        followed.goOnFrom(offset)
      })
    }
  }

  async #fetch(): Promise<void> {
    const settings = this.#options.settings()
    const request = this.#session.next(this.#wanted(settings))
    if (request === null) return this.#pause(this.#idleMs(settings))
    const lent: Buffer[] = []
    try {
      const response = await this.#ask(request, settings, (frame) => lent.push(frame))
      if (response !== null && !this.#isStopped) await this.#takeAll(response)
    } finally {
      // Everything that came is written, or will never be.
      releaseAll(lent)
    }
  }

  async #takeAll(response: FetchResponse): Promise<void> {
    if (!this.#session.accept(response)) return this.#refused(response)
    const answers: Promise<void>[] = []
    for (const { topicId, partitions } of response.responses) {
      for (const answer of partitions) {
        const followed = this.#partitions.get(partitionKey(topicId, answer.partitionIndex))
        // It may have been taken away, or have begun with another role, while the leader was being asked.
        if (followed !== undefined && this.#wasAsked.get(followed.key) === followed) {
          answers.push(this.#guarded(followed, () => this.#take(followed, answer)))
        }
      }
    }
    await Promise.all(answers)
  }

  /** A leader that goes on refusing is not asked again and again without a pause. */
  #refused({ errorCode }: FetchResponse): void {
    if (NEW_SESSION.has(errorCode)) return
    this.#options.logger.warn(
      `A leader answered a fetch of replicas with ${errorName(errorCode)}, or beside the question.`,
    )
    for (const followed of this.#partitions.values()) this.#delay(followed)
  }

  /** How long there is nothing to ask for; null: until a partition is added. */
  #idleMs({ backoffMs }: FollowerSettings): number | null {
    if (this.#partitions.size === 0) return null
    const nowMs = this.#options.clock.monotonicMs()
    let idleMs = backoffMs
    for (const followed of this.#partitions.values()) {
      const delayMs = followed.delayMs(nowMs)
      if (delayMs > 0 && delayMs < idleMs) idleMs = delayMs
    }
    return idleMs
  }

  /** The partitions of the request that is under way. */
  #wasAsked: ReadonlyMap<string, FollowedPartition> = new Map()

  #wanted(settings: FollowerSettings): Map<string, WantedPartition> {
    const { clock, throttle } = this.#options
    const nowMs = clock.monotonicMs()
    const asked = new Map<string, FollowedPartition>()
    const wanted = new Map<string, WantedPartition>()
    for (const followed of this.#partitions.values()) {
      const { partition, role, key } = followed
      if (role.resigned || partition.log.offline) this.#partitions.delete(key)
      else if (!followed.isTruncating && !followed.isDelayed(nowMs) && !this.#isHeldBack(followed, throttle)) {
        asked.set(key, followed)
        wanted.set(key, followed.wanted(settings.partitionMaxBytes))
      }
    }
    this.#wasAsked = asked
    return wanted
  }

  /** A replica that is in sync is not held back: it would fall out of sync (KIP-73). */
  #isHeldBack(followed: FollowedPartition, throttle: ReplicationThrottle): boolean {
    return !followed.isInSync && throttle.isThrottled(followed.partition) && throttle.isExceeded()
  }

  async #ask(
    request: SessionRequest,
    settings: FollowerSettings,
    lent: (frame: Buffer) => void,
  ): Promise<FetchResponse | null> {
    const { leader, logger } = this.#options
    try {
      return await leader.fetch(request, settings, lent)
    } catch (err) {
      this.#session.failed()
      if (this.#isStopped) return null
      logger.warn({ err }, `A leader could not be asked; ${this.#partitions.size} replicas of its partitions wait.`)
      for (const followed of this.#partitions.values()) this.#delay(followed)
      return null
    }
  }

  #delay(followed: FollowedPartition): void {
    const { clock, settings } = this.#options
    followed.delay(clock.monotonicMs() + settings().backoffMs)
  }

  #delayBriefly(followed: FollowedPartition): void {
    const { clock, settings } = this.#options
    followed.delayBriefly(clock.monotonicMs(), settings().backoffMs)
  }

  async #take(followed: FollowedPartition, answer: PartitionAnswer): Promise<void> {
    const { errorCode, divergingEpoch } = answer
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#resetOffset(followed)
    if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode)
    followed.answered()
    if (divergingEpoch.epoch === -1) return this.#append(followed, answer)
    const { epoch, endOffset } = divergingEpoch
    const { offset } = await followed.role.truncateToEpochEnd({ epoch, endOffset: Number(endOffset) })
    // Where that was not far enough, the next answer says so.
    followed.goOnFrom(offset)
  }

  async #append(followed: FollowedPartition, answer: PartitionAnswer): Promise<void> {
    const { partition, role, key } = followed
    const records = answer.records ?? EMPTY
    const highWatermark = Number(answer.highWatermark)
    const result = await role.append(records, { highWatermark, logStartOffset: Number(answer.logStartOffset) })
    if (result !== null) {
      followed.goOnFrom(result.lastOffset + 1)
      if (this.#options.throttle.isThrottled(partition)) this.#options.throttle.record(result.sizeBytes)
      if (this.#partitions.get(key) === followed) {
        this.#partitions.delete(key)
        this.#partitions.set(key, followed)
      }
    }
    followed.lag = Math.max(0, highWatermark - followed.fetchOffset)
  }

  /** The leader's log ends before the offset, or begins behind it. */
  async #resetOffset(followed: FollowedPartition): Promise<void> {
    const { partition, role, name } = followed
    const { leader, logger } = this.#options
    const { log, topic } = partition
    const where = { topic, partition: partition.partition, currentLeaderEpoch: role.epoch }
    const leaderEnd = await leader.logEnd(where)
    if (leaderEnd < log.logEndOffset) {
      logger.warn(`${name} ends at ${log.logEndOffset} and is cut to ${leaderEnd}, where the log of its leader ends.`)
      await role.truncateTo(leaderEnd)
      return followed.goOnFrom(leaderEnd)
    }
    const leaderStart = await leader.logStart(where)
    if (leaderStart > log.logEndOffset) {
      logger.warn(
        `${name} ends at ${log.logEndOffset} and begins anew at ${leaderStart}, the start of its leader's log.`,
      )
      await role.restartAt(leaderStart)
    }
    followed.goOnFrom(Math.max(leaderStart, log.logEndOffset))
  }

  /** A failure of one partition is no matter of the others. */
  async #guarded(followed: FollowedPartition, work: () => Promise<void>): Promise<void> {
    const { role, partition, name } = followed
    const { logger } = this.#options
    try {
      await work()
    } catch (error) {
      // Another role has begun, or the disk is gone, which others have said.
      if (role.resigned || partition.log.offline) return this.remove(followed)
      if (error instanceof ClientError) return this.#delay(followed)
      if (!(error instanceof KafkaError) || error.code === ErrorCode.OFFSET_OUT_OF_RANGE) {
        logger.error({ err: error }, `${name} cannot be replicated until its leader changes.`)
        return this.remove(followed)
      }
      if (error.code === ErrorCode.FENCED_LEADER_EPOCH) {
        logger.info(`${name} has a newer leader than the one that is known here; the metadata will say which.`)
        return this.remove(followed)
      }
      if (PASSING.has(error.code)) return this.#delayBriefly(followed)
      logger.error({ err: error }, `${name}: ${errorName(error.code)} in replication.`)
      this.#delay(followed)
    }
  }

  /** Until something is added or removed, or for `ms`; null: for as long as it takes. */
  #pause(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped) return resolve()
      const timer = ms === null ? null : this.#options.clock.schedule(ms, resolve)
      this.#wake = () => {
        timer?.cancel()
        resolve()
      }
    })
  }
}

const EMPTY = Buffer.alloc(0)
