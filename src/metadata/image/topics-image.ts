import { first } from '../../../protocol/collections/elements.ts'
import { PersistentMap } from './persistent-map.ts'

/** No broker leads the partition. */
export const NO_LEADER = -1
/** Ids that stand for no directory (KIP-858): the broker has yet to choose one. */
export const UNASSIGNED_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA'
/** The disk under the replica is gone. */
export const LOST_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** The replica is from before directories were recorded. */
export const MIGRATING_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAg'

export const LeaderRecoveryState = { RECOVERED: 0, RECOVERING: 1 } as const

/** One partition as the metadata log has it. */
export interface PartitionRegistration {
  readonly replicas: readonly number[]
  /** Ids of the log directories, one for each replica (KIP-858). */
  readonly directories: readonly string[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** Eligible leader replicas, and the leader known last when there was no other left (KIP-966). */
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** -1: none. */
  readonly leader: number
  readonly leaderRecoveryState: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
}

export interface TopicImage {
  readonly name: string
  /** Kafka's base64url text. */
  readonly id: string
  /** The partition's number is its index. */
  readonly partitions: readonly PartitionRegistration[]
}

/** Kafka takes the replicas of the first partition for those of the topic. */
export const replicationFactorOf = ({ partitions }: Pick<TopicImage, 'partitions'>): number =>
  first(partitions).replicas.length

/** All topics, by name and by id. */
export class TopicsImage {
  static readonly EMPTY = new TopicsImage(PersistentMap.empty(), PersistentMap.empty(), PersistentMap.empty())

  readonly #byName: PersistentMap<TopicImage>
  readonly #byId: PersistentMap<TopicImage>
  /**
   * Names that contain '.' or '_', by what both would be in a metric's name. Kafka refuses a topic whose name collides
   * with another one there, and keeps this index for it.
   */
  readonly #byMetricName: PersistentMap<readonly string[]>

  private constructor(
    byName: PersistentMap<TopicImage>,
    byId: PersistentMap<TopicImage>,
    byMetricName: PersistentMap<readonly string[]>,
  ) {
    this.#byName = byName
    this.#byId = byId
    this.#byMetricName = byMetricName
  }

  get size(): number {
    return this.#byName.size
  }

  get(name: string): TopicImage | undefined {
    return this.#byName.get(name)
  }

  getById(id: string): TopicImage | undefined {
    return this.#byId.get(id)
  }

  partition(name: string, index: number): PartitionRegistration | undefined {
    return this.#byName.get(name)?.partitions[index]
  }

  /** An existing topic whose name cannot be told from `name` in a metric's name. */
  collidingWith(name: string): string | undefined {
    return hasCollisionCharacters(name) ? this.#byMetricName.get(metricName(name))?.[0] : undefined
  }

  /** In no particular order. */
  [Symbol.iterator](): Iterator<TopicImage> {
    return this.#byName.values()[Symbol.iterator]()
  }

  /** Removals come first, so that a name can be given up and taken again in one change. */
  with(removed: Iterable<TopicImage>, changed: Iterable<TopicImage>): TopicsImage {
    const removals = [...removed]
    const changes = [...changed]
    const byName = this.#byName.change((names) => {
      for (const topic of removals) names.delete(topic.name)
      for (const topic of changes) names.set(topic.name, topic)
    })
    const byId = this.#byId.change((ids) => {
      for (const topic of removals) ids.delete(topic.id)
      for (const topic of changes) ids.set(topic.id, topic)
    })
    let metricNames = this.#byMetricName
    for (const { name } of removals) metricNames = withoutName(metricNames, name)
    for (const { name } of changes) metricNames = withName(metricNames, name)
    return new TopicsImage(byName, byId, metricNames)
  }
}

const hasCollisionCharacters = (name: string): boolean => name.includes('.') || name.includes('_')
const metricName = (name: string): string => name.replaceAll('.', '_')

function withName(index: PersistentMap<readonly string[]>, name: string): PersistentMap<readonly string[]> {
  if (!hasCollisionCharacters(name)) return index
  const names = index.get(metricName(name)) ?? []
  return names.includes(name) ? index : index.set(metricName(name), [...names, name])
}

function withoutName(index: PersistentMap<readonly string[]>, name: string): PersistentMap<readonly string[]> {
  if (!hasCollisionCharacters(name)) return index
  const names = (index.get(metricName(name)) ?? []).filter((other) => other !== name)
  return names.length === 0 ? index.delete(metricName(name)) : index.set(metricName(name), names)
}
