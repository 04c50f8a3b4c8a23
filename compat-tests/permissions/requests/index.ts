import type { Requests } from '../world.ts'
import { clusterRequests } from './cluster.ts'
import { groupRequests } from './groups.ts'
import { shareRequests } from './share.ts'
import { streamsRequests } from './streams.ts'
import { topicRequests } from './topics.ts'
import { transactionRequests } from './transactions.ts'

/** A login within a session is an end of it. */
export const OWN_CONNECTION: ReadonlySet<string> = new Set(['SaslHandshake', 'SaslAuthenticate'])

/** By the name of the API. */
export const requests: Readonly<Record<string, Requests>> = {
  ...topicRequests,
  ...groupRequests,
  ...shareRequests,
  ...streamsRequests,
  ...transactionRequests,
  ...clusterRequests,
}
