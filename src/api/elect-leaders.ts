/**
 * ElectLeaders (key 43): makes the preferred replica of a partition its leader, or any that is alive where there is none
 * (KIP-183). Where all partitions are asked for, those that need no election are left out.
 *
 * v1  unclean elections, and an error for the whole response (KIP-460)
 * v2  flexible
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { ElectLeadersRequest, ElectLeadersResponse } from '../../protocol/messages/elect-leaders.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

const FIRST_ERROR_VERSION = 1

export function electLeadersHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof ElectLeadersRequest, typeof ElectLeadersResponse> {
  return {
    apiKey: 43,
    name: 'ElectLeaders',
    request: ElectLeadersRequest,
    response: ElectLeadersResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('ElectLeaders', request, controllerContext(context, clock, request.timeoutMs))
    },

    errorResponse({ apiVersion }, { topicPartitions }, errorCode, errorMessage) {
      const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage })),
      }))
      return { errorCode: apiVersion >= FIRST_ERROR_VERSION ? errorCode : ErrorCode.NONE, replicaElectionResults }
    },
  }
}
