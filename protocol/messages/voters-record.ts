/**
 * Value of the control record that says who the voters of the quorum are (KIP-853).
 */
import { array, type Decoded, data, int16, int32, string, struct, uint16, uuid } from '../schema.ts'

export const VotersRecord = data({
  name: 'VotersRecord',
  versions: '0',
  flexible: '0+',
  fields: () => ({
    version: int16(),
    voters: array({
      voterId: int32(),
      voterDirectoryId: uuid(),
      endpoints: array({
        name: string().mapKey(),
        host: string(),
        port: uint16(),
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    }),
  }),
})
export type VotersRecord = Decoded<typeof VotersRecord>
