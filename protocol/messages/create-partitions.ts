/**
 * CreatePartitions: add partitions to topics (KIP-195).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v3: THROTTLING_QUOTA_EXCEEDED (KIP-599).
 */
import { array, bool, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const CreatePartitionsRequest = request({
  name: 'CreatePartitionsRequest',
  apiKey: 37,
  versions: '0-3',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    topics: array({
      name: string().mapKey(),
      count: int32(),
      assignments: array({
        brokerIds: array(int32()),
      }).nullable(),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  }),
})
export type CreatePartitionsRequest = Decoded<typeof CreatePartitionsRequest>

export const CreatePartitionsResponse = response({
  name: 'CreatePartitionsResponse',
  apiKey: 37,
  versions: '0-3',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string().nullable().default(null),
    }),
  }),
})
export type CreatePartitionsResponse = Decoded<typeof CreatePartitionsResponse>
