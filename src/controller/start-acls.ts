import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import type { AclToCreate } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import { type AdminRequests, brokerContext } from './admin-requests.ts'

const CREATE_TIMEOUT_MS = 30_000
const CREATE_ACLS_VERSION = 3

/** Creates the ACLs that were asked for at the start; those that exist stay as they are. */
export async function createStartAcls(
  acls: readonly AclToCreate[],
  { requests, clock }: { readonly requests: AdminRequests; readonly clock: Clock },
): Promise<void> {
  if (acls.length === 0) return
  const context = brokerContext(CREATE_ACLS_VERSION, clock.monotonicMs() + CREATE_TIMEOUT_MS)
  const { results = [] } = await requests.forward('CreateAcls', { creations: [...acls] }, context)
  for (const { errorCode = ErrorCode.NONE, errorMessage } of results) {
    if (errorCode === ErrorCode.NONE) continue
    throw new KafkaError(errorCode, `Cannot create an ACL of samsa.acls: ${errorMessage ?? errorName(errorCode)}`)
  }
}
