/** The partitions of a share session, read for its member. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ShareFetchRequest } from '../../../../protocol/messages/share-fetch.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { ReplicaManager } from '../../../replication/replica-manager.ts'
import type { ShareFetchResult } from '../../../share/share-fetch.ts'
import type { SharePartitions } from '../../../share/share-partitions.ts'
import { isNews, partitionsToRead, type SessionPartition, type ShareSession } from '../../../share/share-sessions.ts'

export type SharedRecords = Omit<ShareFetchResult, 'errorMessage'>

/** Kafka's ShareAcquireMode. */
const BATCH_OPTIMIZED = 0
const RECORD_LIMIT = 1
const FIRST_EPOCH = 0

interface Task {
  readonly request: ShareFetchRequest
  readonly session: ShareSession
  readonly maxBytes: number
}

/** Resolves to what the answer tells: partitions with records or errors, and in the first answer to them all others. */
export async function fetchFromSession(
  replicas: ReplicaManager,
  partitions: SharePartitions,
  { permissions, answerRoomBytes, quota }: RequestContext,
  { request, session, maxBytes }: Task,
): Promise<SharedRecords[]> {
  const refused: SharedRecords[] = []
  const readable: SessionPartition[] = []
  for (const { topicId, partition } of partitionsToRead(session, request.shareSessionEpoch)) {
    const topic = replicas.topicName(topicId)
    const errorCode = ((): number => {
      if (topic === null) return ErrorCode.UNKNOWN_TOPIC_ID
      if (!permissions.allows('READ', 'TOPIC', topic)) return ErrorCode.TOPIC_AUTHORIZATION_FAILED
      if (replicas.getById(topicId, partition) === undefined) return replicas.absent(topic, partition)
      return ErrorCode.NONE
    })()
    if (errorCode === ErrorCode.NONE) readable.push({ topicId, partition })
    else refused.push({ topicId, partition, errorCode, records: [], sizeBytes: 0, acquired: [], lent: [] })
  }
  if (readable.length > 0) checkMode(request)
  // One batch is answered even where there is no room: a limit of 0 would be an answer without data, at once.
  const roomBytes = Math.max(1, Math.min(answerRoomBytes, quota?.mostFetchBytes ?? answerRoomBytes))
  const limitBytes = Math.min(request.maxBytes, maxBytes, roomBytes)
  const read = await partitions.fetch(session.groupId, readable, {
    memberId: session.memberId,
    maxWaitMs: readable.length === 0 ? 0 : request.maxWaitMs,
    minBytes: Math.min(request.minBytes, limitBytes),
    maxBytes: limitBytes,
    maxRecords: request.maxRecords,
    batchSize: request.batchSize,
    isExact: request.shareAcquireMode === RECORD_LIMIT,
    isolation: partitions.config.isolation(session.groupId),
  })
  const all = [...read, ...refused]
  return request.shareSessionEpoch === FIRST_EPOCH ? all : all.filter((result) => isNews(session, result))
}

/** Apache has no other word for a mode that it does not know, and asks for it where there is something to read. */
function checkMode({ shareAcquireMode }: ShareFetchRequest): void {
  if (shareAcquireMode === BATCH_OPTIMIZED || shareAcquireMode === RECORD_LIMIT) return
  throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, `Unknown share acquire mode id: ${shareAcquireMode}`)
}
