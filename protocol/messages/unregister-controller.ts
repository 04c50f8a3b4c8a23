/**
 * UnregisterController: forget a controller that will not come back (KIP-1312).
 */
import { type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const UnregisterControllerRequest = request({
  name: 'UnregisterControllerRequest',
  apiKey: 94,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    controllerId: int32(),
  }),
})
export type UnregisterControllerRequest = Decoded<typeof UnregisterControllerRequest>

export const UnregisterControllerResponse = response({
  name: 'UnregisterControllerResponse',
  apiKey: 94,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
  }),
})
export type UnregisterControllerResponse = Decoded<typeof UnregisterControllerResponse>
