/**
 * ListGroups (key 16): the groups that this broker coordinates.
 *
 * v3   flexible
 * v4   filter by state, and the state in the answer (KIP-518)
 * v5   filter by type, and the type in the answer (KIP-848)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/list-groups.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function listGroupsHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof ListGroupsRequest, typeof ListGroupsResponse> {
  return {
    apiKey: 16,
    name: 'ListGroups',
    request: ListGroupsRequest,
    response: ListGroupsResponse,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'GROUP',
          inAnswer: true,
          unless: [{ operation: 'DESCRIBE', resource: 'CLUSTER' }],
          refused: 'hidden',
        },
      ],
    },

    async handle(_context, request) {
      return { errorCode: ErrorCode.NONE, groups: await groups.admin.list(request) }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
