/**
 * ListTransactions (key 66): the transactional ids that this broker coordinates, as far as they pass the filters
 * (KIP-664). States that are not known are named and match nothing.
 *
 * v1   a filter by duration (KIP-994)
 * v2   a filter by a pattern of the id (KIP-1152)
 */
import { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/messages/list-transactions.ts'
import { unknownStates } from '../coordinator/transaction/transaction-admin.ts'
import type { TransactionCoordinator } from '../coordinator/transaction-coordinator.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { compileIdPattern } from './support/id-pattern.ts'

export function listTransactionsHandler({
  transactions,
}: {
  transactions: TransactionCoordinator
}): ApiHandler<typeof ListTransactionsRequest, typeof ListTransactionsResponse> {
  return {
    apiKey: 66,
    name: 'ListTransactions',
    request: ListTransactionsRequest,
    response: ListTransactionsResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'DESCRIBE', resource: 'TRANSACTIONAL_ID', inAnswer: true, refused: 'hidden' }] },

    async handle({ permissions }, request) {
      const { transactionalIdPattern: pattern } = request
      const invalid = `Transaction ID pattern \`${pattern}\` is not a valid regular expression.`
      const matchesId = compileIdPattern(pattern, invalid)
      const all = await transactions.listTransactions(request, matchesId)
      const transactionStates = all.filter(({ transactionalId }) => {
        return permissions.allows('DESCRIBE', 'TRANSACTIONAL_ID', transactionalId, QUIETLY)
      })
      return { unknownStateFilters: unknownStates(request), transactionStates }
    },

    errorResponse: (_context, _request, code) => ({ errorCode: code }),
  }
}
