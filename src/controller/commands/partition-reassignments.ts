/** Moving partitions to other brokers, and what is on the move (KIP-455). */
import { first } from '../../../protocol/collections/elements.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../../protocol/messages/alter-partition-reassignments.ts'
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../../protocol/messages/list-partition-reassignments.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from '../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { attempt } from '../../metadata/resource-error.ts'
import type { CommandResult, CommandState } from './command.ts'
import { isBeingReassigned, partitionChange } from './rules/partition-change.ts'
import { validateAssignment } from './rules/placement.ts'

/** Each partition is moved, or its move ended, for itself; all that can be done is done at once. */
export function alterPartitionReassignments(
  state: CommandState,
  request: AlterPartitionReassignmentsRequest,
): CommandResult<Encodable<typeof AlterPartitionReassignmentsResponse>> {
  // Kafka does nothing at all here, not even repeat what was asked.
  if (request.topics.length === 0) return { records: [], response: {} }
  const { allowReplicationFactorChange } = request
  const records: MetadataRecord[] = []
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const error = attempt(() => {
        const found = partitionOf(state.image, name, partitionIndex)
        const record =
          replicas === null ? cancel(state, found) : reassign(state, found, replicas, allowReplicationFactorChange)
        if (record !== null) records.push(record)
      })
      return { partitionIndex, ...error }
    }),
  }))
  return { records, response: { allowReplicationFactorChange, errorMessage: null, responses } }
}

interface PartitionOf {
  readonly topic: TopicImage
  readonly partitionId: number
  readonly partition: PartitionRegistration
}

function partitionOf(image: MetadataImage, name: string, partitionId: number): PartitionOf {
  const topic = image.topics.get(name)
  const unknown = (message: string) => new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message)
  if (topic === undefined) throw unknown(`Unable to find a topic named ${name}.`)
  const partition = topic.partitions[partitionId]
  if (partition === undefined) throw unknown(`Unable to find partition ${name}:${partitionId}.`)
  return { topic, partitionId, partition }
}

function reassign(
  state: CommandState,
  { topic, partitionId, partition }: PartitionOf,
  wanted: readonly number[],
  mayChangeFactor: boolean,
): MetadataRecord | null {
  validateAssignment(state.image, wanted, null)
  const factor = factorAfterMove(partition)
  if (!mayChangeFactor && wanted.length !== factor) {
    const message = `The replication factor is changed from ${factor} to ${wanted.length}`
    throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, message)
  }
  const removing = difference(partition.replicas, wanted)
  const adding = difference(wanted, partition.replicas)
  const move = { removing: removing.length > 0 ? removing : undefined, adding: adding.length > 0 ? adding : undefined }
  return partitionChange(state, topic, partitionId, { replicas: [...wanted, ...removing], ...move })
}

const factorAfterMove = ({ replicas, addingReplicas, removingReplicas }: PartitionRegistration): number =>
  difference([...replicas, ...addingReplicas], removingReplicas).length

const difference = (from: readonly number[], without: readonly number[]): number[] =>
  [...new Set(from)].filter((replica) => !without.includes(replica)).sort((a, b) => a - b)

/** Back to the replicas from before the move; those that stay in sync keep the partition alive. */
function cancel(state: CommandState, { topic, partitionId, partition }: PartitionOf): MetadataRecord | null {
  if (!isBeingReassigned(partition)) throw new KafkaError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
  const { 'unclean.leader.election.enable': isUncleanAllowed } = state.config.topicConfig(
    state.image.configs.topic(topic.name),
  )
  const stays = (replica: number) => !partition.addingReplicas.includes(replica)
  const replicas = partition.replicas.filter(stays)
  const isr = partition.isr.filter(stays)
  if (isr.length === 0 && !isUncleanAllowed) {
    const message = `Unable to revert partition assignment for ${topic.name}:${partitionId} because it would require an unclean leader election.`
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
  }
  return partitionChange(state, topic, partitionId, {
    election: isUncleanAllowed ? 'unclean' : 'online',
    isr: isr.length > 0 ? isr : [first(replicas)],
    replicas,
    adding: [],
    removing: [],
  })
}

/** Topics that are unknown, and partitions that stay where they are, are left out. */
export function listPartitionReassignments(
  image: MetadataImage,
  request: ListPartitionReassignmentsRequest,
): Encodable<typeof ListPartitionReassignmentsResponse> {
  const asked = request.topics ?? [...image.topics].map(({ name }) => ({ name, partitionIndexes: null }))
  const topics = asked.map(({ name, partitionIndexes }) => {
    const partitions = image.topics.get(name)?.partitions ?? []
    const indexes = partitionIndexes ?? partitions.map((_, index) => index)
    const moving = indexes.flatMap((index) => {
      const partition = partitions[index]
      return partition !== undefined && isBeingReassigned(partition) ? [ongoing(index, partition)] : []
    })
    return { name, partitions: moving }
  })
  return { errorMessage: null, topics: topics.filter(({ partitions }) => partitions.length > 0) }
}

const ongoing = (partitionIndex: number, { replicas, addingReplicas, removingReplicas }: PartitionRegistration) => ({
  partitionIndex,
  replicas: [...replicas],
  addingReplicas: [...addingReplicas],
  removingReplicas: [...removingReplicas],
})
