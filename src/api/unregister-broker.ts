/**
 * UnregisterBroker (key 64): forgets a broker that will not come back (KIP-631). One that does come back registers anew.
 *
 * v0  the only one
 */
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../protocol/messages/unregister-broker.ts'
import type { Controller } from '../controller/controller.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function unregisterBrokerHandler({
  controller,
  clock,
}: {
  controller: Controller
  clock: Clock
}): ApiHandler<typeof UnregisterBrokerRequest, typeof UnregisterBrokerResponse> {
  return {
    apiKey: 64,
    name: 'UnregisterBroker',
    request: UnregisterBrokerRequest,
    response: UnregisterBrokerResponse,
    minVersion: 0,
    maxVersion: 0,

    async handle(context, { brokerId }) {
      await controller.unregisterBroker(controllerContext(context, clock), brokerId)
      return { errorMessage: null }
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
