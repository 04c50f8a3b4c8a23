/**
 * Vote: a KRaft voter asks for votes in an election (KIP-595).
 *
 * - v1: the voter's key: id and directory id (KIP-853). v2: pre-vote: would you vote for me? (KIP-996).
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string, uint16, uuid } from '../schema.ts'

export const VoteRequest = request({
  name: 'VoteRequest',
  apiKey: 52,
  versions: '0-2',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    clusterId: string().nullable().default(null),
    voterId: int32('1+').default(-1).ignorable(),
    topics: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        replicaEpoch: int32(),
        replicaId: int32(),
        replicaDirectoryId: uuid('1+').ignorable(),
        voterDirectoryId: uuid('1+').ignorable(),
        lastOffsetEpoch: int32(),
        lastOffset: int64(),
        preVote: bool('2+'),
      }),
    }),
  }),
})
export type VoteRequest = Decoded<typeof VoteRequest>

export const VoteResponse = response({
  name: 'VoteResponse',
  apiKey: 52,
  versions: '0-2',
  flexible: '0+',
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
        voteGranted: bool(),
      }),
    }),
    nodeEndpoints: array('1+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: uint16(),
    }).tagged(0),
  }),
})
export type VoteResponse = Decoded<typeof VoteResponse>
