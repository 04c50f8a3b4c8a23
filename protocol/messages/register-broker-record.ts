/**
 * A broker has registered (KIP-631).
 *
 * - v1: it is in controlled shutdown (KIP-841). v2: it migrates from ZooKeeper (KIP-866). v3: its directories (KIP-858).
 * - v4: directories that are cordoned.
 */
import { array, bool, type Decoded, int16, int32, int64, record, string, uint16, uuid } from '../schema.ts'

export const RegisterBrokerRecord = record('metadata-record', {
  name: 'RegisterBrokerRecord',
  apiKey: 0,
  versions: '0-4',
  flexible: '0+',
  fields: () => ({
    brokerId: int32(),
    isMigratingZkBroker: bool('2+'),
    incarnationId: uuid(),
    brokerEpoch: int64(),
    endPoints: array({
      name: string().mapKey(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string().mapKey(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
    rack: string().nullable(),
    fenced: bool().default(true),
    inControlledShutdown: bool('1+'),
    logDirs: array('3+', uuid()).tagged(0),
    cordonedLogDirs: array('4+', uuid()).nullable().tagged(1).default(null),
  }),
})
export type RegisterBrokerRecord = Decoded<typeof RegisterBrokerRecord>
