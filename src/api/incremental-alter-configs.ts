/**
 * IncrementalAlterConfigs (key 44, KIP-339): sets, deletes, appends to and subtracts from single values; what is not named
 * stays. Each resource changes as a whole or not at all. An answered change is in effect, and durable but for the levels of
 * loggers, which are those of this process (KIP-412).
 *
 * v1  flexible
 */
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import {
  alterThrough,
  checkBrokerChange,
  type ListenerCheck,
  refusedAlterations,
} from './support/configs/broker-config-change.ts'
import { configAccess } from './support/configs/config-access.ts'
import type { LogLevelChanges } from './support/configs/log-level-changes.ts'
import { controllerContext } from './support/controller-context.ts'

export function incrementalAlterConfigsHandler({
  controller,
  metadata,
  config,
  checkListeners,
  clock,
  levels,
}: {
  controller: AdminRequests
  metadata: PublishedMetadata
  config: BrokerConfig
  checkListeners: ListenerCheck
  clock: Clock
  levels: LogLevelChanges
}): ApiHandler<typeof IncrementalAlterConfigsRequest, typeof IncrementalAlterConfigsResponse> {
  return {
    apiKey: 44,
    name: 'IncrementalAlterConfigs',
    request: IncrementalAlterConfigsRequest,
    response: IncrementalAlterConfigsResponse,
    minVersion: 0,
    maxVersion: 1,
    access: configAccess('ALTER_CONFIGS', 'responses'),

    async handle(context, request) {
      const check = async (resource: (typeof request.resources)[number]): Promise<'to be passed on' | 'done'> => {
        const { resourceType: type, resourceName: name } = resource
        if (type === ConfigResourceType.BROKER_LOGGER) {
          levels.apply(resource, request)
          return 'done'
        }
        const current = metadata.image.configs.get({ type, name })
        await checkBrokerChange({ config, checkListeners }, resource, current, {
          isIncremental: true,
          connection: context.connection,
        })
        return 'to be passed on'
      }
      const responses = await alterThrough(request.resources, check, async (remaining) => {
        const passedOn = { ...request, resources: [...remaining] }
        const answer = await controller.forward('IncrementalAlterConfigs', passedOn, controllerContext(context, clock))
        return answer.responses ?? []
      })
      return { responses }
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      return { responses: refusedAlterations(request.resources, errorCode, errorMessage) }
    },
  }
}
