import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import type { InSyncProposal } from './in-sync-replicas.ts'

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

/** As the controller has answered: the new in-sync replicas and the partition epoch since which they are. */
export type DecidedState = Pick<PartitionState, 'leaderEpoch' | 'partitionEpoch' | 'inSyncReplicas'>

/** A partition that has asked for other in-sync replicas, as the answer to its proposal finds it. */
export interface ProposingPartition {
  readonly topicId: string
  readonly partition: number
  /** Whether it leads and still waits for the proposal. */
  isProposed(proposal: InSyncProposal): boolean
  /** The broker epoch with which the replica fetches; -1n of one that has not yet. */
  brokerEpochOf(replicaId: number): bigint
  decided(state: DecidedState): void
  /** The controller will never carry the proposal out. */
  withdraw(proposal: InSyncProposal): void
}

/** The clock and the callbacks that the replicas of a broker share. */
export interface ReplicaEnvironment {
  readonly nodeId: number
  readonly clock: Clock
  readonly logger: Logger
  /** Where the partitions of a topic count what they are asked. */
  metricsOf(topic: string): TopicMetrics
  /** replica.lag.time.max.ms */
  lagTimeMaxMs(): number
  /**
   * Whether a broker may join the in-sync replicas: registered, not fenced, not about to stop, and still of the epoch
   * that it fetches with (-1n: it does not say).
   */
  isEligible(brokerId: number, brokerEpoch: bigint): boolean
  /** Whether a broker has registered anew since it was given that epoch (-1n: it does not say). */
  isStale(brokerId: number, brokerEpoch: bigint): boolean
  /** Asks the controller for other in-sync replicas of a partition that this broker leads. */
  propose(partition: ProposingPartition, proposal: InSyncProposal): void
}
