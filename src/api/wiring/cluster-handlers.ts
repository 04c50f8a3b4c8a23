import type { BrokerConfig } from '../../config/index.ts'
import type { ClusterRequests } from '../../controller/cluster-requests.ts'
import { allocateProducerIdsHandler } from '../allocate-producer-ids.ts'
import { alterPartitionHandler } from '../alter-partition.ts'
import { assignReplicasToDirsHandler } from '../assign-replicas-to-dirs.ts'
import { beginQuorumEpochHandler } from '../begin-quorum-epoch.ts'
import { brokerHeartbeatHandler } from '../broker-heartbeat.ts'
import { brokerRegistrationHandler } from '../broker-registration.ts'
import { controllerRegistrationHandler } from '../controller-registration.ts'
import { endQuorumEpochHandler } from '../end-quorum-epoch.ts'
import { type EnvelopeServices, envelopeHandler } from '../envelope.ts'
import { fetchSnapshotHandler } from '../fetch-snapshot.ts'
import { metadataFetchHandler } from '../metadata-fetch.ts'
import { controllerEndpoints } from '../support/controller-endpoint.ts'
import { updateRaftVoterHandler } from '../update-raft-voter.ts'
import { voteHandler } from '../vote.ts'

export interface ClusterServices {
  readonly config: BrokerConfig
  readonly cluster: ClusterRequests
  /** Handles what is inside envelopes. */
  readonly dispatch: EnvelopeServices['dispatch']
}

/** The APIs by which other nodes live in the cluster of this controller. Loaded where it has a listener for them. */
export function clusterHandlers({ config, cluster, dispatch }: ClusterServices) {
  const endpoints = controllerEndpoints(config)
  return [
    metadataFetchHandler({ cluster, endpoints }),
    voteHandler({ cluster, endpoints }),
    beginQuorumEpochHandler({ cluster, endpoints }),
    endQuorumEpochHandler({ cluster, endpoints }),
    alterPartitionHandler({ cluster }),
    envelopeHandler({ dispatch }),
    fetchSnapshotHandler({ cluster, endpoints }),
    brokerRegistrationHandler({ cluster }),
    brokerHeartbeatHandler({ cluster }),
    allocateProducerIdsHandler({ cluster }),
    controllerRegistrationHandler({ cluster }),
    assignReplicasToDirsHandler({ cluster }),
    updateRaftVoterHandler({ cluster, endpoints }),
  ]
}
