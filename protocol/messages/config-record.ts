/**
 * A config of a topic, broker, group or client metrics subscription; a null value removes it (KIP-631).
 */
import { type Decoded, int8, record, string } from '../schema.ts'

export const ConfigRecord = record('metadata-record', {
  name: 'ConfigRecord',
  apiKey: 4,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: string().nullable(),
  }),
})
export type ConfigRecord = Decoded<typeof ConfigRecord>
