/**
 * AlterPartitionReassignments (key 45): moves partitions to other brokers, or ends their moves (KIP-455). Each partition
 * is answered for itself, and is on the move when it is; ListPartitionReassignments tells when it has arrived.
 *
 * v1  the number of replicas may be forbidden to change (KIP-860)
 */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/messages/alter-partition-reassignments.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function alterPartitionReassignmentsHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof AlterPartitionReassignmentsRequest, typeof AlterPartitionReassignmentsResponse> {
  return {
    apiKey: 45,
    name: 'AlterPartitionReassignments',
    request: AlterPartitionReassignmentsRequest,
    response: AlterPartitionReassignmentsResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward(
        'AlterPartitionReassignments',
        request,
        controllerContext(context, clock, request.timeoutMs),
      )
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      const responses = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage })),
      }))
      return { errorCode, errorMessage, responses }
    },
  }
}
