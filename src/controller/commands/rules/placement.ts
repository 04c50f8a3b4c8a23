/** Where new partitions go: by Kafka's striped placement, or as the request says. */
import { first } from '../../../../protocol/collections/elements.ts'
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { brokerOf, isActive } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import {
  LeaderRecoveryState,
  MIGRATING_DIRECTORY,
  type PartitionRegistration,
  UNASSIGNED_DIRECTORY,
} from '../../../metadata/image/topics-image.ts'
import type { Chance } from '../command.ts'
import { placeStriped } from './striped-placement.ts'

const invalidFactor = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, message)
const invalidAssignment = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)

/**
 * Spreads `count` partitions over the racks and their brokers (`striped-placement.ts`). Brokers that shut down, and those
 * that take nothing new, get none. Throws INVALID_REPLICATION_FACTOR.
 */
export function placeReplicas(
  { cluster }: MetadataImage,
  count: number,
  replicationFactor: number,
  chance: Chance,
): number[][] {
  if (replicationFactor <= 0) {
    throw invalidFactor(`Invalid replication factor ${replicationFactor}: the replication factor must be positive.`)
  }
  const usable = [...cluster.brokers.values()]
    .filter((broker) => !broker.inControlledShutdown && !isCordoned(broker))
    .map(({ brokerId: id, rack, fenced }) => ({ id, rack, fenced }))
  if (!usable.some(({ fenced }) => !fenced)) {
    throw invalidFactor('All brokers are currently fenced, or have all their log directories cordoned.')
  }
  if (replicationFactor > usable.length) {
    throw invalidFactor(
      `The target replication factor of ${replicationFactor} cannot be reached because only ${usable.length} broker(s) are registered or some brokers have all their log directories cordoned.`,
    )
  }
  return placeStriped(usable, count, replicationFactor, chance.integer)
}

const isCordoned = (broker: { logDirs: readonly string[]; cordonedLogDirs: readonly string[] | null }): boolean =>
  broker.logDirs.length > 0 && broker.logDirs.every((directory) => broker.cordonedLogDirs?.includes(directory))

/** Throws INVALID_REPLICA_ASSIGNMENT. `replicationFactor`: of the partitions before this one; null for the first. */
export function validateAssignment(
  { cluster }: MetadataImage,
  replicas: readonly number[],
  replicationFactor: number | null,
): void {
  if (replicas.length === 0) {
    throw invalidAssignment('The manual partition assignment includes an empty replica list.')
  }
  let previous: number | null = null
  for (const brokerId of [...replicas].sort((a, b) => a - b)) {
    const broker = brokerOf(cluster, brokerId)
    if (broker === undefined) {
      throw invalidAssignment(
        `The manual partition assignment includes broker ${brokerId}, but no such broker is registered.`,
      )
    }
    if (isCordoned(broker)) {
      throw invalidAssignment(
        `The manual partition assignment includes broker ${brokerId}, but all its log directories are cordoned.`,
      )
    }
    if (brokerId === previous) {
      throw invalidAssignment(`The manual partition assignment includes the broker ${brokerId} more than once.`)
    }
    previous = brokerId
  }
  if (replicationFactor !== null && replicas.length !== replicationFactor) {
    throw invalidAssignment(
      `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    )
  }
}

/** Replicas that are in sync from the start. Empty when no broker of the assignment may lead. */
export const initialIsr = ({ cluster }: MetadataImage, replicas: readonly number[]): number[] =>
  replicas.filter((brokerId) => isActive(brokerOf(cluster, brokerId)))

/** A manual assignment that nobody could lead. */
export const allFenced = (partition: number): KafkaError =>
  invalidAssignment(
    `All brokers specified in the manual partition assignment for partition ${partition} are fenced or in controlled shutdown.`,
  )

/** A placement that nobody could lead. */
export const noActiveBroker = (replicationFactor: number): KafkaError =>
  invalidFactor(
    `Unable to replicate the partition ${replicationFactor} time(s): All brokers are currently fenced or in controlled shutdown.`,
  )

export function newPartition(
  image: MetadataImage,
  replicas: readonly number[],
  isr: readonly number[],
): PartitionRegistration {
  return {
    replicas,
    directories: replicas.map((brokerId) => defaultDirectory(image, brokerId)),
    isr,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: first(isr),
    leaderRecoveryState: LeaderRecoveryState.RECOVERED,
    leaderEpoch: 0,
    partitionEpoch: 0,
  }
}

/** A broker with several directories chooses one itself. */
export function defaultDirectory({ cluster }: MetadataImage, brokerId: number): string {
  const [only, ...others] = brokerOf(cluster, brokerId)?.logDirs ?? []
  if (only === undefined) return MIGRATING_DIRECTORY
  return others.length === 0 ? only : UNASSIGNED_DIRECTORY
}
