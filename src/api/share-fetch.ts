/**
 * ShareFetch (key 78, KIP-932): acquires records for a member of a share group, waiting for them if asked to, and takes
 * acknowledgements of earlier ones on the way. The partitions are those of the member's share session, which the first
 * request (epoch 0) begins and the last (epoch -1) ends.
 *
 * v1  the first that is not early access
 * v2  how records are acquired (KIP-1206); acknowledgements that renew the lock, which fetch nothing (KIP-1222)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ShareFetchRequest, ShareFetchResponse } from '../../protocol/messages/share-fetch.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import type { Clock } from '../env/index.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { AcknowledgeResult, SharePartitions } from '../share/share-partitions.ts'
import type { ShareServices } from '../share/share-services.ts'
import type { ChangedLeaders, LeaderLookup } from './support/changed-leaders.ts'
import { acknowledgeAll } from './support/share/share-acknowledgements.ts'
import { byTopic, changedLeader, requireMember } from './support/share/share-answer.ts'
import { fetchFromSession, type SharedRecords } from './support/share/share-reading.ts'
import { closeSession, FINAL_EPOCH, openShareSession } from './support/share/share-session.ts'

const FIRST_RENEW_VERSION = 2

export interface ShareFetchServices {
  groups: GroupCoordinator
  replicas: ReplicaManager
  shares: ShareServices
  leaders: LeaderLookup
  clock: Clock
  /** fetch.max.bytes of the broker. */
  maxBytes: () => number
}

export function shareFetchHandler(
  services: ShareFetchServices,
): ApiHandler<typeof ShareFetchRequest, typeof ShareFetchResponse> {
  const { groups, shares, clock } = services
  return {
    apiKey: 78,
    name: 'ShareFetch',
    request: ShareFetchRequest,
    response: ShareFetchResponse,
    minVersion: 1,
    maxVersion: 2,
    waitsByDesign: true,
    access: {
      needs: [
        {
          operation: 'READ',
          resource: 'GROUP',
          names: ({ groupId }) => (groupId === null ? [] : [groupId]),
          refused: 'request',
        },
        // Partitions that an earlier request of the session has named are read, and judged, as well.
        {
          operation: 'READ',
          resource: 'TOPIC',
          topicIds: ({ topics }) => topics.map(({ topicId }) => topicId),
          inAnswer: true,
          refused: 'item',
        },
      ],
    },

    async handle(context, request) {
      groups.share.requireEnabled()
      const member = requireMember(request.groupId, request.memberId)
      checkRenewal(context.apiVersion, request)
      const partitions = await shares.partitions()
      const session = await openShareSession(partitions, clock, context, { ...request, ...member })
      return answerFetch(services, partitions, context, { request, member, session })
    },

    errorResponse: (_context, _request, errorCode, errorMessage) => ({ errorCode, errorMessage }),
  }
}

interface Task {
  readonly request: ShareFetchRequest
  readonly member: { readonly groupId: string; readonly memberId: string }
  readonly session: Awaited<ReturnType<typeof openShareSession>>
}

async function answerFetch(
  services: ShareFetchServices,
  partitions: SharePartitions,
  context: RequestContext,
  { request, member, session }: Task,
): Promise<Outcome<typeof ShareFetchResponse>> {
  const { replicas, maxBytes } = services
  const isLast = request.shareSessionEpoch === FINAL_EPOCH
  const fetches = !isLast && !(context.apiVersion >= FIRST_RENEW_VERSION && request.isRenewAck)
  const { isRenewAck, topics } = request
  const [acknowledged, read] = await Promise.all([
    hasAcknowledgements(request)
      ? acknowledgeAll(context, replicas, partitions, { ...member, isRenewAck, topics })
      : ([] as AcknowledgeResult[]),
    fetches ? fetchFromSession(replicas, partitions, context, { request, session, maxBytes: maxBytes() }) : [],
  ])
  const lent = read.flatMap((result) => result.lent)
  try {
    const throttleTimeMs = await withinQuota(partitions, context, member, read)
    const given = throttleTimeMs === 0 ? read : []
    if (throttleTimeMs > 0) releaseAll(lent.splice(0))
    if (isLast) await closeSession(partitions, session)
    const leaders = services.leaders(context.connection)
    const response: Encodable<typeof ShareFetchResponse> = {
      throttleTimeMs,
      acquisitionLockTimeoutMs: partitions.config.limits(member.groupId).lockMs,
      responses: responsesOf(given, acknowledged, leaders),
      nodeEndpoints: leaders.nodes,
    }
    return new Outcome(response, { lent, throttleTimeMs })
  } catch (error) {
    releaseAll(lent)
    throw error
  }
}

