import type { AclOperation } from '../../../../protocol/acl.ts'
import type { Access } from '../../../dispatch/access.ts'
import { ConfigResourceType } from '../../../metadata/image/configurations-image.ts'

interface ConfigRequest {
  readonly resources: readonly { readonly resourceType: number; readonly resourceName: string }[]
}

/** Configurations of topics and groups are theirs; those of brokers, loggers and client metrics are the cluster's. */
export function configAccess(operation: AclOperation, answers: 'results' | 'responses'): Access<ConfigRequest> {
  const named = ({ resources }: ConfigRequest, type: number) =>
    resources.flatMap(({ resourceType, resourceName }) => (resourceType === type ? resourceName : []))
  return {
    needs: [
      {
        operation,
        resource: 'CLUSTER',
        when: ({ resources }) => resources.some(({ resourceType }) => ofCluster.has(resourceType)),
        refused: 'item',
      },
      {
        operation,
        resource: 'TOPIC',
        names: (request) => named(request, ConfigResourceType.TOPIC),
        refused: 'item',
      },
      {
        operation,
        resource: 'GROUP',
        names: (request) => named(request, ConfigResourceType.GROUP),
        refused: 'item',
      },
    ],
    items: { request: 'resources', response: answers },
  }
}

const ofCluster: ReadonlySet<number> = new Set([
  ConfigResourceType.BROKER,
  ConfigResourceType.BROKER_LOGGER,
  ConfigResourceType.CLIENT_METRICS,
])
