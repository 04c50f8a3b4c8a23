/**
 * ListTransactions: the transactional ids that this broker coordinates (KIP-664).
 *
 * - v1: only those whose transaction has been open for some time (KIP-994).
 * - v2: only those whose id matches a regular expression (KIP-1152).
 */
import { array, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const ListTransactionsRequest = request({
  name: 'ListTransactionsRequest',
  apiKey: 66,
  versions: '0-2',
  flexible: '0+',
  fields: () => ({
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: int64('1+').default(-1n),
    transactionalIdPattern: string('2+').nullable().default(null),
  }),
})
export type ListTransactionsRequest = Decoded<typeof ListTransactionsRequest>

export const ListTransactionsResponse = response({
  name: 'ListTransactionsResponse',
  apiKey: 66,
  versions: '0-2',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  }),
})
export type ListTransactionsResponse = Decoded<typeof ListTransactionsResponse>
