/**
 * ListPartitionReassignments: which partitions are on the move (KIP-455).
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const ListPartitionReassignmentsRequest = request({
  name: 'ListPartitionReassignmentsRequest',
  apiKey: 46,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    timeoutMs: int32().default(60000),
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    })
      .nullable()
      .default(null),
  }),
})
export type ListPartitionReassignmentsRequest = Decoded<typeof ListPartitionReassignmentsRequest>

export const ListPartitionReassignmentsResponse = response({
  name: 'ListPartitionReassignmentsResponse',
  apiKey: 46,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        replicas: array(int32()),
        addingReplicas: array(int32()),
        removingReplicas: array(int32()),
      }),
    }),
  }),
})
export type ListPartitionReassignmentsResponse = Decoded<typeof ListPartitionReassignmentsResponse>
