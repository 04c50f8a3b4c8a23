/**
 * A broker is no longer registered (KIP-631).
 */
import { type Decoded, int32, int64, record } from '../schema.ts'

export const UnregisterBrokerRecord = record('metadata-record', {
  name: 'UnregisterBrokerRecord',
  apiKey: 1,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64(),
  }),
})
export type UnregisterBrokerRecord = Decoded<typeof UnregisterBrokerRecord>
