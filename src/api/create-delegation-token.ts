/**
 * CreateDelegationToken (key 38): makes a token by which others may log in as its owner (KIP-48).
 *
 * v2  flexible
 * v3  an owner other than the client (KIP-373)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../protocol/messages/create-delegation-token.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { allowsTokenRequests, tokenParties } from '../security/delegation-tokens.ts'
import { ANONYMOUS, isSamePrincipal, principalText, USER_TYPE } from '../security/principal.ts'
import { controllerContext } from './support/controller-context.ts'

export function createDelegationTokenHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof CreateDelegationTokenRequest, typeof CreateDelegationTokenResponse> {
  return {
    apiKey: 38,
    name: 'CreateDelegationToken',
    request: CreateDelegationTokenRequest,
    response: CreateDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 3,
    oldestVersion: 0,
    // Everybody may make tokens of their own: the need is of those for others.
    access: { needs: [{ operation: 'CREATE_TOKENS', resource: 'USER', inAnswer: true, refused: 'request' }] },

    handle(context, request) {
      const { apiVersion, connection, permissions } = context
      const requester = connection.peer.principal
      const { ownerPrincipalType: type, ownerPrincipalName: name } = request
      const owner = name ? { type: type ?? '', name } : requester
      const refused = (errorCode: number) => ({ ...NO_TOKEN, errorCode, ...tokenParties(owner, requester, apiVersion) })
      if (!allowsTokenRequests(connection.securityProtocol, requester)) {
        return refused(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)
      }
      const isForOther = !isSamePrincipal(owner, requester)
      if (isForOther && !permissions.allows('CREATE_TOKENS', 'USER', principalText(owner))) {
        return refused(ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED)
      }
      if (request.renewers.some(({ principalType }) => principalType !== USER_TYPE)) {
        return refused(ErrorCode.INVALID_PRINCIPAL_TYPE)
      }
      return controller.forward('CreateDelegationToken', request, controllerContext(context, clock))
    },

    errorResponse({ apiVersion }, _request, errorCode) {
      return { ...NO_TOKEN, errorCode, ...tokenParties(ANONYMOUS, ANONYMOUS, apiVersion) }
    },
  }
}

const NO_TOKEN = { issueTimestampMs: -1n, expiryTimestampMs: -1n, maxTimestampMs: -1n }
