/**
 * DescribeCluster (key 60): brokers, controller and cluster id (KIP-700).
 *
 * v1  which kind of node is asked (KIP-919): listeners of brokers name brokers, listeners of controllers controllers
 * v2  fenced brokers on request (KIP-1073)
 */
import { CLUSTER_NAME } from '../../protocol/acl.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/messages/describe-cluster.ts'
import type { ApiHandler, ConnectionContext, RequestContext } from '../dispatch/handler.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { type AdvertisedEndpoints, reachedAt } from './support/advertised-endpoint.ts'
import { clusterOperations } from './support/authorized-operations.ts'

const EndpointType = { BROKER: 1, CONTROLLER: 2 } as const

export interface DescribeClusterServices {
  metadata: PublishedMetadata
  clusterId: string
  /** This node, whose controller answers on listeners of controllers. */
  nodeId: number
  endpoints: AdvertisedEndpoints
}

export function describeClusterHandler({
  metadata,
  clusterId,
  nodeId,
  endpoints,
}: DescribeClusterServices): ApiHandler<typeof DescribeClusterRequest, typeof DescribeClusterResponse> {
  /** There is one controller, and it is reached where it was reached. */
  const controllers = (context: RequestContext, request: DescribeClusterRequest) => ({
    endpointType: EndpointType.CONTROLLER,
    clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...reachedAt(context.connection) }],
    clusterAuthorizedOperations: clusterOperations(context, request.includeClusterAuthorizedOperations),
  })
  return {
    apiKey: 60,
    name: 'DescribeCluster',
    request: DescribeClusterRequest,
    response: DescribeClusterResponse,
    minVersion: 0,
    maxVersion: 2,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'CLUSTER',
          when: ({ includeClusterAuthorizedOperations }) => includeClusterAuthorizedOperations,
          refused: 'detail',
        },
      ],
      tellsOperationsOf: ['CLUSTER'],
    },

    handle(context, request) {
      const { apiVersion, connection, permissions } = context
      checkEndpointType(apiVersion, request.endpointType, connection)
      if (connection.listenerType === 'controller') {
        // Unlike on a broker, a client must be one that may alter the cluster.
        if (!permissions.allows('ALTER', 'CLUSTER', CLUSTER_NAME)) {
          throw new KafkaError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
        }
        return controllers(context, request)
      }
      const brokers = [...metadata.image.cluster.brokers.values()]
        .filter(({ fenced }) => !fenced || request.includeFencedBrokers)
        .flatMap((broker) => {
          const { brokerId, rack, fenced: isFenced } = broker
          const endpoint = endpoints(connection, broker)
          return endpoint === null ? [] : [{ brokerId, host: endpoint.host, port: endpoint.port, rack, isFenced }]
        })
      return {
        clusterId,
        // Any broker will do: it passes on what is the controller's.
        controllerId: brokers.find(({ isFenced }) => !isFenced)?.brokerId ?? -1,
        brokers,
        clusterAuthorizedOperations: clusterOperations(context, request.includeClusterAuthorizedOperations),
      }
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}

function checkEndpointType(apiVersion: number, type: number, { listenerType }: ConnectionContext): void {
  const here = listenerType === 'controller' ? EndpointType.CONTROLLER : EndpointType.BROKER
  if (type === here) return
  if (type === EndpointType.BROKER || type === EndpointType.CONTROLLER) {
    throw new KafkaError(
      apiVersion === 0 ? ErrorCode.INVALID_REQUEST : ErrorCode.MISMATCHED_ENDPOINT_TYPE,
      `The request was sent to an endpoint of type ${nameOf(here)}, but we wanted an endpoint of type ${nameOf(type)}`,
    )
  }
  throw new KafkaError(
    apiVersion === 0 ? ErrorCode.INVALID_REQUEST : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
    `Unsupported endpoint type ${type}`,
  )
}

const nameOf = (type: number): string => (type === EndpointType.CONTROLLER ? 'CONTROLLER' : 'BROKER')
