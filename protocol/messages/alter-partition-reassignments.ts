/**
 * AlterPartitionReassignments: move partitions to other brokers, or stop moving them (KIP-455).
 *
 * - v1: the number of replicas may be forbidden to change (KIP-860).
 */
import { array, bool, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const AlterPartitionReassignmentsRequest = request({
  name: 'AlterPartitionReassignmentsRequest',
  apiKey: 45,
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    timeoutMs: int32().default(60000),
    allowReplicationFactorChange: bool('1+').default(true),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()).nullable().default(null),
      }),
    }),
  }),
})
export type AlterPartitionReassignmentsRequest = Decoded<typeof AlterPartitionReassignmentsRequest>

export const AlterPartitionReassignmentsResponse = response({
  name: 'AlterPartitionReassignmentsResponse',
  apiKey: 45,
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    allowReplicationFactorChange: bool('1+').default(true).ignorable(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    responses: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string().nullable(),
      }),
    }),
  }),
})
export type AlterPartitionReassignmentsResponse = Decoded<typeof AlterPartitionReassignmentsResponse>
