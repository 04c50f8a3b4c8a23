/**
 * ListGroups (key 16): the groups that this broker coordinates.
 *
 * v3   flexible
 * v4   filter by state, and the state in the answer (KIP-518)
 * v5   filter by type, and the type in the answer (KIP-848)
 */
import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/list-groups.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { QUIETLY } from '../dispatch/access.ts'
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

    async handle({ permissions }, request) {
      const all = await groups.admin.list(request)
      const showsAll = permissions.allows('DESCRIBE', 'CLUSTER', CLUSTER_NAME, QUIETLY)
      const isShown = ({ groupId = '' }) => showsAll || permissions.allows('DESCRIBE', 'GROUP', groupId, QUIETLY)
      return { errorCode: ErrorCode.NONE, groups: all.filter(isShown) }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
