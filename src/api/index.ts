/** The APIs that samsa answers: ApiVersions is derived from this list, so what is not in it does not exist to clients. */
import type { Listener } from '../../protocol/schema.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { TransactionMembership } from '../coordinator/cluster-transactions.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Environment } from '../env/index.ts'
import type { NamedLoggers } from '../env/named-loggers.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import { brokerOf } from '../metadata/image/cluster-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { FetchSessionCache } from '../replication/fetch-session.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { AuditTrail } from '../security/audit-trail.ts'
import { alterReplicaLogDirsHandler } from './alter-replica-log-dirs.ts'
import type { LikeRelease } from './api-versions.ts'
import { consumerGroupDescribeHandler } from './consumer-group-describe.ts'
import { consumerGroupHeartbeatHandler } from './consumer-group-heartbeat.ts'
import { deleteGroupsHandler } from './delete-groups.ts'
import { deleteRecordsHandler } from './delete-records.ts'
import { describeGroupsHandler } from './describe-groups.ts'
import { describeLogDirsHandler } from './describe-log-dirs.ts'
import { fetchHandler } from './fetch.ts'
import { findCoordinatorHandler } from './find-coordinator.ts'
import { getTelemetrySubscriptionsHandler } from './get-telemetry-subscriptions.ts'
import { heartbeatHandler } from './heartbeat.ts'
import { joinGroupHandler } from './join-group.ts'
import { leaveGroupHandler } from './leave-group.ts'
import { listGroupsHandler } from './list-groups.ts'
import { listOffsetsHandler } from './list-offsets.ts'
import { offsetCommitHandler } from './offset-commit.ts'
import { offsetDeleteHandler } from './offset-delete.ts'
import { offsetFetchHandler } from './offset-fetch.ts'
import { offsetForLeaderEpochHandler } from './offset-for-leader-epoch.ts'
import { pushTelemetryHandler } from './push-telemetry.ts'
import { streamsGroupDescribeHandler } from './streams-group-describe.ts'
import { streamsGroupHeartbeatHandler } from './streams-group-heartbeat.ts'
import { streamsGroupTopologyDescriptionUpdateHandler } from './streams-group-topology-description-update.ts'
import { type AdvertisedEndpoints, advertisedEndpoints } from './support/advertised-endpoint.ts'
import { type LeaderLookup, leaderLookup } from './support/changed-leaders.ts'
import type { ListenerCheck } from './support/configs/broker-config-change.ts'
import type { SchemaValidation } from './support/produce/schema-validation.ts'
import type { Telemetry } from './support/telemetry-client.ts'
import type { InternalTopicCreation } from './support/topics/internal-topic-creation.ts'
import { StreamsTopicCreation } from './support/topics/streams-topic-creation.ts'
import { syncGroupHandler } from './sync-group.ts'
import { adminHandlers } from './wiring/admin-handlers.ts'
import { securityHandlers } from './wiring/security-handlers.ts'
import { type ShareHandlerServices, shareHandlers } from './wiring/share-handlers.ts'
import { transactionHandlers } from './wiring/transaction-handlers.ts'
import { versionsHandler } from './wiring/versions-handler.ts'

export interface ApiServices {
  config: BrokerConfig
  environment: Environment
  loggers: NamedLoggers<'samsa.broker' | 'samsa.security'>
  /** All handlers for listeners of a type, once they are registered: ApiVersions answers from them. */
  registered: (listener: Listener) => readonly ApiHandler[]
  /** The release that clients are to find here; null: samsa as it is. */
  like: LikeRelease | null
  controller: AdminRequests
  metadata: PublishedMetadata
  clusterId: string
  logs: LogManager
  replicas: ReplicaManager
  groups: GroupCoordinator
  transactions: TransactionCoordinator
  membership: TransactionMembership
  shares: ShareHandlerServices['shares']
  telemetry: Telemetry
  internalTopics: InternalTopicCreation
  checkListeners: ListenerCheck
  /** null: nobody would look at it. */
  audit: AuditTrail | null
  validation: SchemaValidation
}

/** Kafka's MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS; not a configuration there either. */
const FETCH_SESSION_EVICTION_MS = 120_000

export function apiHandlers(services: ApiServices): ApiHandler[] {
  const endpoints = advertisedEndpoints(services.config)
  const { replicas, metadata } = services
  const leaders = leaderLookup({ replicas, image: () => metadata.image, endpoints })
  // Each handler is called with requests of its own API alone.
  return [
    versionsHandler(services),
    ...dataHandlers(services, leaders),
    ...groupHandlers(services, endpoints),
    ...shareHandlers({ ...services, leaders }),
    ...transactionHandlers({ ...services, leaders }),
    getTelemetrySubscriptionsHandler(services),
    pushTelemetryHandler(services),
    ...adminHandlers({ ...services, endpoints }),
    ...securityHandlers({ ...services, logger: services.loggers.named('samsa.security') }),
  ]
}

function dataHandlers({ config, environment, metadata, logs, replicas }: ApiServices, leaders: LeaderLookup) {
  const { clock, random } = environment
  const slots = () => config.get('max.incremental.fetch.session.cache.slots')
  const sessions = new FetchSessionCache({ clock, random, slots, evictionMs: FETCH_SESSION_EVICTION_MS })
  return [
    fetchHandler({ replicas, sessions, leaders, maxBytes: () => config.get('fetch.max.bytes') }),
    listOffsetsHandler({ replicas }),
    offsetForLeaderEpochHandler({ replicas }),
    deleteRecordsHandler({ replicas }),
    describeLogDirsHandler({ files: environment.files, logs }),
    alterReplicaLogDirsHandler({ metadata, logs }),
  ]
}

function groupHandlers(
  { config, controller, environment, loggers, metadata, groups, transactions, internalTopics }: ApiServices,
  endpoints: AdvertisedEndpoints,
) {
  const image = () => metadata.image
  const creation = { controller, config, clock: environment.clock, logger: loggers.named('samsa.broker') }
  return [
    findCoordinatorHandler({
      groups,
      transactions,
      internalTopics,
      image,
      endpoint: (brokerId, connection) => {
        const broker = brokerOf(image().cluster, brokerId)
        return broker === undefined || broker.fenced ? null : endpoints(connection, broker)
      },
    }),
    joinGroupHandler({ groups }),
    syncGroupHandler({ groups }),
    heartbeatHandler({ groups }),
    leaveGroupHandler({ groups }),
    offsetCommitHandler({ groups, image, internalTopics }),
    offsetFetchHandler({ groups, image, internalTopics }),
    offsetDeleteHandler({ groups, image }),
    listGroupsHandler({ groups }),
    describeGroupsHandler({ groups }),
    consumerGroupHeartbeatHandler({ groups }),
    consumerGroupDescribeHandler({ groups }),
    streamsGroupHeartbeatHandler({ groups, creation: new StreamsTopicCreation(creation) }),
    streamsGroupDescribeHandler({ groups }),
    streamsGroupTopologyDescriptionUpdateHandler(),
    deleteGroupsHandler({ groups }),
  ]
}
