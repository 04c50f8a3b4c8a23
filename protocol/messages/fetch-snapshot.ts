/**
 * FetchSnapshot: read a KRaft snapshot piece by piece (KIP-630).
 *
 * - v1: directory id of the replica, endpoints of the leader (KIP-853).
 */
import {
  array,
  type Decoded,
  int16,
  int32,
  int64,
  records,
  request,
  response,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

export const FetchSnapshotRequest = request({
  name: 'FetchSnapshotRequest',
  apiKey: 59,
  versions: '0-1',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    clusterId: string().nullable().tagged(0).default(null),
    replicaId: int32().default(-1),
    maxBytes: int32().default(2147483647),
    topics: array({
      name: string(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        position: int64(),
        replicaDirectoryId: uuid('1+').tagged(0).ignorable(),
      }),
    }),
  }),
})
export type FetchSnapshotRequest = Decoded<typeof FetchSnapshotRequest>

export const FetchSnapshotResponse = response({
  name: 'FetchSnapshotResponse',
  apiKey: 59,
  versions: '0-1',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        snapshotId: struct({
          endOffset: int64(),
          epoch: int32(),
        }),
        currentLeader: struct({
          leaderId: int32(),
          leaderEpoch: int32(),
        }).tagged(0),
        size: int64(),
        position: int64(),
        unalignedRecords: records(),
      }),
    }),
    nodeEndpoints: array('1+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: uint16(),
    }).tagged(0),
  }),
})
export type FetchSnapshotResponse = Decoded<typeof FetchSnapshotResponse>
