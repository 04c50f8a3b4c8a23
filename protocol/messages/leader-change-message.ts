/**
 * Value of the control record that a KRaft leader begins its epoch with (KIP-595).
 *
 * - v1: directory ids of the voters (KIP-853).
 */
import { array, type Decoded, data, int16, int32, uuid } from '../schema.ts'

export const LeaderChangeMessage = data({
  name: 'LeaderChangeMessage',
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    version: int16(),
    leaderId: int32(),
    voters: array({
      voterId: int32(),
      voterDirectoryId: uuid('1+'),
    }),
    grantingVoters: array({
      voterId: int32(),
      voterDirectoryId: uuid('1+'),
    }),
  }),
})
export type LeaderChangeMessage = Decoded<typeof LeaderChangeMessage>
