import { ErrorCode } from '../../../protocol/errors.ts'
import { alterConfigs, type ConfigChange } from '../../client/admin/configs.ts'
import type { Outcome } from '../../client/admin/item-outcome.ts'
import { reassign } from '../../client/admin/leadership.ts'
import { existingTopics, partitionsOf } from '../../client/admin/partitions.ts'
import { createPartitions, createTopics, deleteTopics } from '../../client/admin/topics.ts'
import { type CommandContext, UsageError } from '../cluster/context.ts'
import { splitAssignment, wholeNumber } from '../definition/values.ts'
import { type Answer, wordsAnswer } from '../print/answer.ts'
import { plural } from '../print/quantity.ts'
import { ensureNoError, kafkaSentence } from '../print/sentence.ts'

interface CreateOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly config?: readonly string[]
  readonly assignment?: readonly string[]
  readonly ifNotExists?: boolean
  readonly dryRun?: boolean
}

export async function createTopic({ client, words, options }: CommandContext<CreateOptions>): Promise<Answer> {
  const { partitions = -1, replicas = -1, config = [], assignment, dryRun: validateOnly = false } = options
  const topics = words.map((name) => ({
    name,
    partitions,
    replicas,
    configs: new Map(config.map(splitAssignment)),
    ...(assignment && { assignment: assignment.map((brokers) => brokers.split(',').map(wholeNumber)) }),
  }))
  const outcomes = await createTopics(client, topics, { validateOnly })
  return outcomesAnswer(outcomes, {
    accepted: options.ifNotExists ? ErrorCode.TOPIC_ALREADY_EXISTS : null,
    words: ({ name, errorCode, partitions: count, replicas: copies }) => {
      if (errorCode !== ErrorCode.NONE) return `${name} is there already.`
      const shape = count < 0 ? '' : ` with ${plural(count, 'partition')} and ${plural(copies, 'replica')}`
      return validateOnly ? `${name} could be created${shape}.` : `Created ${name}${shape}.`
    },
  })
}

interface DeleteOptions {
  readonly ifExists?: boolean
}

export async function deleteTopic({ client, words, options }: CommandContext<DeleteOptions>): Promise<Answer> {
  return outcomesAnswer(await deleteTopics(client, words), {
    accepted: options.ifExists ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : null,
    words: ({ name, errorCode }) => (errorCode === ErrorCode.NONE ? `Deleted ${name}.` : `There was no ${name}.`),
  })
}

interface AlterOptions {
  readonly partitions?: number
  readonly config?: readonly string[]
  readonly deleteConfig?: readonly string[]
  readonly replicasOn?: readonly string[]
  readonly dryRun?: boolean
}

export async function alterTopic(context: CommandContext<AlterOptions>): Promise<Answer> {
  const { client, words, options } = context
  const [name = ''] = words
  const { partitions, config = [], deleteConfig = [], replicasOn, dryRun: validateOnly = false } = options
  const done: string[] = []
  if (partitions === undefined && config.length + deleteConfig.length === 0 && replicasOn === undefined) {
    throw new UsageError('Say what is to change: --partitions, --config, --delete-config or --replicas-on')
  }
  if (config.length + deleteConfig.length > 0) {
    const changes: ConfigChange[] = [
      ...config.map(splitAssignment).map(([key, value]) => ({ name: key, value, operation: 'SET' as const })),
      ...deleteConfig.map((key) => ({ name: key, value: null, operation: 'DELETE' as const })),
    ]
    await alterConfigs(client, { type: 'TOPIC', name }, changes, { validateOnly })
    done.push(validateOnly ? `The configuration of ${name} could change.` : `Changed the configuration of ${name}.`)
  }
  if (partitions !== undefined) {
    const [outcome] = await createPartitions(client, [{ name, count: partitions }], { validateOnly })
    ensureNoError(outcome?.errorCode ?? 0, name, outcome?.errorMessage)
    const count = plural(partitions, 'partition')
    done.push(validateOnly ? `${name} could have ${count}.` : `${name} has ${count}.`)
  }
  if (replicasOn !== undefined) done.push(await moveReplicas(context, name, replicasOn.map(wholeNumber)))
  return wordsAnswer(done, [{ topic: name, changed: !validateOnly }])
}

/** Each partition has its replicas on all of the brokers, and prefers another one of them as its leader. */
async function moveReplicas(
  { client, options }: CommandContext<AlterOptions>,
  name: string,
  brokers: readonly number[],
): Promise<string> {
  const moves = partitionsOf(await existingTopics(client, [name])).map((each, index) => {
    const first = index % brokers.length
    return { ...each, replicas: [...brokers.slice(first), ...brokers.slice(0, first)] }
  })
  const plan = moves.map(({ partition, replicas }) => `${partition} on ${replicas.join(',')}`).join('; ')
  if (options.dryRun) return `Partitions of ${name} would be: ${plan}.`
  const outcomes = await reassign(client, moves)
  for (const { partition, errorCode, errorMessage } of outcomes)
    ensureNoError(errorCode, `${name}-${partition}`, errorMessage)
  return `Moving the partitions of ${name}: ${plan}. See samsa cluster reassignments.`
}

interface OutcomeWords<T> {
  /** An error that is none. */
  readonly accepted: number | null
  readonly words: (outcome: T) => string
}

function outcomesAnswer<T extends Outcome & { readonly name: string }>(
  outcomes: readonly T[],
  { accepted, words }: OutcomeWords<T>,
): Answer {
  const isFine = ({ errorCode }: T) => errorCode === ErrorCode.NONE || errorCode === accepted
  const failures = outcomes
    .filter((each) => !isFine(each))
    .map(({ name, errorCode, errorMessage }) => kafkaSentence(errorCode, named(name, errorMessage)))
  const json = outcomes.filter(isFine).map(({ errorCode, errorMessage: _, name, ...rest }) => ({
    topic: name,
    ...rest,
    done: errorCode === ErrorCode.NONE,
  }))
  return wordsAnswer(outcomes.filter(isFine).map(words), json, failures)
}

/** The broker's words, with the name of the topic where they leave it out. */
function named(name: string, words: string | null): string {
  if (words === null) return `Topic ${name} was refused`
  return words.includes(name) ? words : `${name}: ${words}`
}
