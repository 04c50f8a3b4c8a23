/**
 * A block of producer ids has been given to a broker (KIP-730).
 */
import { type Decoded, int32, int64, record } from '../schema.ts'

export const ProducerIdsRecord = record('metadata-record', {
  name: 'ProducerIdsRecord',
  apiKey: 15,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64().default(-1n),
    nextProducerId: int64(),
  }),
})
export type ProducerIdsRecord = Decoded<typeof ProducerIdsRecord>
