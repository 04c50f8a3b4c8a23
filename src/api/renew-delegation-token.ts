/**
 * RenewDelegationToken (key 39): lets a token hold for longer, though never beyond its greatest age (KIP-48).
 *
 * v2  flexible
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../protocol/messages/renew-delegation-token.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { allowsTokenRequests } from '../security/delegation-tokens.ts'
import { controllerContext } from './support/controller-context.ts'

export function renewDelegationTokenHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof RenewDelegationTokenRequest, typeof RenewDelegationTokenResponse> {
  return {
    apiKey: 39,
    name: 'RenewDelegationToken',
    request: RenewDelegationTokenRequest,
    response: RenewDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 2,
    // No authorizer is asked: the controller looks whether the client is the owner or a renewer.
    access: { needs: [] },

    handle(context, request) {
      const { securityProtocol, peer } = context.connection
      if (!allowsTokenRequests(securityProtocol, peer.principal)) {
        return { errorCode: ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, expiryTimestampMs: -1n }
      }
      return controller.forward('RenewDelegationToken', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
