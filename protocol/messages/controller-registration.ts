/**
 * ControllerRegistration: a controller registers its endpoints and features with the active one (KIP-919).
 */
import { array, bool, type Decoded, int16, int32, request, response, string, uint16, uuid } from '../schema.ts'

export const ControllerRegistrationRequest = request({
  name: 'ControllerRegistrationRequest',
  apiKey: 70,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
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
  }),
})
export type ControllerRegistrationRequest = Decoded<typeof ControllerRegistrationRequest>

export const ControllerRegistrationResponse = response({
  name: 'ControllerRegistrationResponse',
  apiKey: 70,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
  }),
})
export type ControllerRegistrationResponse = Decoded<typeof ControllerRegistrationResponse>
