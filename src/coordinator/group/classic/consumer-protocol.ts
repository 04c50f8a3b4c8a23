import { decodeMessage } from '../../../../protocol/compile.ts'
import { ConsumerProtocolSubscription } from '../../../../protocol/messages/consumer-protocol.ts'

/** The protocol type of consumers, as opposed to that of Connect workers and others that borrow the group machinery. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

const VERSION_BYTES = 2

/**
 * The topics of a consumer's subscription, or null when it cannot be read. Later versions only add to version 0, so
 * that is what is read of all of them.
 */
export function subscribedTopics(subscription: Buffer): string[] | null {
  try {
    return decodeMessage(ConsumerProtocolSubscription, 0, subscription.subarray(VERSION_BYTES)).topics
  } catch {
    return null
  }
}
