/**
 * The port through which other nodes reach the controller of this process: brokers register and live, and whoever observes
 * the metadata reads its log. Each request is Kafka's own message; an error of the whole request rejects with a
 * `KafkaError`.
 */
import type { AllocateProducerIdsRequest } from '../../protocol/messages/allocate-producer-ids.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../../protocol/messages/assign-replicas-to-dirs.ts'
import type { BrokerHeartbeatRequest } from '../../protocol/messages/broker-heartbeat.ts'
import type { BrokerRegistrationRequest } from '../../protocol/messages/broker-registration.ts'
import type { ControllerRegistrationRequest } from '../../protocol/messages/controller-registration.ts'
import type { FetchRequest } from '../../protocol/messages/fetch.ts'
import type { FetchSnapshotRequest, FetchSnapshotResponse } from '../../protocol/messages/fetch-snapshot.ts'
import type { UpdateRaftVoterRequest } from '../../protocol/messages/update-raft-voter.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { ProducerIdBlock } from '../metadata/producer-id-block.ts'
import type { HeartbeatReply } from './commands/nodes/broker-heartbeat.ts'
import type { FetchedMetadata } from './serving/metadata-fetch.ts'
import type { QuorumLeader } from './serving/quorum-answers.ts'

export interface ClusterRequests {
  /** Resolves to the broker's epoch when its registration is durable. */
  registerBroker(request: BrokerRegistrationRequest, apiVersion: number): Promise<bigint>
  heartbeat(request: BrokerHeartbeatRequest): Promise<HeartbeatReply>
  alterPartition(request: AlterPartitionRequest): Promise<Encodable<typeof AlterPartitionResponse>>
  assignReplicasToDirs(request: AssignReplicasToDirsRequest): Promise<Encodable<typeof AssignReplicasToDirsResponse>>
  allocateProducerIds(request: AllocateProducerIdsRequest): Promise<ProducerIdBlock>
  registerController(request: ControllerRegistrationRequest): Promise<void>
  fetch(request: FetchRequest, apiVersion: number): Promise<FetchedMetadata>
  fetchSnapshot(request: FetchSnapshotRequest): Promise<Encodable<typeof FetchSnapshotResponse>>
  /** This node, as the leader of the quorum that it is. */
  readonly leader: QuorumLeader
  /** The error of the answer; 0: none. */
  updateVoter(request: UpdateRaftVoterRequest): number
}
