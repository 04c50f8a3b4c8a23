import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'

/** A partition as the metadata has it now: who leads it, since when, and who is in sync. */
export interface PartitionState {
  /** -1: nobody. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** Rises with every change of the partition; an older state is a late one. */
  readonly partitionEpoch: number
  readonly inSyncReplicas: readonly number[]
  readonly replicas: readonly number[]
}

/** The clock and the callbacks that the replicas of a broker share. */
export interface ReplicaEnvironment {
  readonly nodeId: number
  readonly clock: Clock
  readonly logger: Logger
  /** replica.lag.time.max.ms */
  lagTimeMaxMs(): number
  /**
   * Whether a broker may join the in-sync replicas: registered, not fenced, not about to stop, and still of the epoch
   * that it fetches with (-1n: it does not say).
   */
  isEligible(brokerId: number, brokerEpoch: bigint): boolean
}
