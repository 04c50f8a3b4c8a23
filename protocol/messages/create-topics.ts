/**
 * CreateTopics: create topics with a number of partitions or a given assignment, and configs.
 *
 * - v2: throttle time. v0-1 are gone since Kafka 4.0.
 * - v3: the response is sent before the client is throttled (KIP-219).
 * - v4: -1 for the broker's default number of partitions and replicas (KIP-464).
 * - v5: the response has the created topic's configs (KIP-525).
 * - v6: THROTTLING_QUOTA_EXCEEDED (KIP-599). v7: the id of the new topic (KIP-516).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string, uuid } from '../schema.ts'

export const CreateTopicsRequest = request({
  name: 'CreateTopicsRequest',
  apiKey: 19,
  versions: '2-7',
  dropped: '0-1',
  flexible: '5+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    topics: array({
      name: string().mapKey(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({
        partitionIndex: int32().mapKey(),
        brokerIds: array(int32()),
      }),
      configs: array({
        name: string().mapKey(),
        value: string().nullable(),
      }),
    }),
    timeoutMs: int32().default(60000),
    validateOnly: bool('1+'),
  }),
})
export type CreateTopicsRequest = Decoded<typeof CreateTopicsRequest>

export const CreateTopicsResponse = response({
  name: 'CreateTopicsResponse',
  apiKey: 19,
  versions: '2-7',
  dropped: '0-1',
  flexible: '5+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32('2+').ignorable(),
    topics: array({
      name: string().mapKey(),
      topicId: uuid('7+').ignorable(),
      errorCode: int16(),
      errorMessage: string('1+').nullable().ignorable(),
      topicConfigErrorCode: int16('5+').tagged(0).ignorable(),
      numPartitions: int32('5+').default(-1).ignorable(),
      replicationFactor: int16('5+').default(-1).ignorable(),
      configs: array('5+', {
        name: string(),
        value: string().nullable(),
        readOnly: bool(),
        configSource: int8().default(-1),
        isSensitive: bool(),
      })
        .nullable()
        .ignorable(),
    }),
  }),
})
export type CreateTopicsResponse = Decoded<typeof CreateTopicsResponse>
