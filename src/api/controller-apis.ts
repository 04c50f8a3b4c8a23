/** The APIs of a node that is a controller and no broker (`process.roles=controller`). */
import { InternalTopicCreation } from './support/topics/internal-topic-creation.ts'
import type { AdminServices } from './wiring/admin-handlers.ts'
import { adminHandlers } from './wiring/admin-handlers.ts'
import { type ClusterServices, clusterHandlers } from './wiring/cluster-handlers.ts'
import { type SecurityServices, securityHandlers } from './wiring/security-handlers.ts'
import { versionsHandler } from './wiring/versions-handler.ts'

type Services = Omit<AdminServices, 'internalTopics' | 'endpoints'> &
  SecurityServices &
  ClusterServices &
  Parameters<typeof versionsHandler>[0]

/** Its registry keeps what brokers alone answer apart, and there is no listener for it. */
export function controllerHandlers(services: Services) {
  const { controller, metadata, config, environment } = services
  const internalTopics = new InternalTopicCreation({ controller, metadata, config, clock: environment.clock })
  return [
    versionsHandler(services),
    ...adminHandlers({ ...services, internalTopics, endpoints: () => null }),
    ...securityHandlers(services),
    ...clusterHandlers(services),
  ]
}
