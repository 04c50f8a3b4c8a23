/**
 * A registered broker is fenced, unfenced or shutting down (KIP-841).
 *
 * - v1: shutting down. v2: its directories (KIP-858). v3: directories that are cordoned.
 */
import { array, type Decoded, int8, int32, int64, record, uuid } from '../schema.ts'

export const BrokerRegistrationChangeRecord = record('metadata-record', {
  name: 'BrokerRegistrationChangeRecord',
  apiKey: 17,
  versions: '0-3',
  flexible: '0+',
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64(),
    fenced: int8().tagged(0),
    inControlledShutdown: int8('1+').tagged(1),
    logDirs: array('2+', uuid()).tagged(2),
    cordonedLogDirs: array('3+', uuid()).nullable().tagged(3).default(null),
  }),
})
export type BrokerRegistrationChangeRecord = Decoded<typeof BrokerRegistrationChangeRecord>
