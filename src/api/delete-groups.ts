/**
 * DeleteGroups (key 42): removes groups without members, and their offsets (KIP-229). Each group has its own answer.
 *
 * v2   flexible
 * v3   a message beside the error, where there is more to say than its code does (KIP-1331)
 */
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/delete-groups.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function deleteGroupsHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof DeleteGroupsRequest, typeof DeleteGroupsResponse> {
  return {
    apiKey: 42,
    name: 'DeleteGroups',
    request: DeleteGroupsRequest,
    response: DeleteGroupsResponse,
    minVersion: 0,
    maxVersion: 3,
    access: {
      needs: [{ operation: 'DELETE', resource: 'GROUP', names: ({ groupsNames }) => groupsNames, refused: 'item' }],
      items: { request: 'groupsNames', response: 'results' },
    },

    async handle(_context, request) {
      return { results: await groups.admin.delete([...new Set(request.groupsNames)]) }
    },

    errorResponse(_context, request, code) {
      return { results: request.groupsNames.map((groupId) => ({ groupId, errorCode: code })) }
    },
  }
}
