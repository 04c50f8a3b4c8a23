/** The share session of a ShareFetch request. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ShareFetchRequest } from '../../../../protocol/messages/share-fetch.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { Clock } from '../../../env/index.ts'
import type { SharePartitions } from '../../../share/share-partitions.ts'
import type { SessionPartition, ShareSession } from '../../../share/share-sessions.ts'

const INITIAL_EPOCH = 0
export const FINAL_EPOCH = -1

interface Wanted extends Pick<ShareFetchRequest, 'shareSessionEpoch' | 'maxWaitMs' | 'topics' | 'forgottenTopicsData'> {
  readonly groupId: string
  readonly memberId: string
}

/** Throws SHARE_SESSION_NOT_FOUND, INVALID_SHARE_SESSION_EPOCH and SHARE_SESSION_LIMIT_REACHED. */
export async function openShareSession(
  partitions: SharePartitions,
  clock: Clock,
  { connection }: RequestContext,
  request: Wanted,
): Promise<ShareSession> {
  const { sessions } = partitions
  const { groupId, memberId, shareSessionEpoch: epoch, topics, forgottenTopicsData } = request
  if (epoch === FINAL_EPOCH) return sessions.require(groupId, memberId)
  const named = topics.flatMap(({ topicId, partitions: all }) =>
    all.map(({ partitionIndex }) => ({ topicId, partition: partitionIndex })),
  )
  if (epoch !== INITIAL_EPOCH) {
    const forgotten = forgottenTopicsData.flatMap(({ topicId, partitions: all }) =>
      all.map((partition): SessionPartition => ({ topicId, partition })),
    )
    return sessions.continue(groupId, memberId, epoch, named, forgotten)
  }
  const isAcknowledged = topics.some((topic) => topic.partitions.some((each) => each.acknowledgementBatches.length > 0))
  if (isAcknowledged) throw new KafkaError(ErrorCode.INVALID_REQUEST)
  try {
    const session = sessions.begin({ groupId, memberId, connectionId: connection.id }, named)
    if (sessions.isFirstOn(connection, groupId, memberId)) {
      connection.onClose(() => void partitions.disconnected(connection.id, groupId, memberId))
    }
    return session
  } catch (error) {
    // A client that is told at once would ask again at once.
    const isFull = error instanceof KafkaError && error.code === ErrorCode.SHARE_SESSION_LIMIT_REACHED
    if (isFull) await new Promise<void>((resolve) => clock.schedule(Math.max(0, request.maxWaitMs), resolve))
    throw error
  }
}

/** The member is done: what it still has is released before it is answered. */
export function closeSession(partitions: SharePartitions, session: ShareSession): Promise<void> {
  return partitions.endSession(session)
}
