/**
 * AlterConfigs (key 33): replaces all dynamic values of each resource; what is not named falls back to its default.
 * IncrementalAlterConfigs is its successor. Each resource changes as a whole or not at all.
 *
 * v1  the response is sent before the client is throttled (KIP-219)
 * v2  flexible
 */
import { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/messages/alter-configs.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import {
  alterThrough,
  checkBrokerChange,
  type ListenerCheck,
  refusedAlterations,
} from './support/configs/broker-config-change.ts'
import { configAccess } from './support/configs/config-access.ts'
import { controllerContext } from './support/controller-context.ts'

export function alterConfigsHandler({
  controller,
  metadata,
  config,
  checkListeners,
  clock,
}: {
  controller: AdminRequests
  metadata: PublishedMetadata
  config: BrokerConfig
  checkListeners: ListenerCheck
  clock: Clock
}): ApiHandler<typeof AlterConfigsRequest, typeof AlterConfigsResponse> {
  return {
    apiKey: 33,
    name: 'AlterConfigs',
    request: AlterConfigsRequest,
    response: AlterConfigsResponse,
    minVersion: 0,
    maxVersion: 2,
    access: configAccess('ALTER_CONFIGS', 'responses'),

    async handle(context, request) {
      const check = async (resource: (typeof request.resources)[number]) => {
        const { resourceType: type, resourceName: name } = resource
        const current = metadata.image.configs.get({ type, name })
        await checkBrokerChange({ config, checkListeners }, resource, current, {
          isIncremental: false,
          connection: context.connection,
        })
        return 'to be passed on' as const
      }
      const responses = await alterThrough(request.resources, check, async (remaining) => {
        const passedOn = { ...request, resources: [...remaining] }
        const answer = await controller.forward('AlterConfigs', passedOn, controllerContext(context, clock))
        return answer.responses ?? []
      })
      return { responses }
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      return { responses: refusedAlterations(request.resources, errorCode, errorMessage) }
    },
  }
}
