/**
 * The file `quorum-state`: epoch, vote and leader as a KRaft replica remembers them; written as JSON (KIP-595).
 *
 * - v1: the directory id that was voted for; the voters are in the log now (KIP-853).
 */
import { array, type Decoded, data, int32, int64, string, uuid } from '../schema.ts'

export const QuorumStateData = data({
  name: 'QuorumStateData',
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    clusterId: string('0'),
    leaderId: int32().default(-1),
    leaderEpoch: int32().default(-1),
    votedId: int32().default(-1),
    votedDirectoryId: uuid('1+'),
    appliedOffset: int64('0'),
    currentVoters: array('0', {
      voterId: int32(),
    }).nullable(),
  }),
})
export type QuorumStateData = Decoded<typeof QuorumStateData>
