/**
 * DescribeQuorum: leader, voters and observers of the KRaft quorum, and how far each has read (KIP-595).
 *
 * - v1: when each replica last fetched and last had caught up (KIP-836).
 * - v2: error messages, nodes, directory ids (KIP-853).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uint16, uuid } from '../schema.ts'

export const DescribeQuorumRequest = request({
  name: 'DescribeQuorumRequest',
  apiKey: 55,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  }),
})
export type DescribeQuorumRequest = Decoded<typeof DescribeQuorumRequest>

export const DescribeQuorumResponse = response({
  name: 'DescribeQuorumResponse',
  apiKey: 55,
  versions: '0-2',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    errorMessage: string('2+').nullable().ignorable(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string('2+').nullable().ignorable(),
        leaderId: int32(),
        leaderEpoch: int32(),
        highWatermark: int64(),
        currentVoters: array({
          replicaId: int32(),
          replicaDirectoryId: uuid('2+'),
          logEndOffset: int64(),
          lastFetchTimestamp: int64('1+').default(-1n).ignorable(),
          lastCaughtUpTimestamp: int64('1+').default(-1n).ignorable(),
        }),
        observers: array({
          replicaId: int32(),
          replicaDirectoryId: uuid('2+'),
          logEndOffset: int64(),
          lastFetchTimestamp: int64('1+').default(-1n).ignorable(),
          lastCaughtUpTimestamp: int64('1+').default(-1n).ignorable(),
        }),
      }),
    }),
    nodes: array('2+', {
      nodeId: int32().mapKey(),
      listeners: array({
        name: string().mapKey(),
        host: string(),
        port: uint16(),
      }),
    }),
  }),
})
export type DescribeQuorumResponse = Decoded<typeof DescribeQuorumResponse>
