/**
 * AlterConfigs: replace all configs of a resource (KIP-133). IncrementalAlterConfigs has taken its place.
 *
 * - v1: the response is sent before the client is throttled (KIP-219).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const AlterConfigsRequest = request({
  name: 'AlterConfigsRequest',
  apiKey: 33,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    resources: array({
      resourceType: int8().mapKey(),
      resourceName: string().mapKey(),
      configs: array({
        name: string().mapKey(),
        value: string().nullable(),
      }),
    }),
    validateOnly: bool(),
  }),
})
export type AlterConfigsRequest = Decoded<typeof AlterConfigsRequest>

export const AlterConfigsResponse = response({
  name: 'AlterConfigsResponse',
  apiKey: 33,
  versions: '0-2',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: string().nullable(),
      resourceType: int8(),
      resourceName: string(),
    }),
  }),
})
export type AlterConfigsResponse = Decoded<typeof AlterConfigsResponse>
