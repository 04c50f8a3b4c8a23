/** ApiVersions through a proxy. */
import { apisByKey } from '../../protocol/registry.ts'
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { leadsToBrokers } from './addresses.ts'

interface Range {
  apiKey: number
  minVersion: number
  maxVersion: number
}

/**
 * Leaves out the versions that would lead clients around the proxy: those of APIs with addresses that are not known here.
 * Everything else passes as the broker says it. Returns whether anything was left out.
 */
export function withKnownVersions(response: Decoded<MessageSchema>): boolean {
  let isChanged = false
  for (const range of unchecked<{ apiKeys: Range[] }>(response).apiKeys) {
    const known = apisByKey.get(range.apiKey)?.request.maxVersion ?? 0
    if (!leadsToBrokers(range.apiKey) || range.maxVersion <= known) continue
    range.maxVersion = known
    isChanged = true
  }
  return isChanged
}
