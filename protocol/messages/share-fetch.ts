/**
 * ShareFetch: acquire records for a share group, and acknowledge earlier ones on the way (KIP-932).
 *
 * - v0 was early access in Kafka 4.0 and is gone.
 * - v2: how records are acquired (KIP-1206), and acknowledgements that renew the lock (KIP-1222).
 */
import {
  array,
  bool,
  type Decoded,
  int8,
  int16,
  int32,
  int64,
  records,
  request,
  response,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const ShareFetchRequest = request({
  name: 'ShareFetchRequest',
  apiKey: 78,
  versions: '1-2',
  flexible: '1+',
  fields: () => ({
    groupId: string().nullable().default(null),
    memberId: string().nullable(),
    shareSessionEpoch: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32().default(2147483647),
    maxRecords: int32(),
    batchSize: int32(),
    shareAcquireMode: int8('2+').ignorable(),
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
    forgottenTopicsData: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
})
export type ShareFetchRequest = Decoded<typeof ShareFetchRequest>

export const ShareFetchResponse = response({
  name: 'ShareFetchResponse',
  apiKey: 78,
  versions: '1-2',
  flexible: '1+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    acquisitionLockTimeoutMs: int32(),
    responses: array({
      topicId: uuid().mapKey(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
        acknowledgeErrorCode: int16(),
        acknowledgeErrorMessage: string().nullable().default(null),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }),
        records: records(),
        acquiredRecords: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryCount: int16(),
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
export type ShareFetchResponse = Decoded<typeof ShareFetchResponse>
