/**
 * ShareAcknowledge: say what became of acquired records: accepted, released, rejected (KIP-932).
 *
 * - v0 was early access in Kafka 4.0 and is gone.
 * - v2: acknowledgements that renew the lock (KIP-1222).
 */
import {
  array,
  bool,
  type Decoded,
  int8,
  int16,
  int32,
  int64,
  request,
  response,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const ShareAcknowledgeRequest = request({
  name: 'ShareAcknowledgeRequest',
  apiKey: 79,
  versions: '1-2',
  flexible: '1+',
  fields: () => ({
    groupId: string().nullable().default(null),
    memberId: string().nullable(),
    shareSessionEpoch: int32(),
    isRenewAck: bool('2+'),
    topics: array({
      topicId: uuid().mapKey(),
      partitions: array({
        partitionIndex: int32().mapKey(),
        acknowledgementBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          acknowledgeTypes: array(int8()),
        }),
      }),
    }),
  }),
})
export type ShareAcknowledgeRequest = Decoded<typeof ShareAcknowledgeRequest>

export const ShareAcknowledgeResponse = response({
  name: 'ShareAcknowledgeResponse',
  apiKey: 79,
  versions: '1-2',
  flexible: '1+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    acquisitionLockTimeoutMs: int32('2+').ignorable(),
    responses: array({
      topicId: uuid().mapKey(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string().nullable().default(null),
    }),
  }),
})
export type ShareAcknowledgeResponse = Decoded<typeof ShareAcknowledgeResponse>
