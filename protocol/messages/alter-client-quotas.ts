/**
 * AlterClientQuotas: set or remove quotas of users, client ids and addresses (KIP-546).
 */
import { array, bool, type Decoded, float64, int16, int32, request, response, string } from '../schema.ts'

export const AlterClientQuotasRequest = request({
  name: 'AlterClientQuotasRequest',
  apiKey: 49,
  versions: '0-1',
  flexible: '1+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string().nullable(),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  }),
})
export type AlterClientQuotasRequest = Decoded<typeof AlterClientQuotasRequest>

export const AlterClientQuotasResponse = response({
  name: 'AlterClientQuotasResponse',
  apiKey: 49,
  versions: '0-1',
  flexible: '1+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    entries: array({
      errorCode: int16(),
      errorMessage: string().nullable(),
      entity: array({
        entityType: string(),
        entityName: string().nullable(),
      }),
    }),
  }),
})
export type AlterClientQuotasResponse = Decoded<typeof AlterClientQuotasResponse>
