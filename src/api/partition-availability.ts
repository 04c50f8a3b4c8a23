/** How a partition looks to a client of one listener: who of its brokers can be reached there. */
import { brokerOf } from '../metadata/cluster-image.ts'
import type { MetadataImage } from '../metadata/metadata-image.ts'
import { NO_LEADER, type PartitionRegistration, UNASSIGNED_DIRECTORY } from '../metadata/topics-image.ts'

/** Ids that stand for no directory (KIP-858). */
const LOST_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAQ'
const MIGRATING_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAg'

const NOBODY: readonly number[] = []

/** Judges partitions of one image for one listener; brokers are looked at once. */
export class PartitionAvailability {
  readonly #image: MetadataImage
  readonly #listenerName: string
  readonly #reachable = new Map<number, boolean>()

  constructor(image: MetadataImage, listenerName: string) {
    this.#image = image
    this.#listenerName = listenerName
  }

  /** Whether the broker is registered at all. */
  isKnown(brokerId: number): boolean {
    return brokerOf(this.#image.cluster, brokerId) !== undefined
  }

  /** Whether the broker has the listener. */
  hasListener(brokerId: number): boolean {
    let reachable = this.#reachable.get(brokerId)
    if (reachable === undefined) {
      const broker = brokerOf(this.#image.cluster, brokerId)
      reachable = broker?.endPoints.some(({ name }) => name === this.#listenerName) ?? false
      this.#reachable.set(brokerId, reachable)
    }
    return reachable
  }

  leaderOf({ leader }: PartitionRegistration): number {
    return this.hasListener(leader) ? leader : NO_LEADER
  }

  offlineReplicas(partition: PartitionRegistration): readonly number[] {
    const { replicas, directories } = partition
    if (replicas.every((brokerId, index) => this.#isOnline(brokerId, directories[index]))) return NOBODY
    return replicas.filter((brokerId, index) => !this.#isOnline(brokerId, directories[index]))
  }

  #isOnline(brokerId: number, directory: string | undefined): boolean {
    const broker = brokerOf(this.#image.cluster, brokerId)
    if (broker === undefined || broker.fenced || !this.hasListener(brokerId)) return false
    if (directory === LOST_DIRECTORY) return false
    if (directory === undefined || directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
    return broker.logDirs.length === 0 || broker.logDirs.includes(directory)
  }
}
