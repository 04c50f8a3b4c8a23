/**
 * The port through which admin requests reach the controller, wherever it is. A request travels as Kafka's own message
 * and its context as plain values, so that both fit an Envelope (KIP-590).
 */
import type {
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
} from '../../protocol/messages/alter-client-quotas.ts'
import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/messages/alter-configs.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/alter-partition-reassignments.ts'
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../protocol/messages/alter-user-scram-credentials.ts'
import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/messages/create-acls.ts'
import type {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../protocol/messages/create-delegation-token.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/messages/create-partitions.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/messages/delete-acls.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/delete-topics.ts'
import type { DescribeQuorumRequest, DescribeQuorumResponse } from '../../protocol/messages/describe-quorum.ts'
import type { ElectLeadersRequest, ElectLeadersResponse } from '../../protocol/messages/elect-leaders.ts'
import type {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../protocol/messages/expire-delegation-token.ts'
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/list-partition-reassignments.ts'
import type {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../protocol/messages/renew-delegation-token.ts'
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../protocol/messages/unregister-broker.ts'
import type {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from '../../protocol/messages/unregister-controller.ts'
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../protocol/messages/update-features.ts'
import type { Encodable } from '../../protocol/schema.ts'

/** The requests that a broker passes on, by the names of their APIs. */
export interface AdminApis {
  AlterClientQuotas: [AlterClientQuotasRequest, Encodable<typeof AlterClientQuotasResponse>]
  AlterConfigs: [AlterConfigsRequest, Encodable<typeof AlterConfigsResponse>]
  AlterPartitionReassignments: [
    AlterPartitionReassignmentsRequest,
    Encodable<typeof AlterPartitionReassignmentsResponse>,
  ]
  AlterUserScramCredentials: [AlterUserScramCredentialsRequest, Encodable<typeof AlterUserScramCredentialsResponse>]
  CreateAcls: [CreateAclsRequest, Encodable<typeof CreateAclsResponse>]
  CreateDelegationToken: [CreateDelegationTokenRequest, Encodable<typeof CreateDelegationTokenResponse>]
  CreatePartitions: [CreatePartitionsRequest, Encodable<typeof CreatePartitionsResponse>]
  CreateTopics: [CreateTopicsRequest, Encodable<typeof CreateTopicsResponse>]
  DeleteAcls: [DeleteAclsRequest, Encodable<typeof DeleteAclsResponse>]
  DeleteTopics: [DeleteTopicsRequest, Encodable<typeof DeleteTopicsResponse>]
  DescribeQuorum: [DescribeQuorumRequest, Encodable<typeof DescribeQuorumResponse>]
  ElectLeaders: [ElectLeadersRequest, Encodable<typeof ElectLeadersResponse>]
  ExpireDelegationToken: [ExpireDelegationTokenRequest, Encodable<typeof ExpireDelegationTokenResponse>]
  IncrementalAlterConfigs: [IncrementalAlterConfigsRequest, Encodable<typeof IncrementalAlterConfigsResponse>]
  ListPartitionReassignments: [ListPartitionReassignmentsRequest, Encodable<typeof ListPartitionReassignmentsResponse>]
  RenewDelegationToken: [RenewDelegationTokenRequest, Encodable<typeof RenewDelegationTokenResponse>]
  UnregisterBroker: [UnregisterBrokerRequest, Encodable<typeof UnregisterBrokerResponse>]
  UnregisterController: [UnregisterControllerRequest, Encodable<typeof UnregisterControllerResponse>]
  UpdateFeatures: [UpdateFeaturesRequest, Encodable<typeof UpdateFeaturesResponse>]
}

export type AdminApi = keyof AdminApis
export type AdminRequest<Api extends AdminApi> = AdminApis[Api][0]
export type AdminResponse<Api extends AdminApi> = AdminApis[Api][1]

/** On whose behalf the controller acts, and until when it may begin. */
export interface AdminRequestContext {
  readonly apiVersion: number
  readonly principal: { readonly type: string; readonly name: string }
  readonly clientId: string | null
  /** The IP address of the client; null for a request that the broker makes for itself. */
  readonly clientAddress: string | null
  /** A time of `Clock.monotonicMs`: a request that has not begun by then is answered REQUEST_TIMED_OUT. */
  readonly deadlineMs: number
  /** New topics whose configuration the client may see in the answer (DescribeConfigs); absent: all of them. */
  readonly describableTopics?: readonly string[]
}

export interface AdminRequests {
  /**
   * Resolves when the change is durable and this broker has applied it: whoever is told that a topic exists can produce
   * to it. Errors of single resources are in the response; an error of the whole request rejects with a `KafkaError`.
   */
  forward<Api extends AdminApi>(
    api: Api,
    request: AdminRequest<Api>,
    context: AdminRequestContext,
  ): Promise<AdminResponse<Api>>
}

/** The context of a request that the broker makes for itself, rather than for a client. */
export const brokerContext = (apiVersion: number, deadlineMs: number): AdminRequestContext => ({
  apiVersion,
  principal: { type: 'User', name: 'ANONYMOUS' },
  clientId: null,
  clientAddress: null,
  deadlineMs,
})
