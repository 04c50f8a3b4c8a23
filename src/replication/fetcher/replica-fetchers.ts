/**
 * The fetchers of a broker: for each broker that leads partitions of which there is a replica here,
 * `num.replica.fetchers` of them at most, among which the partitions are spread. A fetcher without partitions is stopped.
 */
import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { Partition } from '../partition.ts'
import type { ReplicationThrottle } from '../replication-throttle.ts'
import { FollowedPartition } from './followed-partition.ts'
import type { FollowerSettings, LeaderEndpoint } from './leader-endpoint.ts'
import { ReplicaFetcher } from './replica-fetcher.ts'

export interface ReplicaFetchersOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: () => FollowerSettings
  /** `num.replica.fetchers`, as it is now. */
  readonly fetchersPerLeader: () => number
  readonly throttle: ReplicationThrottle
  /** `leaderId` is a broker of the cluster; where it is may not be known yet. */
  connect(leaderId: number): LeaderEndpoint
}

interface Held {
  readonly followed: FollowedPartition
  readonly fetcher: ReplicaFetcher
}

export class ReplicaFetchers {
  readonly #options: ReplicaFetchersOptions
  /** By leader and number. */
  readonly #fetchers = new Map<string, ReplicaFetcher>()
  readonly #held = new Map<Partition, Held>()
  readonly #stopping = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: ReplicaFetchersOptions) {
    this.#options = options
  }

  /** Fetches for the partition as its role asks for it: from the leader that it follows, or not at all. */
  follow(partition: Partition): void {
    const { role, log } = partition
    const held = this.#held.get(partition)
    if (held !== undefined && held.followed.role === role && !role.resigned) return
    this.forget(partition)
    if (role.kind !== 'follower' || role.resigned || role.leaderId === NOBODY || log.offline) return
    this.#hold(partition, new FollowedPartition(partition, role), role.leaderId)
  }

  forget(partition: Partition): void {
    const held = this.#held.get(partition)
    if (held === undefined) return
    this.#held.delete(partition)
    held.fetcher.remove(held.followed)
  }

  /**
   * Another number of fetchers for each leader: the partitions are spread anew. What a fetcher is still appending is
   * written before the next one asks where to go on: an offset that it names is one up to which the leader counts it.
   */
  async resize(): Promise<void> {
    const moving = [...this.#held.keys()].map(async (partition) => {
      const { role } = partition
      this.forget(partition)
      await role.settled()
      if (!this.#isStopped && partition.role === role) this.follow(partition)
    })
    await Promise.all(moving)
    this.stopIdle()
  }

  stopIdle(): void {
    for (const [key, fetcher] of this.#fetchers) {
      if (fetcher.size > 0) continue
      this.#fetchers.delete(key)
      this.#stop(fetcher)
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const fetcher of this.#fetchers.values()) this.#stop(fetcher)
    this.#fetchers.clear()
    this.#held.clear()
    await Promise.all(this.#stopping)
  }

  #stop(fetcher: ReplicaFetcher): void {
    const stopped = fetcher.stop()
    this.#stopping.add(stopped)
    void stopped.finally(() => this.#stopping.delete(stopped))
  }

  #hold(partition: Partition, followed: FollowedPartition, leaderId: number): void {
    const key = `${leaderId}/${hashOf(partition) % Math.max(1, this.#options.fetchersPerLeader())}`
    let fetcher = this.#fetchers.get(key)
    if (fetcher === undefined) {
      const { clock, logger, settings, throttle, connect } = this.#options
      fetcher = new ReplicaFetcher({ leader: connect(leaderId), clock, logger, settings, throttle })
      this.#fetchers.set(key, fetcher)
    }
    fetcher.add(followed)
    this.#held.set(partition, { followed, fetcher })
  }
}

const NOBODY = -1
const HASH_FACTOR = 31
const INT32 = 2 ** 31

/** Spreads the partitions of a topic evenly, and topics from each other. */
function hashOf({ topic, partition }: Partition): number {
  let hash = 0
  for (const character of topic) hash = (hash * HASH_FACTOR + character.charCodeAt(0)) % INT32
  return (hash + partition) % INT32
}
