import type { ControllerRequestContext } from '../../controller/controller.ts'
import type { RequestContext } from '../../dispatch/handler.ts'
import type { Clock } from '../../env/index.ts'

/** A client's request as the controller sees it. Without a timeout of its own it may wait for as long as it takes. */
export function controllerContext(
  context: RequestContext,
  clock: Clock,
  timeoutMs = Number.POSITIVE_INFINITY,
): ControllerRequestContext {
  return { principal: context.connection.peer.principal, deadlineMs: clock.monotonicMs() + Math.max(0, timeoutMs) }
}
