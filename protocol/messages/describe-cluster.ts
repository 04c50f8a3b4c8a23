/**
 * DescribeCluster: brokers, controller and cluster id (KIP-700).
 *
 * - v1: ask for the controllers instead, at their own endpoint (KIP-919).
 * - v2: fenced brokers may be included, and are told apart (KIP-1073).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeClusterRequest = request({
  name: 'DescribeClusterRequest',
  apiKey: 60,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8('1+').default(1),
    includeFencedBrokers: bool('2+'),
  }),
})
export type DescribeClusterRequest = Decoded<typeof DescribeClusterRequest>

export const DescribeClusterResponse = response({
  name: 'DescribeClusterResponse',
  apiKey: 60,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    endpointType: int8('1+').default(1),
    clusterId: string(),
    controllerId: int32().default(-1),
    brokers: array({
      brokerId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string().nullable().default(null),
      isFenced: bool('2+'),
    }),
    clusterAuthorizedOperations: int32().default(-2147483648),
  }),
})
export type DescribeClusterResponse = Decoded<typeof DescribeClusterResponse>
