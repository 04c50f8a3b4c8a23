/**
 * DescribeDelegationToken (key 41): the tokens that concern a client, with their secrets (KIP-48).
 *
 * v2  flexible
 * v3  who has asked for a token (KIP-373)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { DelegationTokenRecord } from '../../protocol/messages/delegation-token-record.ts'
import {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from '../../protocol/messages/describe-delegation-token.ts'
import type { BrokerConfig } from '../config/index.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import {
  allowsTokenRequests,
  concerns,
  tokenHmac,
  tokenParties,
  tokenSecretKey,
} from '../security/delegation-tokens.ts'
import { type Principal, parsePrincipal } from '../security/principal.ts'

export function describeDelegationTokenHandler({
  config,
  metadata,
}: {
  config: BrokerConfig
  metadata: PublishedMetadata
}): ApiHandler<typeof DescribeDelegationTokenRequest, typeof DescribeDelegationTokenResponse> {
  return {
    apiKey: 41,
    name: 'DescribeDelegationToken',
    request: DescribeDelegationTokenRequest,
    response: DescribeDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 3,
    oldestVersion: 0,
    access: {
      needs: [
        { operation: 'DESCRIBE', resource: 'DELEGATION_TOKEN', inAnswer: true, refused: 'hidden' },
        { operation: 'DESCRIBE_TOKENS', resource: 'USER', inAnswer: true, refused: 'hidden' },
      ],
    },

    handle({ apiVersion, connection: { securityProtocol, peer }, permissions }, request) {
      if (!allowsTokenRequests(securityProtocol, peer.principal)) {
        return { errorCode: ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED }
      }
      const secretKey = tokenSecretKey(config)
      if (secretKey === null) return { errorCode: ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED }
      const owners = request.owners?.map(({ principalType: type, principalName: name }) => ({ type, name })) ?? null
      const isAskedFor = (token: DelegationTokenRecord): boolean =>
        owners === null || owners.some((owner) => concerns(token, owner))
      const isShown = (token: DelegationTokenRecord): boolean =>
        concerns(token, peer.principal) ||
        permissions.allows('DESCRIBE', 'DELEGATION_TOKEN', token.tokenId, QUIETLY) ||
        permissions.allows('DESCRIBE_TOKENS', 'USER', token.owner, QUIETLY)
      const shown = [...metadata.image.delegationTokens.values()].filter(isAskedFor).filter(isShown)
      return { errorCode: ErrorCode.NONE, tokens: shown.map((token) => description(token, secretKey, apiVersion)) }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}

function description(token: DelegationTokenRecord, secretKey: string, apiVersion: number) {
  return {
    ...tokenParties(principalOf(token.owner), principalOf(token.requester), apiVersion),
    issueTimestamp: token.issueTimestamp,
    expiryTimestamp: token.expirationTimestamp,
    maxTimestamp: token.maxTimestamp,
    tokenId: token.tokenId,
    hmac: tokenHmac(secretKey, token.tokenId),
    renewers: token.renewers.map(principalOf).map(({ type, name }) => ({ principalType: type, principalName: name })),
  }
}

const principalOf = (text: string): Principal => parsePrincipal(text) ?? { type: '', name: text }
