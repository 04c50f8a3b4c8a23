import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/messages/alter-configs.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/alter-partition-reassignments.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/messages/create-partitions.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/delete-topics.ts'
import type { DescribeQuorumRequest, DescribeQuorumResponse } from '../../protocol/messages/describe-quorum.ts'
import type { ElectLeadersRequest, ElectLeadersResponse } from '../../protocol/messages/elect-leaders.ts'
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/list-partition-reassignments.ts'
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../protocol/messages/update-features.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { MetadataImage, MetadataSubscriber } from '../metadata/metadata-image.ts'
import type { ProducerIdBlock } from '../metadata/producer-id-block.ts'

/** On whose behalf a command runs, and until when its caller waits. */
export interface ControllerRequestContext {
  readonly principal: { readonly type: string; readonly name: string }
  /** By `Clock.monotonicMs`; a command that has not begun by then is answered REQUEST_TIMED_OUT. */
  readonly deadlineMs: number
}

/**
 * The cluster's control plane. Admin requests come in as Kafka's requests and are answered when their records are
 * durable and every subscriber of the metadata has applied them. Errors of one resource are in the response; errors of
 * the whole command reject with a `KafkaError`. Nobody outside controller/ knows whether the controller is in this
 * process or another one.
 */
export interface Controller {
  /** What is durable and applied: never ahead of what subscribers have seen. */
  readonly image: MetadataImage
  /** -1: nobody is. */
  readonly controllerId: number
  /** This broker's, as the metadata log has it; -1n before it is registered. */
  readonly brokerEpoch: bigint
  /** Called in the order of subscription; returns how to end it. */
  subscribe(subscriber: MetadataSubscriber): () => void

  createTopics(
    context: ControllerRequestContext,
    request: CreateTopicsRequest,
    /** Whether the caller may see a new topic's configs in the response (DescribeConfigs on it). */
    describable: (topic: string) => boolean,
  ): Promise<Encodable<typeof CreateTopicsResponse>>
  deleteTopics(
    context: ControllerRequestContext,
    request: DeleteTopicsRequest,
    apiVersion: number,
  ): Promise<Encodable<typeof DeleteTopicsResponse>>
  createPartitions(
    context: ControllerRequestContext,
    request: CreatePartitionsRequest,
  ): Promise<Encodable<typeof CreatePartitionsResponse>>
  incrementalAlterConfigs(
    context: ControllerRequestContext,
    request: IncrementalAlterConfigsRequest,
  ): Promise<Encodable<typeof IncrementalAlterConfigsResponse>>
  alterConfigs(
    context: ControllerRequestContext,
    request: AlterConfigsRequest,
  ): Promise<Encodable<typeof AlterConfigsResponse>>
  alterPartitionReassignments(
    context: ControllerRequestContext,
    request: AlterPartitionReassignmentsRequest,
  ): Promise<Encodable<typeof AlterPartitionReassignmentsResponse>>
  listPartitionReassignments(
    context: ControllerRequestContext,
    request: ListPartitionReassignmentsRequest,
  ): Promise<Encodable<typeof ListPartitionReassignmentsResponse>>
  electLeaders(
    context: ControllerRequestContext,
    request: ElectLeadersRequest,
  ): Promise<Encodable<typeof ElectLeadersResponse>>
  unregisterBroker(context: ControllerRequestContext, brokerId: number): Promise<void>
  describeQuorum(
    context: ControllerRequestContext,
    request: DescribeQuorumRequest,
    apiVersion: number,
  ): Promise<Encodable<typeof DescribeQuorumResponse>>
  updateFeatures(
    context: ControllerRequestContext,
    request: UpdateFeaturesRequest,
    apiVersion: number,
  ): Promise<Encodable<typeof UpdateFeaturesResponse>>
  /** The next block of producer ids, reserved for this broker. */
  allocateProducerIds(context: ControllerRequestContext): Promise<ProducerIdBlock>
}
