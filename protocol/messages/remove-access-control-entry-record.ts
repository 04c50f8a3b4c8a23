/**
 * An access control entry is removed (KIP-801).
 */
import { type Decoded, record, uuid } from '../schema.ts'

export const RemoveAccessControlEntryRecord = record('metadata-record', {
  name: 'RemoveAccessControlEntryRecord',
  apiKey: 19,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    id: uuid(),
  }),
})
export type RemoveAccessControlEntryRecord = Decoded<typeof RemoveAccessControlEntryRecord>
