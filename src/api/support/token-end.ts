/** The part of a handler that RenewDelegationToken and ExpireDelegationToken share: both change when a token ends. */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { AdminRequest, AdminRequests, AdminResponse } from '../../controller/admin-requests.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import type { Clock } from '../../env/index.ts'
import { allowsTokenRequests } from '../../security/delegation-tokens.ts'
import { controllerContext } from './controller-context.ts'

export interface TokenServices {
  readonly controller: AdminRequests
  readonly clock: Clock
}

type TokenEndApi = 'RenewDelegationToken' | 'ExpireDelegationToken'
type Refusal = { errorCode: number; expiryTimestampMs?: bigint }

export function changesTokenEnd<Api extends TokenEndApi>(api: Api, { controller, clock }: TokenServices) {
  return {
    // No authorizer is asked: the controller looks whether the client is the owner or a renewer.
    access: { needs: [] },

    handle(context: RequestContext, request: AdminRequest<Api>): Refusal | Promise<AdminResponse<Api>> {
      const { securityProtocol, peer } = context.connection
      if (!allowsTokenRequests(securityProtocol, peer.principal)) {
        return { errorCode: ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, expiryTimestampMs: -1n }
      }
      return controller.forward(api, request, controllerContext(context, clock))
    },

    errorResponse: (_context: RequestContext, _request: unknown, errorCode: number): Refusal => ({ errorCode }),
  }
}
