/** The records of a Produce on their way into the logs: where they go, whether they may, and the appends themselves. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ProduceRequest } from '../../../../protocol/messages/produce.ts'
import { checkProduceRecords } from '../../../../protocol/records/leader-append.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import { isInternalTopic } from '../../../metadata/internal-topics.ts'
import type { Partition, PartitionAppend } from '../../../replication/partition.ts'
import type { ReplicaManager } from '../../../replication/replica-manager.ts'
import { fail, type PartitionAnswer, refuse, succeed } from './produce-answer.ts'
import type { AppendVerdict, ProduceAppend } from './produce-transaction.ts'

type TopicData = ProduceRequest['topicData'][number]

export interface PendingAppend extends ProduceAppend {
  readonly answer: PartitionAnswer
}

export const FIRST_TOPIC_ID_VERSION = 13
const FIRST_MAGIC_2_VERSION = 3
/** Apache's own admin tools call themselves so; they may write to internal topics. */
const ADMIN_CLIENT_ID = '__admin_client'
const NOT_IN_TRANSACTION: AppendVerdict = {}

/** Finds where one partition's records go; null, with the answer filled in, when they cannot go there. */
export function prepare(
  replicas: ReplicaManager,
  context: RequestContext,
  request: ProduceRequest,
  topic: TopicData,
  records: Buffer,
  answer: PartitionAnswer,
): PendingAppend | null {
  try {
    const partition = findPartition(replicas, context, topic, answer.index ?? 0)
    checkRequest(context, request, partition, records)
    return { partition, records, answer }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    fail(answer, new KafkaError(error.code, ''))
    return null
  }
}

/** The appends whose place in `errors` has none; the answers of the others are filled in. */
export function withoutRefused(
  appends: readonly PendingAppend[],
  errors: readonly (KafkaError | null)[],
): readonly PendingAppend[] {
  const valid: PendingAppend[] = []
  appends.forEach((each, at) => {
    const error = errors[at] ?? null
    if (error === null) valid.push(each)
    else fail(each.answer, error)
  })
  return valid
}

/** Each append has its place when this returns, and its answer filled in when the promise resolves. */
export function appendAll(
  appends: readonly PendingAppend[],
  request: ProduceRequest,
  verdicts: readonly AppendVerdict[] | null,
): Promise<unknown> {
  return Promise.all(appends.map((each, at) => append(each, request, verdicts?.[at] ?? NOT_IN_TRANSACTION)))
}

function append(
  { partition, records, answer }: PendingAppend,
  { acks, timeoutMs }: ProduceRequest,
  verdict: AppendVerdict,
): Promise<void> {
  return new Promise((resolve) => {
    if ('error' in verdict) {
      fail(answer, verdict.error)
      return resolve()
    }
    const options: PartitionAppend = { acks, timeoutMs, origin: 'client', verificationGuard: verdict.guard }
    partition.append(records, options, (error, result) => {
      if (error !== null) refuse(answer, error, partition)
      else if (result !== null) succeed(answer, result)
      resolve()
    })
  })
}

function findPartition(replicas: ReplicaManager, context: RequestContext, topic: TopicData, index: number): Partition {
  const byId = context.apiVersion >= FIRST_TOPIC_ID_VERSION
  const partition = byId ? replicas.getById(topic.topicId, index) : replicas.get(topic.name, index)
  if (partition !== undefined) return partition
  const name = byId ? replicas.topicName(topic.topicId) : topic.name
  if (name === null) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_ID)
  return replicas.require(name, index)
}

function checkRequest(context: RequestContext, request: ProduceRequest, partition: Partition, records: Buffer): void {
  if (context.apiVersion >= FIRST_MAGIC_2_VERSION) checkProduceRecords(context.apiVersion, records)
  if (request.acks < -1 || request.acks > 1) throw new KafkaError(ErrorCode.INVALID_REQUIRED_ACKS)
  if (isInternalTopic(partition.topic) && context.clientId !== ADMIN_CLIENT_ID) {
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Cannot append to internal topic ${partition.topic}`)
  }
}
