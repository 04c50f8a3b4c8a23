/**
 * IncrementalAlterConfigs: set, delete, append to or subtract from single configs (KIP-339).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const IncrementalAlterConfigsRequest = request({
  name: 'IncrementalAlterConfigsRequest',
  apiKey: 44,
  versions: '0-1',
  flexible: '1+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    resources: array({
      resourceType: int8().mapKey(),
      resourceName: string().mapKey(),
      configs: array({
        name: string().mapKey(),
        configOperation: int8().mapKey(),
        value: string().nullable(),
      }),
    }),
    validateOnly: bool(),
  }),
})
export type IncrementalAlterConfigsRequest = Decoded<typeof IncrementalAlterConfigsRequest>

export const IncrementalAlterConfigsResponse = response({
  name: 'IncrementalAlterConfigsResponse',
  apiKey: 44,
  versions: '0-1',
  flexible: '1+',
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
export type IncrementalAlterConfigsResponse = Decoded<typeof IncrementalAlterConfigsResponse>
