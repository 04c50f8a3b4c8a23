/**
 * AlterUserScramCredentials (key 51): sets and removes the SCRAM credentials of users (KIP-554).
 *
 * v0  the only one
 */
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from '../../protocol/messages/alter-user-scram-credentials.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function alterUserScramCredentialsHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof AlterUserScramCredentialsRequest, typeof AlterUserScramCredentialsResponse> {
  return {
    apiKey: 51,
    name: 'AlterUserScramCredentials',
    request: AlterUserScramCredentialsRequest,
    response: AlterUserScramCredentialsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('AlterUserScramCredentials', request, controllerContext(context, clock))
    },

    errorResponse(_context, { deletions, upsertions }, errorCode, errorMessage) {
      const users = new Set([...deletions, ...upsertions].map(({ name }) => name))
      return { results: [...users].map((user) => ({ user, errorCode, errorMessage })) }
    },
  }
}
