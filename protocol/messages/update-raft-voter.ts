/**
 * UpdateRaftVoter: a voter tells the KRaft leader its endpoints and which versions of the quorum it speaks (KIP-853).
 */
import { array, type Decoded, int16, int32, request, response, string, struct, uint16, uuid } from '../schema.ts'

export const UpdateRaftVoterRequest = request({
  name: 'UpdateRaftVoterRequest',
  apiKey: 82,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    clusterId: string().nullable(),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string().mapKey(),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  }),
})
export type UpdateRaftVoterRequest = Decoded<typeof UpdateRaftVoterRequest>

export const UpdateRaftVoterResponse = response({
  name: 'UpdateRaftVoterResponse',
  apiKey: 82,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    currentLeader: struct({
      leaderId: int32().default(-1),
      leaderEpoch: int32().default(-1),
      host: string(),
      port: int32(),
    }).tagged(0),
  }),
})
export type UpdateRaftVoterResponse = Decoded<typeof UpdateRaftVoterResponse>
