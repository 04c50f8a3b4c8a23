/**
 * RemoveRaftVoter: remove a voter from the KRaft quorum (KIP-853).
 */
import { type Decoded, int16, int32, request, response, string, uuid } from '../schema.ts'

export const RemoveRaftVoterRequest = request({
  name: 'RemoveRaftVoterRequest',
  apiKey: 81,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    clusterId: string().nullable(),
    voterId: int32(),
    voterDirectoryId: uuid(),
  }),
})
export type RemoveRaftVoterRequest = Decoded<typeof RemoveRaftVoterRequest>

export const RemoveRaftVoterResponse = response({
  name: 'RemoveRaftVoterResponse',
  apiKey: 81,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
  }),
})
export type RemoveRaftVoterResponse = Decoded<typeof RemoveRaftVoterResponse>
