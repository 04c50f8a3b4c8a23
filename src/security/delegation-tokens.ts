/**
 * Delegation tokens (KIP-48, KIP-900): the metadata says whose they are and how long they hold. Their secret, the HMAC, is
 * not in it: it comes of the token's id and of `delegation.token.secret.key`, which all brokers and controllers share.
 */
import { createHmac } from 'node:crypto'
import type { DelegationTokenRecord } from '../../protocol/messages/delegation-token-record.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { equalInConstantTime } from './constant-time.ts'
import { ANONYMOUS, isSamePrincipal, type Principal, principalText } from './principal.ts'

/** null: delegation tokens are off. */
export function tokenSecretKey(config: BrokerConfig): string | null {
  const key = config.get('delegation.token.secret.key')
  return key === '' ? null : key
}

/** As Apache computes it. */
export const tokenHmac = (secretKey: string, tokenId: string): Buffer =>
  createHmac('sha512', secretKey).update(tokenId).digest()

/** The token that has this HMAC. The time it takes grows with the number of tokens: about a microsecond for each. */
export function tokenOfHmac(
  tokens: Iterable<DelegationTokenRecord>,
  secretKey: string,
  hmac: Uint8Array,
): DelegationTokenRecord | null {
  for (const token of tokens) if (equalInConstantTime(hmac, tokenHmac(secretKey, token.tokenId))) return token
  return null
}

export const isExpired = ({ maxTimestamp, expirationTimestamp }: DelegationTokenRecord, nowMs: number): boolean =>
  maxTimestamp < nowMs || expirationTimestamp < nowMs

/** Whether a client may renew and expire the token. */
export function mayRenew({ owner, renewers }: DelegationTokenRecord, principal: Principal): boolean {
  const text = principalText(principal)
  return owner === text || renewers.includes(text)
}

/** Whether a client may see the token without being permitted to. */
export const concerns = (token: DelegationTokenRecord, principal: Principal): boolean =>
  mayRenew(token, principal) || token.requester === principalText(principal)

/** The first version of CreateDelegationToken and DescribeDelegationToken whose answers tell who has asked for a token (KIP-373). */
const FIRST_VERSION_WITH_REQUESTER = 3

/** The owner of a token, and who asked for it, as the fields of those answers. */
export function tokenParties(owner: Principal, requester: Principal, apiVersion: number) {
  return {
    principalType: owner.type,
    principalName: owner.name,
    ...(apiVersion >= FIRST_VERSION_WITH_REQUESTER && {
      tokenRequesterPrincipalType: requester.type,
      tokenRequesterPrincipalName: requester.name,
    }),
  }
}

/**
 * Whether a connection may ask for tokens and about them: its client has to be known, by more than another token, or
 * tokens would outlive themselves.
 */
export function allowsTokenRequests(securityProtocol: string, principal: Principal): boolean {
  if (principal.tokenAuthenticated || securityProtocol === 'PLAINTEXT') return false
  return securityProtocol !== 'SSL' || !isSamePrincipal(principal, ANONYMOUS)
}
