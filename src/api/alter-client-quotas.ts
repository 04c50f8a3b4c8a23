/**
 * AlterClientQuotas (key 49): sets and removes quotas of users, client ids and addresses (KIP-546). What is answered is in
 * force.
 *
 * v1  flexible
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../protocol/messages/alter-client-quotas.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock, Network } from '../env/index.ts'
import { canonicalAddress } from '../security/quotas/addresses.ts'
import { IP_ENTITY } from '../security/quotas/quota-keys.ts'
import { controllerContext } from './support/controller-context.ts'

type Entry = AlterClientQuotasRequest['entries'][number]

export function alterClientQuotasHandler({
  controller,
  clock,
  network,
}: {
  controller: AdminRequests
  clock: Clock
  network: Network
}): ApiHandler<typeof AlterClientQuotasRequest, typeof AlterClientQuotasResponse> {
  return {
    apiKey: 49,
    name: 'AlterClientQuotas',
    request: AlterClientQuotasRequest,
    response: AlterClientQuotasResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'ALTER_CONFIGS', resource: 'CLUSTER', refused: 'request' }] },

    async handle(context, request) {
      const areKnown = await Promise.all(request.entries.map((entry) => isReachable(network, entry)))
      const known = request.entries.filter((_, index) => areKnown[index])
      const unknown = request.entries.filter((_, index) => !areKnown[index])
      const forwarded = { ...request, entries: known }
      const { entries = [] } = await controller.forward(
        'AlterClientQuotas',
        forwarded,
        controllerContext(context, clock),
      )
      return { entries: [...entries, ...unknown.map(unknownHost)] }
    },

    errorResponse(_context, { entries }, errorCode, errorMessage) {
      return { entries: entries.map(({ entity }) => ({ errorCode, errorMessage, entity })) }
    },
  }
}

/** The name of an entity that is an address, and nothing else; null: it is another one, or the default. */
function hostOf({ entity }: Entry): string | null {
  const [part, ...others] = entity
  return part?.entityType === IP_ENTITY && others.length === 0 ? part.entityName || null : null
}

async function isReachable(network: Network, entry: Entry): Promise<boolean> {
  const host = hostOf(entry)
  if (host === null || canonicalAddress(host) !== null) return true
  return network.resolve(host).then(
    (addresses) => addresses.length > 0,
    () => false,
  )
}

const unknownHost = (entry: Entry) => ({
  errorCode: ErrorCode.INVALID_REQUEST,
  errorMessage: `${hostOf(entry)} is not a valid IP or resolvable host.`,
  entity: entry.entity,
})
