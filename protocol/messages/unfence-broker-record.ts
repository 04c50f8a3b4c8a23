/**
 * A broker is no longer fenced (KIP-631); BrokerRegistrationChangeRecord has taken its place.
 */
import { type Decoded, int32, int64, record } from '../schema.ts'

export const UnfenceBrokerRecord = record('metadata-record', {
  name: 'UnfenceBrokerRecord',
  apiKey: 8,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    id: int32(),
    epoch: int64(),
  }),
})
export type UnfenceBrokerRecord = Decoded<typeof UnfenceBrokerRecord>
