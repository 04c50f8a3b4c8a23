/**
 * Commands on delegation tokens (KIP-48, KIP-900), as Apache's DelegationTokenControlManager: tokens are made, live longer,
 * end earlier, and are swept away when they have ended. A token that has ended by itself is not renewed; whoever may
 * renew a token may also end it.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../../protocol/messages/create-delegation-token.ts'
import type { DelegationTokenRecord } from '../../../protocol/messages/delegation-token-record.ts'
import type {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../../protocol/messages/expire-delegation-token.ts'
import type {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../../protocol/messages/renew-delegation-token.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { supportsDelegationTokens } from '../../metadata/metadata-version.ts'
import {
  isExpired,
  mayRenew,
  tokenHmac,
  tokenOfHmac,
  tokenParties,
  tokenSecretKey,
} from '../../security/delegation-tokens.ts'
import { principalText, USER_TYPE } from '../../security/principal.ts'
import {
  type CommandContext,
  type CommandResult,
  type CommandState,
  chanceOf,
  MAX_RECORDS_PER_COMMAND,
} from './command.ts'

type Context = Pick<CommandContext, 'apiVersion' | 'principal' | 'chances'>

/** Times of tokens are sums that stop at the largest time. */
const MAX_TIME = 2n ** 63n - 1n
const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other)

export function createDelegationToken(
  state: CommandState,
  request: CreateDelegationTokenRequest,
  { apiVersion, principal, chances }: Context,
): CommandResult<Encodable<typeof CreateDelegationTokenResponse>> {
  const { ownerPrincipalType, ownerPrincipalName } = request
  const owner = ownerPrincipalName ? { type: ownerPrincipalType ?? '', name: ownerPrincipalName } : principal
  const whose = tokenParties(owner, principal, apiVersion)
  const refused = (errorCode: number) => ({ records: [], response: { ...whose, errorCode } })
  const secretKey = secretKeyOf(state)
  if (typeof secretKey === 'number') return refused(secretKey)
  if (request.renewers.some(({ principalType }) => principalType !== USER_TYPE)) {
    return refused(ErrorCode.INVALID_PRINCIPAL_TYPE)
  }
  const issueTimestamp = BigInt(state.nowMs)
  const maxTimestamp = issueTimestamp + lifetime(state, 'delegation.token.max.lifetime.ms', request.maxLifetimeMs)
  const expiryTime = BigInt(state.config.get('delegation.token.expiry.time.ms'))
  const token: DelegationTokenRecord = {
    owner: principalText(owner),
    requester: principalText(principal),
    renewers: request.renewers.map(({ principalType, principalName }) => `${principalType}:${principalName}`),
    issueTimestamp,
    maxTimestamp: smaller(MAX_TIME, maxTimestamp),
    expirationTimestamp: smaller(smaller(MAX_TIME, maxTimestamp), issueTimestamp + expiryTime),
    tokenId: chanceOf(chances, 0).uuid,
  }
  const response = {
    ...whose,
    errorCode: ErrorCode.NONE,
    issueTimestampMs: issueTimestamp,
    expiryTimestampMs: token.expirationTimestamp,
    maxTimestampMs: token.maxTimestamp,
    tokenId: token.tokenId,
    hmac: tokenHmac(secretKey, token.tokenId),
  }
  return { records: [tokenRecord(token)], response }
}

export function renewDelegationToken(
  state: CommandState,
  { hmac, renewPeriodMs }: RenewDelegationTokenRequest,
  { principal }: Context,
): CommandResult<Encodable<typeof RenewDelegationTokenResponse>> {
  const token = tokenFor(state, hmac)
  if (typeof token === 'number') return refusal(token)
  if (isExpired(token, state.nowMs)) return refusal(ErrorCode.DELEGATION_TOKEN_EXPIRED)
  if (!mayRenew(token, principal)) return refusal(ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH)
  const renewed = BigInt(state.nowMs) + lifetime(state, 'delegation.token.expiry.time.ms', renewPeriodMs)
  return expiring(token, smaller(token.maxTimestamp, renewed))
}

/** A period that is negative ends the token at once, and it is gone. */
export function expireDelegationToken(
  state: CommandState,
  { hmac, expiryTimePeriodMs }: ExpireDelegationTokenRequest,
  { principal }: Context,
): CommandResult<Encodable<typeof ExpireDelegationTokenResponse>> {
  const token = tokenFor(state, hmac)
  if (typeof token === 'number') return refusal(token)
  if (!mayRenew(token, principal)) return refusal(ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH)
  const expiryTimestampMs = BigInt(state.nowMs)
  if (expiryTimePeriodMs < 0n) {
    return { records: [removal(token)], response: { errorCode: ErrorCode.NONE, expiryTimestampMs } }
  }
  if (isExpired(token, state.nowMs)) return refusal(ErrorCode.DELEGATION_TOKEN_EXPIRED)
  return expiring(token, smaller(token.maxTimestamp, expiryTimestampMs + expiryTimePeriodMs))
}

/** Answers what it removes. Tokens beyond what one command may write are left to the next sweep. */
export function removeExpiredTokens(state: CommandState): CommandResult<readonly DelegationTokenRecord[]> {
  const all = [...state.image.delegationTokens.values()]
  const expired = all.filter((token) => isExpired(token, state.nowMs)).slice(0, MAX_RECORDS_PER_COMMAND)
  return { records: expired.map(removal), response: expired }
}

/** The secret key, or the error code where there are no tokens. */
function secretKeyOf({ config, image }: CommandState): string | number {
  const secretKey = tokenSecretKey(config)
  if (secretKey === null) return ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED
  return supportsDelegationTokens(metadataLevel(image)) ? secretKey : ErrorCode.UNSUPPORTED_VERSION
}

function tokenFor(state: CommandState, hmac: Uint8Array): DelegationTokenRecord | number {
  const secretKey = secretKeyOf(state)
  if (typeof secretKey === 'number') return secretKey
  return tokenOfHmac(state.image.delegationTokens.values(), secretKey, hmac) ?? ErrorCode.DELEGATION_TOKEN_NOT_FOUND
}

/** Milliseconds: as long as was asked for, and no longer than is configured. */
function lifetime(
  { config }: CommandState,
  key: 'delegation.token.max.lifetime.ms' | 'delegation.token.expiry.time.ms',
  asked: bigint,
): bigint {
  const longest = BigInt(config.get(key))
  return asked > 0n ? smaller(longest, asked) : longest
}

const refusal = (errorCode: number) => ({ records: [], response: { errorCode } })

const expiring = (token: DelegationTokenRecord, expirationTimestamp: bigint) => ({
  records: [tokenRecord({ ...token, expirationTimestamp })],
  response: { errorCode: ErrorCode.NONE, expiryTimestampMs: expirationTimestamp },
})

const tokenRecord = (value: DelegationTokenRecord): MetadataRecord => ({
  type: 'DelegationTokenRecord',
  version: 0,
  value,
})

const removal = ({ tokenId }: DelegationTokenRecord): MetadataRecord => ({
  type: 'RemoveDelegationTokenRecord',
  version: 0,
  value: { tokenId },
})
