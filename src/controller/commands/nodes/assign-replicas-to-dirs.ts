/** AssignReplicasToDirs: in which of its log directories a broker keeps its replicas (KIP-858). */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../../../../protocol/messages/assign-replicas-to-dirs.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import { metadataLevel } from '../../../metadata/features.ts'
import type { TopicImage } from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import { supportsDirectoryAssignment } from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { leaderChanges } from '../rules/leader-changes.ts'
import { partitionChange } from '../rules/partition-change.ts'
import { checkBrokerEpoch } from './broker-heartbeat.ts'

type Response = Encodable<typeof AssignReplicasToDirsResponse>

/** Each partition is assigned or refused for itself. A replica in a directory that is offline leads nothing. */
export function assignReplicasToDirs(
  state: CommandState,
  request: AssignReplicasToDirsRequest,
): CommandResult<Response> {
  const { image } = state
  if (!supportsDirectoryAssignment(metadataLevel(image))) {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, 'Directory assignment is not supported yet.')
  }
  const { brokerId, brokerEpoch } = request
  const { logDirs } = checkBrokerEpoch(image.cluster, brokerId, brokerEpoch)
  const records: MetadataRecord[] = []
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => {
      const topic = image.topics.getById(topicId)
      return {
        topicId,
        partitions: partitions.map(({ partitionIndex }) => {
          const errorCode = reasonToRefuse(topic, partitionIndex, brokerId)
          if (topic !== undefined && errorCode === ErrorCode.NONE) {
            records.push(...assign(state, topic, partitionIndex, { brokerId, id }, logDirs.includes(id)))
          }
          return { partitionIndex, errorCode }
        }),
      }
    }),
  }))
  return { records, response: { directories } }
}

function reasonToRefuse(topic: TopicImage | undefined, partitionIndex: number, brokerId: number): number {
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID
  const partition = topic.partitions[partitionIndex]
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return partition.replicas.includes(brokerId) ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER
}

function assign(
  state: CommandState,
  topic: TopicImage,
  partitionId: number,
  directory: { readonly brokerId: number; readonly id: string },
  isOnline: boolean,
): MetadataRecord[] {
  const record = partitionChange(state, topic, partitionId, { directory })
  const assigned = record === null ? [] : [record]
  if (isOnline) return assigned
  const partition = topic.partitions[partitionId]
  return [...assigned, ...leaderChanges(state, (each) => each === partition, { leaving: directory.brokerId })]
}
