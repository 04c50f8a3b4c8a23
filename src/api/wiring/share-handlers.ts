import type { BrokerConfig } from '../../config/index.ts'
import type { GroupCoordinator } from '../../coordinator/group-coordinator.ts'
import type { Environment } from '../../env/index.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { ShareServices } from '../../share/share-services.ts'
import { alterShareGroupOffsetsHandler } from '../alter-share-group-offsets.ts'
import { deleteShareGroupOffsetsHandler } from '../delete-share-group-offsets.ts'
import { deleteShareGroupStateHandler } from '../delete-share-group-state.ts'
import { type DescribeShareOffsetsServices, describeShareGroupOffsetsHandler } from '../describe-share-group-offsets.ts'
import { initializeShareGroupStateHandler } from '../initialize-share-group-state.ts'
import { readShareGroupStateHandler } from '../read-share-group-state.ts'
import { readShareGroupStateSummaryHandler } from '../read-share-group-state-summary.ts'
import { shareAcknowledgeHandler } from '../share-acknowledge.ts'
import { shareFetchHandler } from '../share-fetch.ts'
import { shareGroupDescribeHandler } from '../share-group-describe.ts'
import { shareGroupHeartbeatHandler } from '../share-group-heartbeat.ts'
import type { LeaderLookup } from '../support/changed-leaders.ts'
import { writeShareGroupStateHandler } from '../write-share-group-state.ts'

export interface ShareHandlerServices {
  config: BrokerConfig
  environment: Environment
  metadata: PublishedMetadata
  replicas: ReplicaManager
  groups: GroupCoordinator
  shares: ShareServices & DescribeShareOffsetsServices['shares']
  leaders: LeaderLookup
}

/** The APIs of share groups: their members, what they read, and where it is kept how far they have come. */
export function shareHandlers({
  config,
  environment,
  metadata,
  replicas,
  groups,
  shares,
  leaders,
}: ShareHandlerServices) {
  const image = () => metadata.image
  const reading = { groups, replicas, shares, leaders }
  return [
    shareGroupHeartbeatHandler({ groups }),
    shareGroupDescribeHandler({ groups }),
    shareFetchHandler({ ...reading, clock: environment.clock, maxBytes: () => config.get('fetch.max.bytes') }),
    shareAcknowledgeHandler(reading),
    initializeShareGroupStateHandler({ shares }),
    readShareGroupStateHandler({ shares }),
    writeShareGroupStateHandler({ shares }),
    deleteShareGroupStateHandler({ shares }),
    readShareGroupStateSummaryHandler({ shares }),
    describeShareGroupOffsetsHandler({ groups, shares, image }),
    alterShareGroupOffsetsHandler({ groups, image }),
    deleteShareGroupOffsetsHandler({ groups }),
  ]
}
