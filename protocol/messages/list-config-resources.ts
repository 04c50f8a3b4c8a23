/**
 * ListConfigResources: which resources have configs.
 *
 * - v0: client metrics only, under the name ListClientMetricsResources (KIP-714). v1: of any type (KIP-1142).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const ListConfigResourcesRequest = request({
  name: 'ListConfigResourcesRequest',
  apiKey: 74,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    resourceTypes: array('1+', int8()),
  }),
})
export type ListConfigResourcesRequest = Decoded<typeof ListConfigResourcesRequest>

export const ListConfigResourcesResponse = response({
  name: 'ListConfigResourcesResponse',
  apiKey: 74,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8('1+').default(16).ignorable(),
    }),
  }),
})
export type ListConfigResourcesResponse = Decoded<typeof ListConfigResourcesResponse>
