import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import { type Encodable, ZERO_UUID } from '../../../protocol/schema.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { attempt, errorOf, type ResourceError } from '../../metadata/resource-error.ts'
import { type CommandContext, type CommandResult, type CommandState, splitDuplicates } from './command.ts'
import { MutationBudget } from './rules/mutation-budget.ts'

type Response = Encodable<typeof DeleteTopicsResponse>
type TopicResult = NonNullable<Response['responses']>[number]

/** The version that knows TOPIC_DELETION_DISABLED. */
const FIRST_VERSION_WITH_DISABLED = 3
/** The version that knows THROTTLING_QUOTA_EXCEEDED. */
const FIRST_STRICT_VERSION = 5

const invalid = (errorMessage: string): ResourceError => ({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage })

/** Topics by name, by id (v6), or both mixed; what is named twice is not deleted at all. */
export function deleteTopics(
  state: CommandState,
  request: DeleteTopicsRequest,
  { apiVersion, mutations }: Pick<CommandContext, 'apiVersion' | 'mutations'>,
): CommandResult<Response> {
  if (!state.config.get('delete.topic.enable')) {
    if (apiVersion >= FIRST_VERSION_WITH_DISABLED) throw new KafkaError(ErrorCode.TOPIC_DELETION_DISABLED)
    throw new KafkaError(ErrorCode.INVALID_REQUEST, 'This version does not support topic deletion.')
  }
  const responses: TopicResult[] = []
  const answer = (name: string | null, topicId: string, error: ResourceError): void => {
    responses.push({ name, topicId, ...error })
  }
  const { names, ids } = namedTopics(request, answer)
  const { topics } = state.image
  const toDelete = new Map<string, string>()
  for (const id of ids.unique) {
    const topic = topics.getById(id)
    if (topic === undefined) answer(null, id, errorOf(ErrorCode.UNKNOWN_TOPIC_ID))
    else toDelete.set(id, topic.name)
  }
  for (const name of names.unique) {
    const topic = topics.get(name)
    if (topic === undefined) {
      answer(name, ZERO_UUID, errorOf(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
    } else if (toDelete.delete(topic.id) || ids.duplicate.has(topic.id)) {
      answer(name, topic.id, invalid('The provided topic name maps to an ID that was already supplied.'))
    } else {
      toDelete.set(topic.id, name)
    }
  }
  const budget = new MutationBudget(mutations, apiVersion >= FIRST_STRICT_VERSION)
  const records: MetadataRecord[] = []
  for (const [topicId, name] of toDelete) {
    const error = attempt(() => {
      budget.take(topics.get(name)?.partitions.length ?? 0)
      records.push({ type: 'RemoveTopicRecord', version: 0, value: { topicId } })
    })
    answer(name, topicId, error)
  }
  return { records, response: { responses, throttleTimeMs: budget.throttleTimeMs }, mutations: budget.taken }
}

function namedTopics(
  request: DeleteTopicsRequest,
  answer: (name: string | null, topicId: string, error: ResourceError) => void,
): { names: ReturnType<typeof splitDuplicates<string>>; ids: ReturnType<typeof splitDuplicates<string>> } {
  const names = [...request.topicNames]
  const ids: string[] = []
  for (const { name, topicId } of request.topics) {
    if (name !== null && topicId !== ZERO_UUID) {
      answer(name, topicId, invalid('You may not specify both topic name and topic id.'))
    } else if (name !== null) {
      names.push(name)
    } else if (topicId !== ZERO_UUID) {
      ids.push(topicId)
    } else {
      answer(null, ZERO_UUID, invalid('Neither topic name nor id were specified.'))
    }
  }
  const split = { names: splitDuplicates(names), ids: splitDuplicates(ids) }
  for (const name of split.names.duplicate) answer(name, ZERO_UUID, invalid('Duplicate topic name.'))
  for (const id of split.ids.duplicate) answer(null, id, invalid('Duplicate topic id.'))
  return split
}