const hasAcknowledgements = ({ topics }: Pick<ShareFetchRequest, 'topics'>): boolean =>
  topics.some(({ partitions }) => partitions.some(({ acknowledgementBatches }) => acknowledgementBatches.length > 0))

/** A client that has read too much gets nothing now (KIP-219): what was acquired for it is available again. */
async function withinQuota(
  partitions: SharePartitions,
  { quota }: RequestContext,
  { groupId, memberId }: Task['member'],
  read: readonly SharedRecords[],
): Promise<number> {
  if (quota === null) return 0
  const { isGiven, throttleTimeMs } = quota.fetched(read.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0))
  if (isGiven) return 0
  const release = read.flatMap(({ topicId, partition, acquired }) => {
    const acknowledgements = acquired.map(({ firstOffset, lastOffset }) => ({
      firstOffset,
      lastOffset,
      types: [RELEASE],
    }))
    return acknowledgements.length === 0 ? [] : [{ topicId, partition, acknowledgements }]
  })
  await partitions.acknowledge(groupId, memberId, release)
  return throttleTimeMs
}

const RELEASE = 2

function checkRenewal(apiVersion: number, request: ShareFetchRequest): void {
  if (apiVersion < FIRST_RENEW_VERSION || !request.isRenewAck) return
  const limits = ['maxBytes', 'minBytes', 'maxRecords', 'maxWaitMs'] as const
  const wrong = limits.filter((name) => request[name] !== 0).map((name) => `${name} must be set to 0, `)
  if (wrong.length === 0) return
  throw new KafkaError(ErrorCode.INVALID_REQUEST, `${wrong.join('')}if isRenewAck is true.`)
}

/** A partition that was read and acknowledged has one answer for both. */
function responsesOf(
  read: readonly SharedRecords[],
  acknowledged: readonly AcknowledgeResult[],
  leaders: ChangedLeaders,
) {
  const left = new Map(acknowledged.map((answer) => [`${answer.topicId}:${answer.partition}`, answer]))
  const both = read.map((result) => {
    const name = `${result.topicId}:${result.partition}`
    const acknowledgement = left.get(name)
    left.delete(name)
    return { ...result, acknowledgement }
  })
  const alone = [...left.values()].map(({ topicId, partition, ...acknowledgement }) => {
    const nothing = { records: [], acquired: [], errorCode: ErrorCode.NONE }
    return { topicId, partition, ...nothing, acknowledgement }
  })
  return byTopic([...both, ...alone], (result) => ({
    partitionIndex: result.partition,
    errorCode: result.errorCode,
    acknowledgeErrorCode: result.acknowledgement?.errorCode ?? ErrorCode.NONE,
    acknowledgeErrorMessage: result.acknowledgement?.errorMessage ?? null,
    currentLeader: changedLeader(leaders, result),
    records: result.records,
    acquiredRecords: result.acquired.map(({ firstOffset, lastOffset, deliveryCount }) => ({
      firstOffset: BigInt(firstOffset),
      lastOffset: BigInt(lastOffset),
      deliveryCount,
    })),
  }))
}
