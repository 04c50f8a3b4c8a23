import type { Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { type Answer, Outcome } from '../../dispatch/outcome.ts'

/**
 * The end of a request that the controller has carried out: it says for how long the client is to be silent, and the broker
 * that has the client's connection sees to that (KIP-599).
 */
export async function silencedByController<Response extends MessageSchema>(
  forwarded: Promise<Encodable<Response> & { readonly throttleTimeMs?: number }>,
): Promise<Answer<Response>> {
  const response = await forwarded
  const { throttleTimeMs = 0 } = response
  return throttleTimeMs === 0 ? response : new Outcome(response, { throttleTimeMs })
}
