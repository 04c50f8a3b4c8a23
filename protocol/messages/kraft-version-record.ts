/**
 * Value of the control record that says which version of the quorum is in force (KIP-853).
 */
import { type Decoded, data, int16 } from '../schema.ts'

export const KRaftVersionRecord = data({
  name: 'KRaftVersionRecord',
  versions: '0',
  flexible: '0+',
  fields: () => ({
    version: int16(),
    kRaftVersion: int16(),
  }),
})
export type KRaftVersionRecord = Decoded<typeof KRaftVersionRecord>
