/**
 * How far the migration from ZooKeeper has come (KIP-866).
 */
import { type Decoded, int8, record } from '../schema.ts'

export const ZkMigrationStateRecord = record('metadata-record', {
  name: 'ZkMigrationStateRecord',
  apiKey: 21,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    zkMigrationState: int8(),
  }),
})
export type ZkMigrationStateRecord = Decoded<typeof ZkMigrationStateRecord>
