/**
 * OffsetFetch (key 9): the positions that groups have committed. Where there is none the offset is -1, without an error.
 *
 * v0   where there is none, it is an error; dropped by Apache 4
 * v2   all partitions of a group (topics null); an error code for the whole answer
 * v5   leader epoch of the commit (KIP-320)
 * v6   flexible
 * v7   require stable: offsets that a transaction may still change are UNSTABLE_OFFSET_COMMIT (KIP-447)
 * v8   several groups (KIP-709)
 * v9   member id and epoch, for groups of the new protocol (KIP-848)
 * v10  topics by id (KIP-848)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/messages/offset-fetch.ts'
import { type Encodable, ZERO_UUID } from '../../protocol/schema.ts'
import type { FetchedGroup, FetchedOffsets } from '../coordinator/group/offsets/offset-fetch.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { EVERYTHING, QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import { byPermission } from './support/permitted.ts'
import type { InternalTopicCreation } from './support/topics/internal-topic-creation.ts'

const FIRST_TOP_LEVEL_ERROR_VERSION = 2
const FIRST_BATCHED_VERSION = 8
const FIRST_TOPIC_ID_VERSION = 10
const NO_GROUP: FetchedOffsets = { groupId: '', topics: [], errorCode: ErrorCode.NONE }

export function offsetFetchHandler({
  groups,
  image,
  internalTopics,
}: {
  groups: GroupCoordinator
  image: () => MetadataImage
  internalTopics: Pick<InternalTopicCreation, 'ensure'>
}): ApiHandler<typeof OffsetFetchRequest, typeof OffsetFetchResponse> {
  return {
    apiKey: 9,
    name: 'OffsetFetch',
    request: OffsetFetchRequest,
    response: OffsetFetchResponse,
    minVersion: 1,
    maxVersion: 10,
    oldestVersion: 0,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'GROUP',
          names: (request, version) => requestedGroups(request, version).map(({ groupId }) => groupId),
          refused: 'item',
        },
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: (request, version) =>
            version < FIRST_TOPIC_ID_VERSION ? requestedTopics(request, version).map(({ name }) => name) : [],
          topicIds: (request, version) =>
            version < FIRST_TOPIC_ID_VERSION ? [] : requestedTopics(request, version).map(({ topicId }) => topicId),
          refused: 'item',
        },
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'hidden' },
      ],
    },

    async handle(context, request) {
      const { apiVersion } = context
      // Clients of v0 know of no coordinator, so that none of them has asked for one yet.
      if (apiVersion === 0) await internalTopics.ensure(CONSUMER_OFFSETS_TOPIC)
      const fetched = requestedGroups(request, apiVersion).map(async (group) => {
        if (!context.permissions.allows('DESCRIBE', 'GROUP', group.groupId)) {
          return groupError(group, ErrorCode.GROUP_AUTHORIZATION_FAILED, apiVersion)
        }
        try {
          return apiVersion >= FIRST_TOPIC_ID_VERSION
            ? await fetchById(groups, context, image(), group, request.requireStable)
            : await fetchPermitted(groups, context, group, request.requireStable)
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          return groupError(group, error.code, apiVersion)
        }
      })
      return response(await Promise.all(fetched), apiVersion)
    },

    errorResponse({ apiVersion }: RequestContext, request, code) {
      return response(
        requestedGroups(request, apiVersion).map((group) => groupError(group, code, apiVersion)),
        apiVersion,
      )
    },
  }
}

/** Before v8 a request is for one group. */
function requestedGroups(request: OffsetFetchRequest, apiVersion: number): FetchedGroup[] {
  if (apiVersion >= FIRST_BATCHED_VERSION) return request.groups
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  return [{ groupId: request.groupId, memberId: null, memberEpoch: -1, topics }]
}

const requestedTopics = (request: OffsetFetchRequest, apiVersion: number): RequestedTopic[] =>
  requestedGroups(request, apiVersion).flatMap(({ topics }) => topics ?? [])

