import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { describeTopic } from '../../config/describe.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { type PartitionRegistration, replicationFactorOf } from '../../metadata/image/topics-image.ts'
import { CLUSTER_METADATA_TOPIC } from '../../metadata/internal-topics.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { type ResourceError, resourceError } from '../../metadata/resource-error.ts'
import { partitionRecord } from '../../metadata/snapshot-records.ts'
import { validateTopicName } from '../../metadata/topic-name.ts'
import { alterResource } from './alter-configs.ts'
import {
  type Chance,
  type CommandContext,
  type CommandResult,
  type CommandState,
  chanceOf,
  splitDuplicates,
} from './command.ts'
import { MutationBudget } from './rules/mutation-budget.ts'
import {
  allFenced,
  initialIsr,
  newPartition,
  noActiveBroker,
  placeReplicas,
  validateAssignment,
} from './rules/placement.ts'

type CreatableTopic = CreateTopicsRequest['topics'][number]
type TopicResult = NonNullable<Encodable<typeof CreateTopicsResponse>['topics']>[number]
type Response = Encodable<typeof CreateTopicsResponse>

const MAX_PARTITIONS_PER_REQUEST = 10_000
/** "The broker's default" in numPartitions and replicationFactor (KIP-464). */
const DEFAULT = -1
/** The version that knows THROTTLING_QUOTA_EXCEEDED. */
const FIRST_STRICT_VERSION = 6

/** Each topic is created or refused for itself. */
export function createTopics(
  state: CommandState,
  request: CreateTopicsRequest,
  { apiVersion, chances, describableTopics, mutations }: CommandContext,
): CommandResult<Response> {
  const { unique, duplicate } = splitDuplicates(request.topics.map(({ name }) => name))
  const isCreatable = ({ name }: CreatableTopic) => unique.has(name) && name !== CLUSTER_METADATA_TOPIC
  checkTotalPartitions(state, request.topics.filter(isCreatable))
  const budget = new MutationBudget(mutations, apiVersion >= FIRST_STRICT_VERSION)
  const records: MetadataRecord[] = []
  const results = request.topics.flatMap((topic, index): TopicResult[] => {
    if (!isCreatable(topic)) return []
    try {
      const created = createTopic(state, topic, {
        chance: chanceOf(chances, index),
        isDescribable: describableTopics.has(topic.name),
        budget,
      })
      records.push(...created.records)
      return [created.response]
    } catch (error) {
      return [failed(topic.name, resourceError(error))]
    }
  })
  for (const name of duplicate) {
    results.push(failed(name, invalidRequest('Duplicate topic name.')))
  }
  if (unique.has(CLUSTER_METADATA_TOPIC)) {
    const message = `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`
    results.push(failed(CLUSTER_METADATA_TOPIC, invalidRequest(message)))
  }
  const response = { topics: results, throttleTimeMs: budget.throttleTimeMs }
  return { records: request.validateOnly ? [] : records, response, mutations: budget.taken }
}

const failed = (name: string, error: ResourceError): TopicResult => ({ name, ...error })

const invalidRequest = (errorMessage: string): ResourceError => ({
  errorCode: ErrorCode.INVALID_REQUEST,
  errorMessage,
})

function checkTotalPartitions({ config }: CommandState, topics: readonly CreatableTopic[]): void {
  let total = 0
  for (const { assignments, numPartitions } of topics) {
    if (assignments.length > 0) total += assignments.length
    else if (numPartitions === DEFAULT) total += config.get('num.partitions')
    else if (numPartitions > 0) total += numPartitions
  }
  if (total > MAX_PARTITIONS_PER_REQUEST) {
    throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.')
  }
}

function createTopic(
  state: CommandState,
  topic: CreatableTopic,
  { chance, isDescribable, budget }: { chance: Chance; isDescribable: boolean; budget: MutationBudget },
): CommandResult<TopicResult> {
  const { image } = state
  const { name } = topic
  checkName(state, name)
  const configs = creationConfigs(topic)
  const changes = new Map([...configs].map(([key, value]) => [key, { op: 'SET' as const, value }]))
  const configRecords = alterResource(state, { type: ConfigResourceType.TOPIC, name }, changes, { isNew: true })
  const partitions =
    topic.assignments.length > 0 ? assignedPartitions(state, topic) : placedPartitions(state, topic, chance)
  budget.take(partitions.length)
  const id = chance.uuid
  const records: MetadataRecord[] = [
    { type: 'TopicRecord', version: 0, value: { name, topicId: id } },
    // A broker that learns of the partitions must know by then how their logs are configured.
    ...configRecords,
    ...partitions.map((partition, index) => partitionRecord(image, { id }, index, partition)),
  ]
  const response = isDescribable
    ? { name, topicId: id, errorMessage: null, ...described(state, configs, partitions) }
    : { name, topicId: id, errorMessage: null, topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }
  return { records, response }
}

