/**
 * A quota of a user, client id or address is set or removed (KIP-546).
 */
import { array, bool, type Decoded, float64, record, string } from '../schema.ts'

export const ClientQuotaRecord = record('metadata-record', {
  name: 'ClientQuotaRecord',
  apiKey: 14,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    entity: array({
      entityType: string(),
      entityName: string().nullable(),
    }),
    key: string(),
    value: float64(),
    remove: bool(),
  }),
})
export type ClientQuotaRecord = Decoded<typeof ClientQuotaRecord>
