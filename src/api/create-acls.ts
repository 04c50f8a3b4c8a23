/**
 * CreateAcls (key 30): adds access control entries (KIP-140). An answered entry is durable and in force.
 *
 * v1  prefixed patterns (KIP-290)
 * v2  flexible
 * v3  resources of type USER (KIP-373)
 */
import { ErrorCode, errorMessage } from '../../protocol/errors.ts'
import { CreateAclsRequest, CreateAclsResponse } from '../../protocol/messages/create-acls.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import type { Clock } from '../env/index.ts'
import { hasUnknown } from '../security/acl/acl-filter.ts'
import { controllerContext } from './support/controller-context.ts'

export interface AclServices {
  controller: AdminRequests
  clock: Clock
  /** Whether there is an authorizer, without which ACLs would be kept for nobody. */
  hasAuthorizer: () => boolean
}

export function createAclsHandler(
  services: AclServices,
): ApiHandler<typeof CreateAclsRequest, typeof CreateAclsResponse> {
  const { controller, clock } = services
  const errors = (request: CreateAclsRequest, errorCode: number, message: string | null) => ({
    results: request.creations.map(() => ({ errorCode, errorMessage: message ?? errorMessage(errorCode) })),
  })
  return {
    apiKey: 30,
    name: 'CreateAcls',
    request: CreateAclsRequest,
    response: CreateAclsResponse,
    minVersion: 1,
    maxVersion: 3,
    oldestVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    async handle(context, request) {
      const isStrange = request.creations.some((creation) =>
        hasUnknown({ ...creation, patternType: creation.resourcePatternType }),
      )
      if (isStrange) return new Outcome(null, { closeReason: 'CreatableAcls contain unknown elements' })
      if (!services.hasAuthorizer()) {
        return errors(request, ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.')
      }
      return controller.forward('CreateAcls', request, controllerContext(context, clock))
    },

    errorResponse: (_context, request, code, message) => errors(request, code, message),
  }
}
