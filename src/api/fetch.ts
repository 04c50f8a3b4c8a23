/**
 * Fetch (key 1): reads record batches, waiting for them if asked to (min bytes, max wait; KIP-74).
 *
 * Bytes are answered as the log has them; the last batch may be cut by the limits, but the first partition that has
 * data gives at least one whole batch. What is beyond the high watermark (read_uncommitted) or the last stable offset
 * (read_committed) is not shown to consumers. A replica reads to the log end, from the leader alone, and tells by its
 * offsets how far it has come, on which the high watermark and the in-sync replicas depend.
 *
 * v0–3 records of magic 0, of magic 1 from v2 on (`fetch-down-conversion.ts`); dropped by Apache 4
 * v4   read_committed: last stable offset and aborted transactions (KIP-98)
 * v5   log start offset (KIP-107)
 * v6   KAFKA_STORAGE_ERROR may be answered
 * v7   incremental sessions (KIP-227)
 * v9   leader epochs: fencing (KIP-320)
 * v10  zstd (KIP-110)
 * v11  rack id, preferred read replica (KIP-392)
 * v12  flexible; last fetched epoch and diverging epoch (KIP-595)
 * v13  topics by id (KIP-516)
 * v15  replica state in place of the replica id (KIP-903)
 * v16  node endpoints with a changed leader (KIP-951)
 * v17  replica directory id (KIP-853)
 * v18  high watermark of the replica (KIP-1166)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import { Later } from '../env/later.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { FetchContext, FetchPartition, FetchResult, FetchSessionCache } from '../replication/fetch-session.ts'
import { failedResult, type ReplicaManager } from '../replication/replica-manager.ts'
import type { LeaderLookup } from './support/changed-leaders.ts'
import { groupByTopic, isUnknown, UNREAD, withUnknown } from './support/fetch/fetch-answer.ts'
import { FIRST_MAGIC_2_VERSION, inOldFormat } from './support/fetch/fetch-down-conversion.ts'
import { fetchingReplica, isFollower, readablePartitions } from './support/fetch/fetch-permissions.ts'
import { countAnswer, countReplication, GIVEN } from './support/fetch/fetch-quota.ts'
import { FIRST_TOPIC_ID_VERSION, openSession } from './support/fetch/open-fetch-session.ts'

const FIRST_SESSION_VERSION = 7
/** Clients that say where they are may be served by followers. */
const FIRST_RACK_VERSION = 11
/** read_uncommitted and read_committed. */
const ISOLATION_LEVELS: ReadonlySet<number> = new Set([0, 1])

export interface FetchServices {
  replicas: ReplicaManager
  sessions: FetchSessionCache
  leaders: LeaderLookup
  /** fetch.max.bytes of the broker. */
  maxBytes: () => number
}

export function fetchHandler(services: FetchServices): ApiHandler<typeof FetchRequest, typeof FetchResponse> {
  return {
    apiKey: 1,
    // The schema's other listener is the controller's, which would answer with the metadata log.
    listeners: ['broker'],
    name: 'Fetch',
    request: FetchRequest,
    response: FetchResponse,
    minVersion: 4,
    maxVersion: 18,
    oldestVersion: 0,
    waitsByDesign: true,
    access: {
      needs: [
        {
          operation: 'CLUSTER_ACTION',
          resource: 'CLUSTER',
          when: isFollower,
          errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
          refused: 'item',
        },
        // Partitions that an earlier request of the session has named are read, and judged, as well.
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: (request, version) =>
            isFollower(request) || version >= FIRST_TOPIC_ID_VERSION ? [] : request.topics.map(({ topic }) => topic),
          topicIds: (request, version) =>
            isFollower(request) || version < FIRST_TOPIC_ID_VERSION ? [] : request.topics.map(({ topicId }) => topicId),
          inAnswer: true,
          refused: 'item',
        },
      ],
    },

    handle(context, request) {
      if (isFollower(request)) context.quota?.exempt()
      const session = openSession(services, context, request)
      if (session.errorCode !== ErrorCode.NONE) return { errorCode: session.errorCode }
      // Kafka fails on an isolation level that does not exist, when it comes to read.
      const isHere = (partition: FetchPartition): boolean => services.replicas.find(partition) !== undefined
      if (!ISOLATION_LEVELS.has(request.isolationLevel) && session.partitions.some(isHere)) {
        throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
      }
      const { allowed, refused } = readablePartitions(services.replicas, context, request, session.partitions)
      const { readable, failed } = present(services.replicas, allowed)
      const give = (read: FetchResult[]): Outcome<typeof FetchResponse> => {
        const results = withUnknown(read, failed, allowed, isFollower(request))
        return given(services, context, request, session, refused.length === 0 ? results : [...results, ...refused])
      }
      const read = readable.length === 0 ? [] : readAll(services, context, request, readable)
      return read instanceof Later ? read.then(give) : give(read)
    },

    errorResponse({ apiVersion }, { topics, sessionId }, errorCode) {
      // Clients that know topic ids look at the error of the whole response.
      if (apiVersion >= FIRST_TOPIC_ID_VERSION) return { errorCode, sessionId, responses: [] }
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ ...UNREAD, partitionIndex: partition, errorCode })),
      }))
      return { errorCode, sessionId: apiVersion >= FIRST_SESSION_VERSION ? sessionId : 0, responses }
    },
  }
}

