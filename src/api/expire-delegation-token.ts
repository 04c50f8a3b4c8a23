/**
 * ExpireDelegationToken (key 40): lets a token end earlier, or at once (KIP-48).
 *
 * v2  flexible
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../protocol/messages/expire-delegation-token.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { allowsTokenRequests } from '../security/delegation-tokens.ts'
import { controllerContext } from './support/controller-context.ts'

export function expireDelegationTokenHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof ExpireDelegationTokenRequest, typeof ExpireDelegationTokenResponse> {
  return {
    apiKey: 40,
    name: 'ExpireDelegationToken',
    request: ExpireDelegationTokenRequest,
    response: ExpireDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 2,
    // No authorizer is asked: the controller looks whether the client is the owner or a renewer.
    access: { needs: [] },

    handle(context, request) {
      const { securityProtocol, peer } = context.connection
      if (!allowsTokenRequests(securityProtocol, peer.principal)) {
        return { errorCode: ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED, expiryTimestampMs: -1n }
      }
      return controller.forward('ExpireDelegationToken', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
