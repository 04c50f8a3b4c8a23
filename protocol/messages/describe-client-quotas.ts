/**
 * DescribeClientQuotas: quotas of users, client ids and addresses (KIP-546).
 */
import { array, bool, type Decoded, float64, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeClientQuotasRequest = request({
  name: 'DescribeClientQuotasRequest',
  apiKey: 48,
  versions: '0-1',
  flexible: '1+',
  fields: () => ({
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string().nullable(),
    }),
    strict: bool(),
  }),
})
export type DescribeClientQuotasRequest = Decoded<typeof DescribeClientQuotasRequest>

export const DescribeClientQuotasResponse = response({
  name: 'DescribeClientQuotasResponse',
  apiKey: 48,
  versions: '0-1',
  flexible: '1+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string().nullable(),
      }),
      values: array({
        key: string(),
        value: float64(),
      }),
    }).nullable(),
  }),
})
export type DescribeClientQuotasResponse = Decoded<typeof DescribeClientQuotasResponse>
