/** Elections that an admin asks for (KIP-460). */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { ElectLeadersRequest, ElectLeadersResponse } from '../../../protocol/messages/elect-leaders.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { NO_LEADER } from '../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { errorOf, NO_ERROR, type ResourceError } from '../../metadata/resource-error.ts'
import type { CommandResult, CommandState } from './command.ts'
import { type Election, partitionChange } from './rules/partition-change.ts'

type Response = Encodable<typeof ElectLeadersResponse>

const ELECTIONS: readonly Election[] = ['preferred', 'unclean']

/** Elects leaders of the partitions that are named, or of all that need one where the request names none. */
export function electLeaders(state: CommandState, request: ElectLeadersRequest): CommandResult<Response> {
  if (request.topicPartitions?.length === 0) return { records: [], response: { replicaElectionResults: [] } }
  const election = ELECTIONS[request.electionType]
  if (election === undefined) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unknown election type ${request.electionType}`)
  }
  const records: MetadataRecord[] = []
  const elect = (topic: string, partitionId: number) => ({
    partitionId,
    ...electLeader(state, topic, partitionId, election, records),
  })
  const named = request.topicPartitions?.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => elect(topic, partitionId)),
  }))
  const needed = () =>
    [...state.image.topics].map(({ name, partitions }) => ({
      topic: name,
      partitionResult: partitions
        .map((_, partitionId) => elect(name, partitionId))
        .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
    }))
  return { records, response: { replicaElectionResults: named ?? needed() } }
}

function electLeader(
  state: CommandState,
  topicName: string,
  partitionId: number,
  election: Election,
  records: MetadataRecord[],
): ResourceError {
  const topic = state.image.topics.get(topicName)
  const unknown = (errorMessage: string) => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage })
  if (topic === undefined) return unknown(`No such topic as ${topicName}`)
  const partition = topic.partitions[partitionId]
  if (partition === undefined) return unknown(`No such partition as ${topicName}-${partitionId}`)
  const isElected =
    election === 'preferred' ? partition.leader === partition.replicas[0] : partition.leader !== NO_LEADER
  if (isElected) return errorOf(ErrorCode.ELECTION_NOT_NEEDED)
  const record = partitionChange(state, topic, partitionId, { election })
  if (record === null) {
    const { PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE } = ErrorCode
    return errorOf(election === 'preferred' ? PREFERRED_LEADER_NOT_AVAILABLE : ELIGIBLE_LEADERS_NOT_AVAILABLE)
  }
  records.push(record)
  return NO_ERROR
}
