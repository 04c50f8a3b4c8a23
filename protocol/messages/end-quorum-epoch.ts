/**
 * EndQuorumEpoch: a KRaft leader resigns (KIP-595).
 *
 * - v1: preferred successors with their directory ids, and the leader's endpoints (KIP-853).
 */
import { array, type Decoded, int16, int32, request, response, string, uint16, uuid } from '../schema.ts'

export const EndQuorumEpochRequest = request({
  name: 'EndQuorumEpochRequest',
  apiKey: 54,
  versions: '0-1',
  flexible: '1+',
  listeners: ['controller'],
  fields: () => ({
    clusterId: string().nullable().default(null),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32(),
        preferredSuccessors: array('0', int32()).ignorable(),
        preferredCandidates: array('1+', {
          candidateId: int32(),
          candidateDirectoryId: uuid(),
        }).ignorable(),
      }),
    }),
    leaderEndpoints: array('1+', {
      name: string().mapKey(),
      host: string(),
      port: uint16(),
    }).ignorable(),
  }),
})
export type EndQuorumEpochRequest = Decoded<typeof EndQuorumEpochRequest>

export const EndQuorumEpochResponse = response({
  name: 'EndQuorumEpochResponse',
  apiKey: 54,
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
export type EndQuorumEpochResponse = Decoded<typeof EndQuorumEpochResponse>
