/**
 * DescribeShareGroupOffsets (key 90, KIP-932): where share groups have come to in their topics. A partition of which
 * nothing is known is no error: its start offset is -1.
 *
 * v1  the lag (KIP-1226)
 */
import { ErrorCode, errorMessage, KafkaError } from '../../protocol/errors.ts'
import {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from '../../protocol/messages/describe-share-group-offsets.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { SharePersister } from '../coordinator/share-persister.ts'
import type { Permissions } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'

export interface DescribeShareOffsetsServices {
  groups: GroupCoordinator
  shares: {
    readonly persister: SharePersister
    /** The high watermark of any partition of the cluster; rejects with a `KafkaError`. */
    latestOffset(topic: string, partition: number): Promise<number>
  }
  image: () => MetadataImage
}

type Group = DescribeShareGroupOffsetsRequest['groups'][number]
type Topic = NonNullable<Group['topics']>[number]

const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const UNKNOWN = -1n

export function describeShareGroupOffsetsHandler(
  services: DescribeShareOffsetsServices,
): ApiHandler<typeof DescribeShareGroupOffsetsRequest, typeof DescribeShareGroupOffsetsResponse> {
  return {
    apiKey: 90,
    name: 'DescribeShareGroupOffsets',
    request: DescribeShareGroupOffsetsRequest,
    response: DescribeShareGroupOffsetsResponse,
    minVersion: 0,
    maxVersion: 1,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'GROUP',
          names: ({ groups }) => groups.map(({ groupId }) => groupId),
          refused: 'item',
        },
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ groups }) => groups.flatMap(({ topics }) => (topics ?? []).map(({ topicName }) => topicName)),
          inAnswer: true,
          refused: 'item',
        },
      ],
    },

    async handle({ permissions }, { groups }) {
      return { groups: await Promise.all(groups.map((group) => describeGroup(services, permissions, group))) }
    },

    errorResponse: (_context, { groups }, errorCode, message) => ({
      groups: groups.map(({ groupId }) => ({ groupId, errorCode, errorMessage: message })),
    }),
  }
}

async function describeGroup(services: DescribeShareOffsetsServices, permissions: Permissions, group: Group) {
  const { groupId } = group
  try {
    services.groups.share.requireEnabled()
    if (!permissions.allows('DESCRIBE', 'GROUP', groupId))
      return { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }
    const isShown = ({ topicName }: Topic) => permissions.allows('DESCRIBE', 'TOPIC', topicName)
    const wanted = group.topics ?? (await initializedTopics(services, groupId))
    requireQuestion(services.image(), groupId, wanted)
    const described = wanted.filter(isShown).map((topic) => describeTopic(services, groupId, topic))
    const refused = group.topics === null ? [] : wanted.filter((topic) => !isShown(topic)).map(refusedTopic)
    return { groupId, topics: [...(await Promise.all(described)), ...refused] }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const isUnsupported = error.code === ErrorCode.UNSUPPORTED_VERSION
    return { groupId, errorCode: error.code, errorMessage: isUnsupported ? null : errorMessage(error.code) }
  }
}

/** Apache's share coordinator is asked for all partitions at once, and fails where the question lacks something. */
function requireQuestion({ topics }: MetadataImage, groupId: string, wanted: readonly Topic[]): void {
  const known = wanted.filter(({ topicName }) => topics.get(topicName) !== undefined)
  const isLacking = known.some(({ partitions }) => groupId === '' || partitions.length === 0)
  if (isLacking) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
}

/** The topics of which the group has states, as far as they exist. */
async function initializedTopics({ groups, image }: DescribeShareOffsetsServices, groupId: string): Promise<Topic[]> {
  const initialized = await groups.share.initialized(groupId)
  return [...initialized].flatMap(([topicId, partitions]) => {
    const topic = image().topics.getById(topicId)
    return topic === undefined ? [] : [{ topicName: topic.name, partitions: [...partitions] }]
  })
}

const unknownPartition = (partitionIndex: number) => ({
  partitionIndex,
  startOffset: UNKNOWN,
  leaderEpoch: 0,
  lag: UNKNOWN,
})

function refusedTopic({ topicName, partitions }: Topic) {
  const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
  const refused = { errorCode, errorMessage: errorMessage(errorCode) }
  const all = partitions.map((partition) => ({ ...unknownPartition(partition), ...refused }))
  return { topicName, topicId: ZERO_ID, partitions: all }
}

async function describeTopic(
  services: DescribeShareOffsetsServices,
  groupId: string,
  { topicName, partitions }: Topic,
) {
  const topic = services.image().topics.get(topicName)
  if (topic === undefined) return { topicName, topicId: ZERO_ID, partitions: partitions.map(unknownPartition) }
  const described = partitions.map((partition) =>
    describePartition(services, topicName, { groupId, topicId: topic.id, partition }),
  )
  return { topicName, topicId: topic.id, partitions: await Promise.all(described) }
}

/** The lag counts what is not done with, up to the high watermark; -1 where that is not known. */
async function describePartition(
  { shares }: DescribeShareOffsetsServices,
  topicName: string,
  key: { groupId: string; topicId: string; partition: number },
) {
  const summary = await shares.persister.readSummary(key)
  if (summary.errorCode !== ErrorCode.NONE) return unknownPartition(key.partition)
  const { startOffset, leaderEpoch, deliveryCompleteCount } = summary
  const known = { partitionIndex: key.partition, startOffset: BigInt(startOffset), leaderEpoch, lag: UNKNOWN }
  if (startOffset === -1 || deliveryCompleteCount === -1) return known
  try {
    const end = await shares.latestOffset(topicName, key.partition)
    return { ...known, lag: BigInt(end - startOffset - deliveryCompleteCount) }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { partitionIndex: key.partition, errorCode: error.code, errorMessage: errorMessage(error.code) }
  }
}
