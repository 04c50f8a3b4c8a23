/**
 * ListPartitionReassignments (key 46): which partitions are on the move, of those that are asked for or of all (KIP-455).
 * Partitions that do not move or do not exist are left out.
 *
 * v0  the only one
 */
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/messages/list-partition-reassignments.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function listPartitionReassignmentsHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof ListPartitionReassignmentsRequest, typeof ListPartitionReassignmentsResponse> {
  return {
    apiKey: 46,
    name: 'ListPartitionReassignments',
    request: ListPartitionReassignmentsRequest,
    response: ListPartitionReassignmentsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'DESCRIBE', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('ListPartitionReassignments', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
