/**
 * AddRaftVoter: add a voter to the KRaft quorum (KIP-853).
 *
 * - v1: whether to answer only when the change is committed (KIP-1186).
 */
import { array, bool, type Decoded, int16, int32, request, response, string, uint16, uuid } from '../schema.ts'

export const AddRaftVoterRequest = request({
  name: 'AddRaftVoterRequest',
  apiKey: 80,
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    clusterId: string().nullable(),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string().mapKey(),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool('1+').default(true),
  }),
})
export type AddRaftVoterRequest = Decoded<typeof AddRaftVoterRequest>

export const AddRaftVoterResponse = response({
  name: 'AddRaftVoterResponse',
  apiKey: 80,
  versions: '0-1',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
  }),
})
export type AddRaftVoterResponse = Decoded<typeof AddRaftVoterResponse>
