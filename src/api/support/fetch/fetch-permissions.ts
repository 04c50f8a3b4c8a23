import { CLUSTER_NAME } from '../../../../protocol/acl.ts'
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { FetchRequest } from '../../../../protocol/messages/fetch.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { FetchPartition, FetchResult } from '../../../replication/fetch-session.ts'
import type { FetchingReplica } from '../../../replication/partition.ts'
import { failedResult, type ReplicaManager } from '../../../replication/replica-manager.ts'

const UNKNOWN_BROKER_EPOCH = -1n

export function isFollower({ replicaId, replicaState }: FetchRequest): boolean {
  return replicaId >= 0 || replicaState.replicaId >= 0
}

/** null: a consumer. */
export function fetchingReplica({ replicaId, replicaState }: FetchRequest): FetchingReplica | null {
  if (replicaState.replicaId >= 0) return { id: replicaState.replicaId, brokerEpoch: replicaState.replicaEpoch }
  return replicaId >= 0 ? { id: replicaId, brokerEpoch: UNKNOWN_BROKER_EPOCH } : null
}

/** The partitions that the client may read, and the answers of the others. */
export function readablePartitions(
  replicas: ReplicaManager,
  { permissions }: RequestContext,
  request: FetchRequest,
  partitions: readonly FetchPartition[],
): { allowed: readonly FetchPartition[]; refused: readonly FetchResult[] } {
  const isReadable = isFollower(request)
    ? () => permissions.allows('CLUSTER_ACTION', 'CLUSTER', CLUSTER_NAME)
    : (partition: FetchPartition) => {
        const topic = partition.topic ?? replicas.topicName(partition.topicId)
        return topic === null || permissions.allows('READ', 'TOPIC', topic)
      }
  if (partitions.every(isReadable)) return { allowed: partitions, refused: [] }
  const refused = partitions.filter((partition) => !isReadable(partition))
  return {
    allowed: partitions.filter(isReadable),
    refused: refused.map((partition) => failedResult(partition, ErrorCode.TOPIC_AUTHORIZATION_FAILED)),
  }
}
