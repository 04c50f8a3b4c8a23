/**
 * Fetch: read records; used by consumers, by followers (with a replica id) and by KRaft observers.
 *
 * - v4: isolation level, aborted transactions (KIP-98). v0-3 are gone since Kafka 4.0.
 * - v5: log start offset (KIP-107). v6: the client knows KAFKA_STORAGE_ERROR.
 * - v7: incremental fetch sessions: partitions that did not change need not be named again (KIP-227).
 * - v8: the response is sent before the client is throttled (KIP-219).
 * - v9: the client's leader epoch, for fencing (KIP-320). v10: zstd (KIP-110).
 * - v11: the client's rack, and in the response the replica it should rather read from (KIP-392).
 * - v12: last fetched epoch, so that truncation needs no other request (KIP-595); cluster id, current leader.
 * - v13: topics by id (KIP-516). v14: the client knows OFFSET_MOVED_TO_TIERED_STORAGE (KIP-405).
 * - v15: replica id moves into the replica state, which has the broker epoch too (KIP-903).
 * - v16: endpoints of new leaders (KIP-951). v17: the follower's directory id (KIP-853).
 * - v18: the high watermark that the follower knows, so that the leader answers when it moves (KIP-1166).
 */
import {
  array,
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

export const FetchRequest = request({
  name: 'FetchRequest',
  apiKey: 1,
  versions: '4-18',
  dropped: '0-3',
  flexible: '12+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    clusterId: string('12+').nullable().tagged(0).default(null).ignorable(),
    replicaId: int32('0-14').default(-1),
    replicaState: struct('15+', {
      replicaId: int32().default(-1),
      replicaEpoch: int64().default(-1n),
    }).tagged(1),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32('3+').default(2147483647).ignorable(),
    isolationLevel: int8('4+').ignorable(),
    sessionId: int32('7+').ignorable(),
    sessionEpoch: int32('7+').default(-1).ignorable(),
    topics: array({
      topic: string('0-12').ignorable(),
      topicId: uuid('13+').ignorable(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32('9+').default(-1).ignorable(),
        fetchOffset: int64(),
        lastFetchedEpoch: int32('12+').default(-1),
        logStartOffset: int64('5+').default(-1n).ignorable(),
        partitionMaxBytes: int32(),
        replicaDirectoryId: uuid('17+').tagged(0).ignorable(),
        highWatermark: int64('18+').tagged(1).default(9223372036854775807n).ignorable(),
      }),
    }),
    forgottenTopicsData: array('7+', {
      topic: string('7-12').ignorable(),
      topicId: uuid('13+').ignorable(),
      partitions: array(int32()),
    }),
    rackId: string('11+').ignorable(),
  }),
})
export type FetchRequest = Decoded<typeof FetchRequest>

export const FetchResponse = response({
  name: 'FetchResponse',
  apiKey: 1,
  versions: '4-18',
  dropped: '0-3',
  flexible: '12+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16('7+').ignorable(),
    sessionId: int32('7+'),
    responses: array({
      topic: string('0-12').ignorable(),
      topicId: uuid('13+').ignorable(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64('4+').default(-1n).ignorable(),
        logStartOffset: int64('5+').default(-1n).ignorable(),
        divergingEpoch: struct('12+', {
          epoch: int32().default(-1),
          endOffset: int64().default(-1n),
        }).tagged(0),
        currentLeader: struct('12+', {
          leaderId: int32().default(-1),
          leaderEpoch: int32().default(-1),
        }).tagged(1),
        snapshotId: struct('12+', {
          endOffset: int64().default(-1n),
          epoch: int32().default(-1),
        }).tagged(2),
        abortedTransactions: array('4+', {
          producerId: int64(),
          firstOffset: int64(),
        })
          .nullable()
          .ignorable(),
        preferredReadReplica: int32('11+').default(-1),
        records: records().nullable(),
      }),
    }),
    nodeEndpoints: array('16+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string().nullable().default(null),
    }).tagged(0),
  }),
})
export type FetchResponse = Decoded<typeof FetchResponse>
