/**
 * Value of the control record that a KRaft snapshot begins with (KIP-630).
 */
import { type Decoded, data, int16, int64 } from '../schema.ts'

export const SnapshotHeaderRecord = data({
  name: 'SnapshotHeaderRecord',
  versions: '0',
  flexible: '0+',
  fields: () => ({
    version: int16(),
    lastContainedLogTimestamp: int64(),
  }),
})
export type SnapshotHeaderRecord = Decoded<typeof SnapshotHeaderRecord>
