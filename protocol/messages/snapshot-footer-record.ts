/**
 * Value of the control record that a KRaft snapshot ends with (KIP-630).
 */
import { type Decoded, data, int16 } from '../schema.ts'

export const SnapshotFooterRecord = data({
  name: 'SnapshotFooterRecord',
  versions: '0',
  flexible: '0+',
  fields: () => ({
    version: int16(),
  }),
})
export type SnapshotFooterRecord = Decoded<typeof SnapshotFooterRecord>
