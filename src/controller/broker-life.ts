/**
 * The port through which a broker lives in its cluster: it registers, becomes one that may lead, says where its replicas
 * are and which of them are in sync, reserves producer ids, and leaves. Heartbeats between `register` and `leave` are sent
 * by the implementation where the controller is elsewhere; a controller in the same process needs none.
 */
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { Endpoint } from '../metadata/image/cluster-image.ts'
import type { ProducerIdBlock } from '../metadata/producer-id-block.ts'
import type { ReplicaPlace } from '../metadata/replica-place.ts'

export interface BrokerToRegister {
  /** New at each start. */
  readonly incarnationId: string
  readonly endPoints: readonly Endpoint[]
  readonly rack: string | null
  /** Ids of its log directories. */
  readonly logDirs: readonly string[]
  /** Ids of those that take no new partitions (KIP-1066). */
  readonly cordonedLogDirs: readonly string[]
  /** The previous run of this broker did not stop cleanly: the end of its logs may be lost with the machine. */
  readonly uncleanShutdown: boolean
  /** The epoch of the previous run, if that stopped cleanly in every directory (KIP-966); -1n otherwise. */
  readonly previousBrokerEpoch: bigint
}

/** Every method rejects with a `KafkaError` when the controller refuses. */
export interface BrokerLife {
  /** This broker's epoch, as the metadata log has it; -1n before it is registered. */
  readonly epoch: bigint
  /** Resolves when the image names this broker in this registration, before its logs are opened. */
  register(broker: BrokerToRegister): Promise<void>
  /** The broker can serve. Resolves when it may: others see it, and it leads what it is to lead. */
  unfence(): Promise<void>
  /** Makes known which of its directories take no new partitions now, by id (KIP-1066). */
  cordon(logDirs: readonly string[]): Promise<void>
  /** A directory's disk has failed (KIP-858). Rejects when nobody could be told in time: the broker must not go on. */
  directoryFailed(directoryId: string): Promise<void>
  /** Makes known in which directories this broker has put its replicas (AssignReplicasToDirs, KIP-858). */
  assignReplicas(places: readonly ReplicaPlace[]): Promise<void>
  /** Asks for other in-sync replicas of partitions that this broker leads (KIP-497). Errors are of single partitions. */
  alterPartition(topics: AlterPartitionRequest['topics']): Promise<Encodable<typeof AlterPartitionResponse>>
  /** The next block of producer ids, reserved for this broker (KIP-730). `deadlineMs`: by `Clock.monotonicMs`. */
  allocateProducerIds(deadlineMs: number): Promise<ProducerIdBlock>
  /** The controlled shutdown: resolves when the partitions of this broker have other leaders, where there are any. */
  leave(): Promise<void>
}
