/**
 * DeleteAcls (key 31): removes the access control entries that match filters (KIP-140).
 *
 * v1  prefixed patterns, and filters for all patterns that are about one resource (KIP-290)
 * v2  flexible
 * v3  resources of type USER (KIP-373)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/messages/delete-acls.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import { hasUnknownFilter } from '../security/acl/acl-filter.ts'
import type { AclServices } from './create-acls.ts'
import { controllerContext } from './support/controller-context.ts'

export function deleteAclsHandler(
  services: AclServices,
): ApiHandler<typeof DeleteAclsRequest, typeof DeleteAclsResponse> {
  const { controller, clock } = services
  const errors = (request: DeleteAclsRequest, errorCode: number, errorMessage: string | null) => ({
    filterResults: request.filters.map(() => ({ errorCode, errorMessage, matchingAcls: [] })),
  })
  return {
    apiKey: 31,
    name: 'DeleteAcls',
    request: DeleteAclsRequest,
    response: DeleteAclsResponse,
    minVersion: 1,
    maxVersion: 3,
    oldestVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    async handle(context, request) {
      if (request.filters.some(hasUnknownFilter)) {
        return new Outcome(null, { closeReason: 'Filters contain UNKNOWN elements' })
      }
      if (!services.hasAuthorizer()) {
        return errors(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.')
      }
      return controller.forward('DeleteAcls', request, controllerContext(context, clock))
    },

    errorResponse: (_context, request, code, message) => errors(request, code, message),
  }
}
