/** A partition as a client of one listener sees it: a broker without that listener cannot be reached. */
import { type BrokerRegistration, brokerOf } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import {
  LOST_DIRECTORY,
  MIGRATING_DIRECTORY,
  NO_LEADER,
  type PartitionRegistration,
  UNASSIGNED_DIRECTORY,
} from '../../../metadata/image/topics-image.ts'

const NOBODY: readonly number[] = []

interface Broker {
  readonly registration: BrokerRegistration | undefined
  readonly hasListener: boolean
}

/** Judges partitions of one image for one listener; each broker is looked up once. */
export class PartitionAvailability {
  readonly #image: MetadataImage
  readonly #listenerName: string
  readonly #brokers = new Map<number, Broker>()

  constructor(image: MetadataImage, listenerName: string) {
    this.#image = image
    this.#listenerName = listenerName
  }

  /** Whether the broker is registered at all. */
  isKnown(brokerId: number): boolean {
    return this.#broker(brokerId).registration !== undefined
  }

  hasListener(brokerId: number): boolean {
    return this.#broker(brokerId).hasListener
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
    const { registration, hasListener } = this.#broker(brokerId)
    if (registration === undefined || registration.fenced || !hasListener) return false
    if (directory === LOST_DIRECTORY) return false
    if (directory === undefined || directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
    return registration.logDirs.length === 0 || registration.logDirs.includes(directory)
  }

  #broker(brokerId: number): Broker {
    let broker = this.#brokers.get(brokerId)
    if (broker === undefined) {
      const registration = brokerOf(this.#image.cluster, brokerId)
      const hasListener = registration?.endPoints.some(({ name }) => name === this.#listenerName) ?? false
      broker = { registration, hasListener }
      this.#brokers.set(brokerId, broker)
    }
    return broker
  }
}
