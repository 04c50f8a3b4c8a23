/**
 * ExpireDelegationToken (key 40): lets a token end earlier, or at once (KIP-48).
 *
 * v2  flexible
 */
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../protocol/messages/expire-delegation-token.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { changesTokenEnd, type TokenServices } from './support/token-end.ts'

export function expireDelegationTokenHandler(
  services: TokenServices,
): ApiHandler<typeof ExpireDelegationTokenRequest, typeof ExpireDelegationTokenResponse> {
  return {
    apiKey: 40,
    name: 'ExpireDelegationToken',
    request: ExpireDelegationTokenRequest,
    response: ExpireDelegationTokenResponse,
    minVersion: 1,
    maxVersion: 2,
    oldestVersion: 0,
    ...changesTokenEnd('ExpireDelegationToken', services),
  }
}
