/**
 * The port between the page and the broker: requests of Kafka's own protocol, made in the name of one principal. The page
 * knows no other way to read or to change anything, so that all it shows or does is judged, counted and audited as the same
 * request of any client.
 */
import type { ApiName, DecodedResponseOf, RequestFieldsOf } from '../../../protocol/api-types.ts'
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'

export interface BrokerCalls {
  /**
   * Resolves to the response as a client decodes it; its bytes belong to the caller. `version` absent: the newest that the
   * broker serves. Rejects with a `CallFailed` when the broker does not serve the API.
   */
  call<Api extends ApiName>(api: Api, fields: RequestFieldsOf<Api>, version?: number): Promise<DecodedResponseOf<Api>>
}

/** The newest versions in which topics stand in requests by their names, and not by their ids. */
export const BY_NAME = { Produce: 12, Fetch: 12, OffsetFetch: 9, OffsetCommit: 9 } as const

const CLIENT_ID = 'samsa-page'

/** `signal`: nobody waits any more; what is under way is given up. */
export const callsOf = (connection: InProcessConnection, signal: AbortSignal): BrokerCalls => ({
  call: (api, fields, version) => connection.call(api, fields, { clientId: CLIENT_ID, signal, version }),
})
