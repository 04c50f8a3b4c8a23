/**
 * The share partitions that this broker leads, and the sessions of the members that fetch from them (KIP-932). What a
 * handler wants of them goes through here; `share-leader.ts` is one of them at work.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { sharePartitionKey } from '../../protocol/hashes.ts'
import type { SharePersister } from '../coordinator/share-persister.ts'
import type { Clock } from '../env/index.ts'
import { Listeners } from '../env/listeners.ts'
import type { Logger } from '../env/logger.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { Acknowledgement } from './partition/acknowledge.ts'
import type { SharePartitionConfig } from './share-config.ts'
import { emptyResult, type ShareFetchParameters, type ShareFetchResult, shareFetch } from './share-fetch.ts'
import { ShareLeader, type ShareLeaderServices } from './share-leader.ts'
import { type SessionPartition, type ShareSession, ShareSessions } from './share-sessions.ts'

export interface SharePartitionsOptions {
  readonly replicas: ReplicaManager
  readonly persister: SharePersister
  readonly clock: Clock
  readonly config: SharePartitionConfig
  readonly logger: Logger
  readonly bury: ShareLeaderServices['bury']
}

export interface PartitionAcknowledgements extends SessionPartition {
  readonly acknowledgements: readonly Acknowledgement[]
}

export interface AcknowledgeResult extends SessionPartition {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** As of Apache, whose log refuses to read so. */
const NEGATIVE_SIZE = new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)

export class SharePartitions {
  readonly config: SharePartitionConfig
  readonly sessions: ShareSessions
  readonly #options: SharePartitionsOptions
  readonly #leaders = new Map<string, ShareLeader>()
  readonly #waiting = new Listeners()

  constructor(options: SharePartitionsOptions) {
    this.#options = options
    this.config = options.config
    this.sessions = new ShareSessions(options.config.maxSessions)
  }

  /** Acquires records of the partitions, which exist, for a member. Lent buffers are the caller's to release. */
  async fetch(
    groupId: string,
    partitions: readonly SessionPartition[],
    parameters: ShareFetchParameters,
  ): Promise<ShareFetchResult[]> {
    if (partitions.length === 0 || parameters.maxRecords === 0 || parameters.maxBytes === 0) return []
    if (parameters.maxBytes < 0) return partitions.map((partition) => emptyResult(partition, NEGATIVE_SIZE))
    const failed: ShareFetchResult[] = []
    const leaders: ShareLeader[] = []
    for (const partition of partitions) {
      try {
        leaders.push(this.#leader(groupId, partition))
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        failed.push(emptyResult(partition, error))
      }
    }
    if (leaders.length === 0) return failed
    const { replicas, clock } = this.#options
    const results = await shareFetch({ replicas, clock, waiting: this.#waiting }, leaders, parameters)
    return [...results, ...failed]
  }

  /** Resolves to an answer for each of the partitions, once it is stored what they say. */
  acknowledge(
    groupId: string,
    memberId: string,
    partitions: readonly PartitionAcknowledgements[],
  ): Promise<AcknowledgeResult[]> {
    const answers = partitions.map(({ acknowledgements, ...partition }) =>
      this.#answer(groupId, partition, (leader) => leader.acknowledge(memberId, acknowledgements)),
    )
    return Promise.all(answers)
  }

  /** The member's session is over: what it has acquired here is available again. Resolves when that is stored. */
  async endSession(session: ShareSession): Promise<void> {
    const { groupId, memberId } = session
    if (this.sessions.find(groupId, memberId) === session) this.sessions.end(session)
    const partitions = [...session.partitions.values()]
    await Promise.all(
      partitions.map((partition) => this.#answer(groupId, partition, (leader) => leader.release(memberId))),
    )
  }

  /** The connection of a member is gone, and its session with it, unless the member has one on another connection by now. */
  async disconnected(connectionId: string, groupId: string, memberId: string): Promise<void> {
    const session = this.sessions.find(groupId, memberId)
    if (session?.connectionId === connectionId) await this.endSession(session)
    if (!this.sessions.has(groupId)) this.#forget(groupId)
  }

  stop(): void {
    this.#waiting.tell()
    for (const leader of [...this.#leaders.values()]) leader.fence(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER))
  }

  /** Nobody of the group fetches here any more: its state is read anew when somebody does. */
  #forget(groupId: string): void {
    for (const leader of [...this.#leaders.values()]) {
      if (leader.key.groupId === groupId) leader.fence(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER))
    }
  }

  async #answer(
    groupId: string,
    { topicId, partition }: SessionPartition,
    operation: (leader: ShareLeader) => Promise<void>,
  ): Promise<AcknowledgeResult> {
    try {
      const leader = this.#leaders.get(sharePartitionKey(groupId, topicId, partition))
      if (leader === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      await operation(leader)
      return { topicId, partition, errorCode: ErrorCode.NONE, errorMessage: null }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { topicId, partition, errorCode: error.code, errorMessage: error.message }
    }
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION and NOT_LEADER_OR_FOLLOWER. */
  #leader(groupId: string, { topicId, partition }: SessionPartition): ShareLeader {
    const name = sharePartitionKey(groupId, topicId, partition)
    const known = this.#leaders.get(name)
    if (known !== undefined) return known
    const replica = this.#options.replicas.getById(topicId, partition)
    if (replica === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const leader = new ShareLeader({ groupId, topicId, partition }, replica, this.#options)
    this.#leaders.set(name, leader)
    leader.onEvent(() => {
      if (leader.failure !== null && this.#leaders.get(name) === leader) this.#leaders.delete(name)
    })
    return leader
  }
}
