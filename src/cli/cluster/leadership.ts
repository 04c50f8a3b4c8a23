import { ErrorCode } from '../../../protocol/errors.ts'
import { unregisterBroker } from '../../client/admin/cluster.ts'
import { electLeaders, listReassignments, type PartitionOutcome, reassign } from '../../client/admin/leadership.ts'
import { partitionName } from '../../client/admin/partitions.ts'
import { wholeNumber } from '../definition/values.ts'
import { partitionsNamed } from '../groups/reset.ts'
import { type Answer, tableAnswer, wordsAnswer } from '../print/answer.ts'
import { kafkaSentence } from '../print/sentence.ts'
import type { CommandContext } from './context.ts'

interface ReassignmentOptions {
  readonly cancel?: boolean
  readonly topic?: readonly string[]
}

export async function reassignments({ client, options }: CommandContext<ReassignmentOptions>): Promise<Answer> {
  const wanted = options.topic && new Set((await partitionsNamed(client, options.topic)).map(partitionName))
  const rows = (await listReassignments(client)).filter((each) => wanted?.has(partitionName(each)) !== false)
  if (options.cancel) {
    const outcomes = await reassign(
      client,
      rows.map(({ topic, partition }) => ({ topic, partition, replicas: null })),
    )
    return outcomesAnswer(outcomes, 'is not moved any more')
  }
  return tableAnswer({
    columns: [
      { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
      { title: 'PARTITION', of: ({ partition }) => partition },
      { title: 'REPLICAS', of: ({ replicas }) => replicas },
      { title: 'ADDING', of: ({ adding }) => adding },
      { title: 'REMOVING', of: ({ removing }) => removing },
    ],
    rows,
    empty: 'Nothing is being moved.',
  })
}

interface ElectOptions {
  readonly topic?: readonly string[]
  readonly unclean?: boolean
}

export async function elect({ client, options }: CommandContext<ElectOptions>): Promise<Answer> {
  const partitions = options.topic === undefined ? null : await partitionsNamed(client, options.topic)
  const outcomes = await electLeaders(client, options.unclean ? 'unclean' : 'preferred', partitions)
  if (outcomes.length === 0) return wordsAnswer(['Every partition has the leader it should have.'], [])
  return outcomesAnswer(outcomes, 'has a new leader')
}

export async function unregister({ client, words }: CommandContext): Promise<Answer> {
  const [id = ''] = words
  await unregisterBroker(client, wholeNumber(id))
  return wordsAnswer([`Broker ${id} is no part of the cluster any more.`], [{ broker: Number(id) }])
}

function outcomesAnswer(outcomes: readonly PartitionOutcome[], done: string): Answer {
  const fine = outcomes.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
  const failures = outcomes
    .filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
    .map((each) => `${partitionName(each)}: ${kafkaSentence(each.errorCode, each.errorMessage)}`)
  return wordsAnswer(
    fine.map((each) => `${partitionName(each)} ${done}.`),
    fine.map(({ topic, partition }) => ({ topic, partition })),
    failures,
  )
}