function checkName({ image }: CommandState, name: string): void {
  validateTopicName(name)
  // The name itself is among those it collides with, but then the topic exists, which is the clearer answer.
  if (image.topics.get(name) !== undefined) {
    throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  }
  const colliding = image.topics.collidingWith(name)
  if (colliding !== undefined) {
    const message = `Topic '${name}' collides with existing topic: ${colliding}`
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, message)
  }
}

function creationConfigs({ configs }: CreatableTopic): Map<string, string> {
  const nulls = configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (nulls.length > 0) {
    throw new KafkaError(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${nulls.join(',')}`)
  }
  return new Map(configs.map(({ name, value }) => [name, value!]))
}

function assignedPartitions({ image }: CommandState, topic: CreatableTopic): PartitionRegistration[] {
  if (topic.replicationFactor !== DEFAULT) {
    const message = 'A manual partition assignment was specified, but replication factor was not set to -1.'
    throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
  }
  if (topic.numPartitions !== DEFAULT) {
    const message = 'A manual partition assignment was specified, but numPartitions was not set to -1.'
    throw new KafkaError(ErrorCode.INVALID_REQUEST, message)
  }
  const partitions = new Map<number, PartitionRegistration>()
  let replicationFactor: number | null = null
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (partitions.has(partitionIndex)) {
      const message = `Found multiple manual partition assignments for partition ${partitionIndex}`
      throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
    }
    validateAssignment(image, brokerIds, replicationFactor)
    replicationFactor = brokerIds.length
    const isr = initialIsr(image, brokerIds)
    if (isr.length === 0) throw allFenced(partitionIndex)
    partitions.set(partitionIndex, newPartition(image, brokerIds, isr))
  }
  return Array.from({ length: partitions.size }, (_, index) => {
    const partition = partitions.get(index)
    if (partition !== undefined) return partition
    const message = 'partitions should be a consecutive 0-based integer sequence'
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
  })
}

function placedPartitions(state: CommandState, topic: CreatableTopic, chance: Chance): PartitionRegistration[] {
  const { image, config } = state
  if (topic.replicationFactor < DEFAULT || topic.replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.'
    throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, message)
  }
  if (topic.numPartitions < DEFAULT || topic.numPartitions === 0) {
    const message = 'Number of partitions was set to an invalid non-positive value.'
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, message)
  }
  const count = topic.numPartitions === DEFAULT ? config.get('num.partitions') : topic.numPartitions
  const replicationFactor =
    topic.replicationFactor === DEFAULT ? config.get('default.replication.factor') : topic.replicationFactor
  return placed(image, count, replicationFactor, chance).map((replicas) => {
    const isr = initialIsr(image, replicas)
    if (isr.length === 0) throw noActiveBroker(replicationFactor)
    return newPartition(image, replicas, isr)
  })
}

function placed(image: MetadataImage, count: number, replicationFactor: number, chance: Chance): number[][] {
  try {
    return placeReplicas(image, count, replicationFactor, chance)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    throw new KafkaError(error.code, `Unable to replicate the partition ${replicationFactor} time(s): ${error.message}`)
  }
}

/** The partitions, replicas and configs that v5 and later answer of a new topic (KIP-525). */
function described(
  { config }: CommandState,
  configs: ReadonlyMap<string, string>,
  partitions: readonly PartitionRegistration[],
): Partial<TopicResult> {
  return {
    numPartitions: partitions.length,
    replicationFactor: replicationFactorOf({ partitions }),
    configs: describeTopic(config, configs).map(({ name, value, configSource, isSensitive }) => ({
      name,
      value,
      readOnly: false,
      configSource,
      isSensitive,
    })),
  }
}
