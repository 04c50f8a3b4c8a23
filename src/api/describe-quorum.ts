/**
 * DescribeQuorum (key 55): leader, voters and observers of the metadata log, and how far each has read (KIP-595).
 *
 * v1  when each last fetched and last had caught up (KIP-836)
 * v2  error messages, and where the voters can be reached (KIP-853)
 */
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../protocol/messages/describe-quorum.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function describeQuorumHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof DescribeQuorumRequest, typeof DescribeQuorumResponse> {
  return {
    apiKey: 55,
    name: 'DescribeQuorum',
    request: DescribeQuorumRequest,
    response: DescribeQuorumResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'DESCRIBE', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('DescribeQuorum', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
