/**
 * RenewDelegationToken (key 39): lets a token hold for longer, though never beyond its greatest age (KIP-48).
 *
 * v2  flexible
 */
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../protocol/messages/renew-delegation-token.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { changesTokenEnd, type TokenServices } from './support/token-end.ts'

export function renewDelegationTokenHandler(
  services: TokenServices,
): ApiHandler<typeof RenewDelegationTokenRequest, typeof RenewDelegationTokenResponse> {
  return {
    apiKey: 39,
    name: 'RenewDelegationToken',
    request: RenewDelegationTokenRequest,
    response: RenewDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 2,
    oldestVersion: 0,
    ...changesTokenEnd('RenewDelegationToken', services),
  }
}
