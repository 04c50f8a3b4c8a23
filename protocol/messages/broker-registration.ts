/**
 * BrokerRegistration: a broker that starts registers with the controller and gets its epoch (KIP-631).
 *
 * - v1: whether it migrates from ZooKeeper (KIP-866). v2: its directories (KIP-858).
 * - v3: the epoch before a clean shutdown (KIP-966). v4: a feature's lowest supported version may be 0 (KAFKA-17011).
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string, uint16, uuid } from '../schema.ts'

export const BrokerRegistrationRequest = request({
  name: 'BrokerRegistrationRequest',
  apiKey: 62,
  versions: '0-4',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    brokerId: int32(),
    clusterId: string(),
    incarnationId: uuid(),
    listeners: array({
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
    isMigratingZkBroker: bool('1+'),
    logDirs: array('2+', uuid()).ignorable(),
    previousBrokerEpoch: int64('3+').default(-1n).ignorable(),
  }),
})
export type BrokerRegistrationRequest = Decoded<typeof BrokerRegistrationRequest>

export const BrokerRegistrationResponse = response({
  name: 'BrokerRegistrationResponse',
  apiKey: 62,
  versions: '0-4',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64().default(-1n),
  }),
})
export type BrokerRegistrationResponse = Decoded<typeof BrokerRegistrationResponse>
