/**
 * BeginQuorumEpoch: a new KRaft leader tells the other voters (KIP-595).
 *
 * - v1: the voter's key and the leader's endpoints (KIP-853).
 */
import { array, type Decoded, int16, int32, request, response, string, uint16, uuid } from '../schema.ts'

export const BeginQuorumEpochRequest = request({
  name: 'BeginQuorumEpochRequest',
  apiKey: 53,
  versions: '0-1',
  flexible: '1+',
  listeners: ['controller'],
  fields: () => ({
    clusterId: string().nullable().default(null),
    voterId: int32('1+').default(-1).ignorable(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        voterDirectoryId: uuid('1+').ignorable(),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    leaderEndpoints: array('1+', {
      name: string().mapKey(),
      host: string(),
      port: uint16(),
    }).ignorable(),
  }),
})
export type BeginQuorumEpochRequest = Decoded<typeof BeginQuorumEpochRequest>

export const BeginQuorumEpochResponse = response({
  name: 'BeginQuorumEpochResponse',
  apiKey: 53,
  versions: '0-1',
  flexible: '1+',
  listeners: ['controller'],
  fields: () => ({
    errorCode: int16(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
      }),
    }),
    nodeEndpoints: array('1+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: uint16(),
    }).tagged(0),
  }),
})
export type BeginQuorumEpochResponse = Decoded<typeof BeginQuorumEpochResponse>
