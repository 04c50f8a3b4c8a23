import type { BrokerConfig } from '../../config/index.ts'
import type { AdminRequests } from '../../controller/admin-requests.ts'
import type { Environment } from '../../env/index.ts'
import type { NamedLoggers } from '../../env/named-loggers.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { alterConfigsHandler } from '../alter-configs.ts'
import { alterPartitionReassignmentsHandler } from '../alter-partition-reassignments.ts'
import { createPartitionsHandler } from '../create-partitions.ts'
import { createTopicsHandler } from '../create-topics.ts'
import { deleteTopicsHandler } from '../delete-topics.ts'
import { describeClusterHandler } from '../describe-cluster.ts'
import { describeConfigsHandler } from '../describe-configs.ts'
import { describeQuorumHandler } from '../describe-quorum.ts'
import { describeTopicPartitionsHandler } from '../describe-topic-partitions.ts'
import { electLeadersHandler } from '../elect-leaders.ts'
import { incrementalAlterConfigsHandler } from '../incremental-alter-configs.ts'
import { listConfigResourcesHandler } from '../list-config-resources.ts'
import { listPartitionReassignmentsHandler } from '../list-partition-reassignments.ts'
import { metadataHandler } from '../metadata.ts'
import type { AdvertisedEndpoints } from '../support/advertised-endpoint.ts'
import type { ListenerCheck } from '../support/configs/broker-config-change.ts'
import { LogLevelChanges } from '../support/configs/log-level-changes.ts'
import type { InternalTopicCreation } from '../support/topics/internal-topic-creation.ts'
import { TopicAutoCreation } from '../support/topics/topic-auto-creation.ts'
import { unregisterBrokerHandler } from '../unregister-broker.ts'
import { unregisterControllerHandler } from '../unregister-controller.ts'
import { updateFeaturesHandler } from '../update-features.ts'

export interface AdminServices {
  config: BrokerConfig
  environment: Environment
  loggers: NamedLoggers<'samsa.broker'>
  controller: AdminRequests
  metadata: PublishedMetadata
  internalTopics: InternalTopicCreation
  clusterId: string
  endpoints: AdvertisedEndpoints
  checkListeners: ListenerCheck
}

/** The APIs that show and change what exists in the cluster. */
export function adminHandlers(services: AdminServices) {
  const { config, environment, loggers, controller, metadata, internalTopics, clusterId, endpoints, checkListeners } =
    services
  const { clock } = environment
  const autoCreation = new TopicAutoCreation({
    controller,
    config,
    clock,
    internalTopics,
    logger: loggers.named('samsa.broker'),
  })
  return [
    metadataHandler({ metadata, config, clusterId, endpoints, autoCreation }),
    createTopicsHandler({ controller, clock }),
    deleteTopicsHandler({ controller, metadata, clock }),
    createPartitionsHandler({ controller, clock }),
    describeConfigsHandler({ metadata, config, loggers }),
    alterConfigsHandler({ controller, metadata, config, checkListeners, clock }),
    incrementalAlterConfigsHandler({
      checkListeners,
      controller,
      metadata,
      config,
      clock,
      levels: new LogLevelChanges(config, loggers),
    }),
    describeClusterHandler({ metadata, clusterId, nodeId: config.get('node.id'), endpoints }),
    describeTopicPartitionsHandler({ metadata, config }),
    electLeadersHandler({ controller, clock }),
    alterPartitionReassignmentsHandler({ controller, clock }),
    listPartitionReassignmentsHandler({ controller, clock }),
    describeQuorumHandler({ controller, clock }),
    unregisterBrokerHandler({ controller, clock }),
    unregisterControllerHandler({ controller, clock }),
    updateFeaturesHandler({ controller, clock }),
    listConfigResourcesHandler({ metadata }),
  ]
}