function response(groups: FetchedOffsets[], apiVersion: number): Encodable<typeof OffsetFetchResponse> {
  if (apiVersion >= FIRST_BATCHED_VERSION) return { groups }
  const [{ topics, errorCode } = NO_GROUP] = groups
  return { topics: apiVersion === 0 ? topics.map(missingIsError) : topics, errorCode }
}

/** Clients of v0 take -1 for an offset, unless there is an error. */
function missingIsError({ partitions, ...topic }: AnsweredTopic): AnsweredTopic {
  const judged = partitions.map((partition) => {
    const isMissing = partition.committedOffset === -1n && partition.errorCode === ErrorCode.NONE
    return isMissing ? { ...partition, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION } : partition
  })
  return { ...topic, partitions: judged }
}

/** The first version has no place for the group's error but its partitions. */
function groupError({ groupId, topics }: FetchedGroup, errorCode: number, apiVersion: number): FetchedOffsets {
  if (apiVersion >= FIRST_TOP_LEVEL_ERROR_VERSION) return { groupId, topics: [], errorCode }
  return { groupId, topics: (topics ?? []).map((topic) => topicError(topic, errorCode)), errorCode }
}

type RequestedTopic = NonNullable<FetchedGroup['topics']>[number]
type AnsweredTopic = FetchedOffsets['topics'][number]

function topicError({ name, topicId, partitionIndexes }: RequestedTopic, errorCode: number): AnsweredTopic {
  const none = { committedOffset: -1n, committedLeaderEpoch: -1, metadata: '' }
  return {
    name,
    topicId,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, ...none, errorCode })),
  }
}

/** Topics that the client may not describe are errors, or left out when all are asked for. */
async function fetchPermitted(
  groups: GroupCoordinator,
  context: RequestContext,
  group: FetchedGroup,
  requireStable: boolean,
): Promise<FetchedOffsets> {
  if (context.permissions === EVERYTHING) return groups.offsets.fetch(group, requireStable)
  if (group.topics === null) {
    const all = await groups.offsets.fetch(group, requireStable)
    return {
      ...all,
      topics: all.topics.filter(({ name }) => context.permissions.allows('DESCRIBE', 'TOPIC', name, QUIETLY)),
    }
  }
  const { allowed, refused } = byPermission(context, 'DESCRIBE', 'TOPIC', group.topics, ({ name }) => name)
  const answer = await groups.offsets.fetch({ ...group, topics: allowed }, requireStable)
  if (answer.errorCode !== ErrorCode.NONE) return answer
  const errors = refused.map((topic) => topicError(topic, ErrorCode.TOPIC_AUTHORIZATION_FAILED))
  return { ...answer, topics: [...answer.topics, ...errors] }
}

/** Ids become names for the coordinator; topics that are gone are errors, or left out when all are asked for. */
async function fetchById(
  groups: GroupCoordinator,
  context: RequestContext,
  { topics }: MetadataImage,
  group: FetchedGroup,
  requireStable: boolean,
): Promise<FetchedOffsets> {
  if (group.topics === null) {
    const all = await fetchPermitted(groups, context, group, requireStable)
    const named = all.topics.flatMap((topic) => {
      const id = topics.get(topic.name)?.id
      return id === undefined ? [] : { ...topic, topicId: id }
    })
    return { ...all, topics: named }
  }
  const known: RequestedTopic[] = []
  const unknown: AnsweredTopic[] = []
  for (const topic of group.topics) {
    const name = topics.getById(topic.topicId)?.name
    if (name === undefined) unknown.push(topicError(topic, ErrorCode.UNKNOWN_TOPIC_ID))
    else known.push({ ...topic, name })
  }
  const answer = await fetchPermitted(groups, context, { ...group, topics: known }, requireStable)
  return { ...answer, topics: [...answer.topics, ...unknown] }
}
