/**
 * An access control entry (KIP-801).
 */
import { type Decoded, int8, record, string, uuid } from '../schema.ts'

export const AccessControlEntryRecord = record('metadata-record', {
  name: 'AccessControlEntryRecord',
  apiKey: 18,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  }),
})
export type AccessControlEntryRecord = Decoded<typeof AccessControlEntryRecord>
