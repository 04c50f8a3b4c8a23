/**
 * OffsetCommit (key 8): a group's position in partitions, written to the coordinator's log.
 *
 * Members name their generation; a client without a group gives generation -1 and uses the group's name alone. Each
 * partition has its own answer; partitions that do not exist do not keep the others from being committed.
 *
 * v0   no members; v1 names the time of the commit; both dropped by Apache 4
 * v2   retention time, given by the client until v4
 * v5   no retention time any more (KIP-211)
 * v6   leader epoch of the last record (KIP-320)
 * v7   group instance id (KIP-345)
 * v8   flexible
 * v9   member epoch in place of the generation in new groups; GROUP_ID_NOT_FOUND may be answered (KIP-848)
 * v10  topics by id (KIP-848)
 */
import { KafkaError } from '../../protocol/errors.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/offset-commit.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import type { InternalTopicCreation } from './support/topics/internal-topic-creation.ts'
import { mergedTopics } from './support/topics/merged-topics.ts'
import { refusedTopic, topicsToCommit } from './support/topics-to-commit.ts'

type AnsweredTopic = NonNullable<Encodable<typeof OffsetCommitResponse>['topics']>[number]

const FIRST_TOPIC_ID_VERSION = 10

export function offsetCommitHandler({
  groups,
  image,
  internalTopics,
}: {
  groups: GroupCoordinator
  image: () => MetadataImage
  internalTopics: Pick<InternalTopicCreation, 'ensure'>
}): ApiHandler<typeof OffsetCommitRequest, typeof OffsetCommitResponse> {
  return {
    apiKey: 8,
    name: 'OffsetCommit',
    request: OffsetCommitRequest,
    response: OffsetCommitResponse,
    minVersion: 2,
    maxVersion: 10,
    oldestVersion: 0,
    access: {
      needs: [
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: ({ topics }, version) => (version < FIRST_TOPIC_ID_VERSION ? topics.map(({ name }) => name) : []),
          topicIds: ({ topics }, version) =>
            version < FIRST_TOPIC_ID_VERSION ? [] : topics.map(({ topicId }) => topicId),
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    async handle({ apiVersion }, request) {
      // Clients of v0 never ask for a coordinator, which creates the topic of offsets for others: it may not be there yet.
      if (apiVersion === 0) await internalTopics.ensure(CONSUMER_OFFSETS_TOPIC)
      const byId = apiVersion >= FIRST_TOPIC_ID_VERSION
      const { known, refused } = topicsToCommit(image(), request.topics, { byId })
      if (known.length === 0) return { topics: refused }
      const answered: AnsweredTopic[] = [
        ...refused,
        ...(await commit(groups, apiVersion, { ...request, topics: known })),
      ]
      return { topics: mergedTopics(answered) }
    },

    errorResponse(_context, request, code) {
      return { topics: request.topics.map((topic) => refusedTopic(topic, topic.partitions, code)) }
    },
  }
}

async function commit(
  groups: GroupCoordinator,
  apiVersion: number,
  request: OffsetCommitRequest,
): Promise<readonly AnsweredTopic[]> {
  try {
    return (await groups.offsets.commit(apiVersion, request)).topics ?? []
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return request.topics.map((topic) => refusedTopic(topic, topic.partitions, error.code))
  }
}
