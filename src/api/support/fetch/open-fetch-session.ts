import type { FetchRequest } from '../../../../protocol/messages/fetch.ts'
import { ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { FetchContext, FetchPartition, FetchSessionCache } from '../../../replication/fetch-session.ts'
import type { ReplicaManager } from '../../../replication/replica-manager.ts'
import { isFollower } from './fetch-permissions.ts'

export const FIRST_TOPIC_ID_VERSION = 13
export const NO_EPOCH = -1

/** Opens the session of a request, or goes on with it, with the partitions that the request names. */
export function openSession(
  { replicas, sessions }: { replicas: ReplicaManager; sessions: FetchSessionCache },
  context: RequestContext,
  request: FetchRequest,
): FetchContext {
  const usesTopicIds = context.apiVersion >= FIRST_TOPIC_ID_VERSION
  const nameOf = (topic: { topic: string; topicId: string }) =>
    usesTopicIds ? replicas.topicName(topic.topicId) : topic.topic
  // A partition that is named twice is read once, as it was named last.
  const partitions = new Map<string, FetchPartition>()
  for (const topic of request.topics) {
    const name = nameOf(topic)
    for (const wanted of topic.partitions) {
      partitions.set(`${usesTopicIds ? topic.topicId : name}/${wanted.partition}`, {
        topicId: usesTopicIds ? topic.topicId : ZERO_UUID,
        topic: name,
        partition: wanted.partition,
        fetchOffset: Number(wanted.fetchOffset),
        maxBytes: wanted.partitionMaxBytes,
        // Any negative epoch says that the client knows none.
        currentLeaderEpoch: Math.max(NO_EPOCH, wanted.currentLeaderEpoch),
        lastFetchedEpoch: Math.max(NO_EPOCH, wanted.lastFetchedEpoch),
        logStartOffset: Number(wanted.logStartOffset),
        toldHighWatermark: -1,
        toldLogStartOffset: -1,
      })
    }
  }
  return sessions.open({
    usesTopicIds,
    isFollower: isFollower(request),
    sessionId: request.sessionId,
    sessionEpoch: request.sessionEpoch,
    partitions: [...partitions.values()],
    forgotten: request.forgottenTopicsData.flatMap((topic) =>
      topic.partitions.map((partition) => ({ topicId: topic.topicId, topic: nameOf(topic), partition })),
    ),
  })
}
