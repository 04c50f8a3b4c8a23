import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../../../protocol/messages/create-partitions.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { replicationFactorOf, type TopicImage } from '../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { attempt } from '../../metadata/resource-error.ts'
import { partitionRecord } from '../../metadata/snapshot-records.ts'
import {
  type Chance,
  type CommandContext,
  type CommandResult,
  type CommandState,
  chanceOf,
  MAX_RECORDS_PER_COMMAND,
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

type Response = Encodable<typeof CreatePartitionsResponse>
type TopicRequest = CreatePartitionsRequest['topics'][number]

/** The version that knows THROTTLING_QUOTA_EXCEEDED. */
const FIRST_STRICT_VERSION = 3

/** Each topic is extended or refused for itself. */
export function createPartitions(
  state: CommandState,
  request: CreatePartitionsRequest,
  { apiVersion, chances, mutations }: Omit<CommandContext, 'describableTopics'>,
): CommandResult<Response> {
  refuseTooMany(state, request.topics)
  const { unique, duplicate } = splitDuplicates(request.topics.map(({ name }) => name))
  const results = [...duplicate].map((name) => ({
    name,
    errorCode: ErrorCode.INVALID_REQUEST as number,
    errorMessage: 'Duplicate topic name.' as string | null,
  }))
  const budget = new MutationBudget(mutations, apiVersion >= FIRST_STRICT_VERSION)
  const records: MetadataRecord[] = []
  request.topics.forEach((topic, index) => {
    if (!unique.has(topic.name)) return
    const error = attempt(() => records.push(...extendTopic(state, topic, chanceOf(chances, index), budget)))
    results.push({ name: topic.name, ...error })
  })
  const response = { results, throttleTimeMs: budget.throttleTimeMs }
  return { records: request.validateOnly ? [] : records, response, mutations: budget.taken }
}

/** The records of one command are bounded: a request that asks for more is refused as a whole. */
function refuseTooMany({ image }: CommandState, topics: readonly TopicRequest[]): void {
  let additional = 0
  for (const { name, count } of topics) {
    const present = image.topics.get(name)?.partitions.length
    if (present !== undefined && count > present) additional += count - present
  }
  if (additional <= MAX_RECORDS_PER_COMMAND) return
  const message = 'Excessively large number of additional partitions per request.'
  throw new KafkaError(ErrorCode.POLICY_VIOLATION, message)
}

function extendTopic(
  state: CommandState,
  request: TopicRequest,
  chance: Chance,
  budget: MutationBudget,
): MetadataRecord[] {
  const { image } = state
  const topic = image.topics.get(request.name)
  if (topic === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  const present = topic.partitions.length
  checkCount(request, present)
  checkAssignments(request, present)
  budget.take(request.count - present)
  const replicationFactor = replicationFactorOf(topic)
  const isManual = request.assignments !== null
  const replicaLists = isManual
    ? manualReplicas(state, request, topic)
    : placeReplicas(state.image, request.count - present, replicationFactor, chance)
  return replicaLists.map((replicas, index) => {
    const isr = initialIsr(image, replicas)
    if (isr.length === 0) throw isManual ? allFenced(present + index) : noActiveBroker(replicationFactor)
    return partitionRecord(image, topic, present + index, newPartition(image, replicas, isr))
  })
}

function checkCount({ name, count }: TopicRequest, present: number): void {
  if (count > present) return
  const message =
    count === present
      ? `Topic already has ${present} partition(s).`
      : `The topic ${name} currently has ${present} partition(s); ${count} would not be an increase.`
  throw new KafkaError(ErrorCode.INVALID_PARTITIONS, message)
}

function checkAssignments({ assignments, count }: TopicRequest, present: number): void {
  const additional = count - present
  if (assignments === null || assignments.length === additional) return
  const message = `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were specified.`
  throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
}

function manualReplicas({ image }: CommandState, request: TopicRequest, topic: TopicImage): number[][] {
  return (request.assignments ?? []).map(({ brokerIds }) => {
    validateAssignment(image, brokerIds, replicationFactorOf(topic))
    return brokerIds
  })
}