/** The answer with what has been read, which is lent until the answer has left. */
function given(
  services: FetchServices,
  context: RequestContext,
  request: FetchRequest,
  session: FetchContext,
  results: readonly FetchResult[],
): Outcome<typeof FetchResponse> {
  const lent = results.flatMap(({ records }) => records)
  try {
    const leaders = services.leaders(context.connection)
    const { isGiven, throttleTimeMs } = isFollower(request) ? GIVEN : countAnswer(leaders, context, session, results)
    if (isFollower(request)) countReplication(services.replicas, results)
    if (!isGiven) releaseAll(lent.splice(0))
    else countBytesOut(services.replicas, request, results)
    const { errorCode, sessionId, results: told } = isGiven ? session.answer(results) : session.withheld()
    const responses = groupByTopic(leaders, readable(told, context.apiVersion), context.apiVersion)
    // Other brokers know each other's addresses.
    const nodeEndpoints = isFollower(request) ? [] : leaders.nodes
    return new Outcome({ errorCode, sessionId, responses, nodeEndpoints }, { lent, throttleTimeMs })
  } catch (error) {
    releaseAll(lent)
    throw error
  }
}

function readable(results: readonly FetchResult[], version: number): readonly FetchResult[] {
  return version < FIRST_MAGIC_2_VERSION ? results.map((result) => inOldFormat(result, version)) : results
}

function countBytesOut(replicas: ReplicaManager, request: FetchRequest, results: readonly FetchResult[]): void {
  const counter = isFollower(request) ? 'replicationBytesOut' : 'bytesOut'
  for (const { request: partition, sizeBytes } of results) {
    if (sizeBytes === 0) continue
    const metrics = replicas.find(partition)?.metrics
    if (metrics !== undefined) metrics[counter] += sizeBytes
  }
}

/** The partitions that some broker has, and answers for the others. */
function present(
  replicas: ReplicaManager,
  partitions: readonly FetchPartition[],
): { readable: readonly FetchPartition[]; failed: readonly FetchResult[] } {
  const failed: FetchResult[] = []
  const readable: FetchPartition[] = []
  for (const partition of partitions) {
    partition.topic ??= replicas.topicName(partition.topicId)
    const errorCode = replicas.find(partition) === undefined ? replicas.absentById(partition) : ErrorCode.NONE
    if (isUnknown({ errorCode })) failed.push(failedResult(partition, errorCode))
    else readable.push(partition)
  }
  return { readable, failed }
}

function readAll(
  { replicas, maxBytes }: FetchServices,
  { apiVersion, answerRoomBytes, quota }: RequestContext,
  request: FetchRequest,
  partitions: readonly FetchPartition[],
): FetchResult[] | Later<FetchResult[]> {
  // One batch is answered even where there is no room: a limit of 0 would be an answer without data, at once.
  const roomBytes = Math.min(answerRoomBytes, quota?.mostFetchBytes ?? answerRoomBytes)
  const limitBytes = Math.min(request.maxBytes, maxBytes(), Math.max(1, roomBytes))
  return replicas.fetch(partitions, {
    maxWaitMs: request.maxWaitMs,
    minBytes: Math.min(request.minBytes, limitBytes),
    maxBytes: limitBytes,
    isolation: request.isolationLevel === 1 ? 'readCommitted' : 'readUncommitted',
    onlyLeader: apiVersion < FIRST_RACK_VERSION,
    replica: fetchingReplica(request),
    rackId: apiVersion < FIRST_RACK_VERSION ? '' : request.rackId,
  })
}
