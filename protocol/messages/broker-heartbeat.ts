/**
 * BrokerHeartbeat: a broker is alive, wants to be unfenced or wants to shut down (KIP-631).
 *
 * - v1: directories that have failed (KIP-858). v2: directories that are cordoned.
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, uuid } from '../schema.ts'

export const BrokerHeartbeatRequest = request({
  name: 'BrokerHeartbeatRequest',
  apiKey: 63,
  versions: '0-2',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64().default(-1n),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: array('1+', uuid()).tagged(0),
    cordonedLogDirs: array('2+', uuid()).nullable().tagged(1).default(null),
  }),
})
export type BrokerHeartbeatRequest = Decoded<typeof BrokerHeartbeatRequest>

export const BrokerHeartbeatResponse = response({
  name: 'BrokerHeartbeatResponse',
  apiKey: 63,
  versions: '0-2',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool().default(true),
    shouldShutDown: bool(),
  }),
})
export type BrokerHeartbeatResponse = Decoded<typeof BrokerHeartbeatResponse>
