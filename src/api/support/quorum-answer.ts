/** The parts that the answers of the only voter have in common (KIP-595, KIP-853). */
import { addressed, type QuorumLeader, type RaftRequest } from '../../controller/serving/quorum-answers.ts'
import type { ConnectionContext, RequestContext } from '../../dispatch/handler.ts'
import { METADATA_TOPIC } from '../../log/files/file-names.ts'
import type { ControllerEndpoints } from './controller-endpoint.ts'

/** The first version of Vote, BeginQuorumEpoch, EndQuorumEpoch and FetchSnapshot that says where the leader is. */
export const FIRST_VERSION_WITH_ENDPOINTS = 1

export const leaderEndpoint = (leaderId: number, endpoints: ControllerEndpoints, connection: ConnectionContext) => [
  { nodeId: leaderId, ...endpoints(connection) },
]

/** The error of the whole request, or what `errorOf` says of the partition that it names, with the leader that there is. */
export function quorumAnswer<Partition extends { readonly partitionIndex: number }>(
  { apiVersion, connection }: RequestContext,
  request: RaftRequest<Partition>,
  { leader, endpoints }: { readonly leader: QuorumLeader; readonly endpoints: ControllerEndpoints },
  errorOf: (partition: Partition) => number,
) {
  const found = addressed(leader, request)
  if ('errorCode' in found) return found
  const { leaderId, leaderEpoch } = leader
  const partition = { partitionIndex: 0, errorCode: errorOf(found.partition), leaderId, leaderEpoch }
  return {
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    ...(apiVersion >= FIRST_VERSION_WITH_ENDPOINTS && {
      nodeEndpoints: leaderEndpoint(leaderId, endpoints, connection),
    }),
  }
}
