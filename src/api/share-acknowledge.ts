/**
 * ShareAcknowledge (key 79, KIP-932): what has become of records that a member has acquired. Each partition has its own
 * answer, which comes when it is stored what the request says. The last request of a session (epoch -1) releases what the
 * member still has.
 *
 * v1  the first that is not early access
 * v2  acknowledgements that renew the lock, and how long that is (KIP-1222)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from '../../protocol/messages/share-acknowledge.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { ShareServices } from '../share/share-services.ts'
import type { LeaderLookup } from './support/changed-leaders.ts'
import { acknowledgeAll } from './support/share/share-acknowledgements.ts'
import { byTopic, changedLeader, requireMember } from './support/share/share-answer.ts'

const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1

interface Services {
  groups: GroupCoordinator
  replicas: ReplicaManager
  shares: ShareServices
  leaders: LeaderLookup
}

export function shareAcknowledgeHandler({
  groups,
  replicas,
  shares,
  leaders,
}: Services): ApiHandler<typeof ShareAcknowledgeRequest, typeof ShareAcknowledgeResponse> {
  return {
    apiKey: 79,
    name: 'ShareAcknowledge',
    request: ShareAcknowledgeRequest,
    response: ShareAcknowledgeResponse,
    minVersion: 1,
    maxVersion: 2,
    access: {
      needs: [
        {
          operation: 'READ',
          resource: 'GROUP',
          names: ({ groupId }) => (groupId === null ? [] : [groupId]),
          refused: 'request',
        },
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: () => [],
          topicIds: ({ topics }) => topics.map(({ topicId }) => topicId),
          refused: 'item',
        },
      ],
    },

    async handle(context, request) {
      groups.share.requireEnabled()
      const { groupId, memberId } = requireMember(request.groupId, request.memberId)
      const { shareSessionEpoch: epoch, isRenewAck, topics } = request
      if (epoch === INITIAL_EPOCH) throw new KafkaError(ErrorCode.INVALID_SHARE_SESSION_EPOCH)
      const partitions = await shares.partitions()
      const { sessions, config } = partitions
      const isLast = epoch === FINAL_EPOCH
      const session = isLast ? sessions.require(groupId, memberId) : sessions.continue(groupId, memberId, epoch, [], [])
      const answers = await acknowledgeAll(context, replicas, partitions, { groupId, memberId, isRenewAck, topics })
      if (isLast) await partitions.endSession(session)
      const changed = leaders(context.connection)
      const responses = byTopic(answers, (answer) => ({
        partitionIndex: answer.partition,
        errorCode: answer.errorCode,
        errorMessage: answer.errorMessage,
        currentLeader: changedLeader(changed, answer),
      }))
      return { acquisitionLockTimeoutMs: config.limits(groupId).lockMs, responses, nodeEndpoints: changed.nodes }
    },

    errorResponse: (_context, _request, errorCode, errorMessage) => ({ errorCode, errorMessage }),
  }
}
