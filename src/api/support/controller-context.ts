import type { AdminRequestContext } from '../../controller/admin-requests.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import type { Clock } from '../../env/index.ts'

/** A client's request as the controller sees it. Without a timeout of its own it may wait for as long as it takes. */
export function controllerContext(
  { apiVersion, clientId, connection }: RequestContext,
  clock: Clock,
  timeoutMs = Number.POSITIVE_INFINITY,
): AdminRequestContext {
  const { remoteAddress, peer } = connection
  const deadlineMs = clock.monotonicMs() + Math.max(0, timeoutMs)
  return { apiVersion, principal: peer.principal, clientId, clientAddress: remoteAddress, deadlineMs }
}
