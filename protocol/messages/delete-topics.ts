/**
 * DeleteTopics: delete topics.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: TOPIC_DELETION_DISABLED where the broker forbids it.
 * - v5: error messages; THROTTLING_QUOTA_EXCEEDED (KIP-599). v6: topics by name or id (KIP-516).
 */
import { array, type Decoded, int16, int32, request, response, string, uuid } from '../schema.ts'

export const DeleteTopicsRequest = request({
  name: 'DeleteTopicsRequest',
  apiKey: 20,
  versions: '1-6',
  dropped: '0',
  flexible: '4+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    topics: array('6+', {
      name: string().nullable().default(null),
      topicId: uuid(),
    }),
    topicNames: array('0-5', string()).ignorable(),
    timeoutMs: int32(),
  }),
})
export type DeleteTopicsRequest = Decoded<typeof DeleteTopicsRequest>

export const DeleteTopicsResponse = response({
  name: 'DeleteTopicsResponse',
  apiKey: 20,
  versions: '1-6',
  dropped: '0',
  flexible: '4+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    responses: array({
      name: string().nullable('6+').mapKey(),
      topicId: uuid('6+').ignorable(),
      errorCode: int16(),
      errorMessage: string('5+').nullable().default(null).ignorable(),
    }),
  }),
})
export type DeleteTopicsResponse = Decoded<typeof DeleteTopicsResponse>
