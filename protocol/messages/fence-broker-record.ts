/**
 * A broker is fenced (KIP-631); BrokerRegistrationChangeRecord has taken its place.
 */
import { type Decoded, int32, int64, record } from '../schema.ts'

export const FenceBrokerRecord = record('metadata-record', {
  name: 'FenceBrokerRecord',
  apiKey: 7,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    id: int32(),
    epoch: int64(),
  }),
})
export type FenceBrokerRecord = Decoded<typeof FenceBrokerRecord>
