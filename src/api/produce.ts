/**
 * Produce (key 0): appends record batches to partitions.
 *
 * acks 0: no response; an error closes the connection, which is the only way to tell. acks 1 and -1 (all): answered
 * when the append is complete and, for all, committed. Each partition succeeds or fails for itself. Idempotent
 * producers are checked by sequence; a duplicate is answered with the offsets of the first time. What is written in a
 * transaction must be known to the transaction's coordinator (`produce-transaction.ts`).
 *
 * v0–2 messages of magic 0 and 1, which are stored as batches of magic 2. Apache 4 advertises them for old librdkafka's
 *      sake and closes the connection of who uses them (KIP-896); so does samsa without `samsa.legacy.protocol`
 * v3   record batches of magic 2
 * v4   KAFKA_STORAGE_ERROR may be answered
 * v5   log start offset in the response (KIP-107)
 * v7   zstd (KIP-110)
 * v8   errors of single records and a message (KIP-467)
 * v9   flexible
 * v10  the current leader with NOT_LEADER_OR_FOLLOWER (KIP-951)
 * v11  the client knows transaction verification (KIP-890)
 * v12  the client adds partitions to its transaction by producing (KIP-890)
 * v13  topics by id (KIP-516)
 */
import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { checkProduceRecords } from '../../protocol/records/leader-append.ts'
import type { TransactionVerifier } from '../coordinator/transaction-verifier.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import { Outcome, Staged } from '../dispatch/outcome.ts'
import { isInternalTopic } from '../metadata/internal-topics.ts'
import type { Partition } from '../replication/partition.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { fail, type PartitionAnswer, refuse, succeed, type TopicAnswer, unanswered } from './support/produce-answer.ts'
import { distinctPartitions } from './support/produce-partitions.ts'
import { type AppendVerdict, type ProduceAppend, transactionOf, verifyAppends } from './support/produce-transaction.ts'

type TopicData = ProduceRequest['topicData'][number]
interface PendingAppend extends ProduceAppend {
  readonly answer: PartitionAnswer
}

/** Clients of this name may write to internal topics: Apache's own admin tools. */
const ADMIN_CLIENT_ID = '__admin_client'
const FIRST_MAGIC_2_VERSION = 3
const FIRST_TOPIC_ID_VERSION = 13
const NOT_IN_TRANSACTION: AppendVerdict = {}

export function produceHandler({
  replicas,
  verifier,
}: {
  replicas: ReplicaManager
  verifier: TransactionVerifier
}): ApiHandler<typeof ProduceRequest, typeof ProduceResponse> {
  return {
    apiKey: 0,
    name: 'Produce',
    request: ProduceRequest,
    response: ProduceResponse,
    minVersion: 3,
    maxVersion: 13,
    oldestVersion: 0,
    advertisedMinVersion: 0,
    overlaps: true,
    keepsNothing: true,

    handle(context, request) {
      const transaction = transactionOf(request)
      const appends: PendingAppend[] = []
      const responses = distinctPartitions(request.topicData).map((topic): TopicAnswer => {
        const partitionResponses = topic.partitionData.map(({ index, records }): PartitionAnswer => {
          const answer = unanswered(index)
          const append = prepare(replicas, context, request, topic, records ?? Buffer.alloc(0), answer)
          if (append !== null) appends.push(append)
          return answer
        })
        return { name: topic.name, topicId: topic.topicId, partitionResponses }
      })
      const { acks } = request
      if (transaction === null) {
        return ending(context, acks, responses, null, writeAll(appends, acks, null))
      }
      const verified = verifyAppends(verifier, transaction, context.apiVersion, appends)
      const begun = verified.then((verdicts) => ({ written: writeAll(appends, acks, verdicts) }))
      return ending(
        context,
        acks,
        responses,
        begun,
        begun.then(({ written }) => written),
      )
    },

    errorResponse(_context, request, code, message) {
      return {
        responses: request.topicData.map((topic) => ({
          name: topic.name,
          topicId: topic.topicId,
          partitionResponses: topic.partitionData.map(({ index }) => {
            const answer = unanswered(index)
            fail(answer, new KafkaError(code, message ?? undefined))
            return answer
          }),
        })),
      }
    },
  }
}

/** Finds where one partition's records go; null, with the answer filled in, when they cannot go there. */
function prepare(
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

/** Each append has its place when this returns, and its answer filled in when the promise resolves. */
function writeAll(
  appends: readonly PendingAppend[],
  acks: number,
  verdicts: readonly AppendVerdict[] | null,
): Promise<unknown> {
  return Promise.all(appends.map((append, at) => write(append, acks, verdicts?.[at] ?? NOT_IN_TRANSACTION)))
}

function write({ partition, records, answer }: PendingAppend, acks: number, verdict: AppendVerdict): Promise<void> {
  return new Promise((resolve) => {
    if ('error' in verdict) {
      fail(answer, verdict.error)
      return resolve()
    }
    partition.append(records, { acks, origin: 'client', verificationGuard: verdict.guard }, (error, result) => {
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
  const unknownId = byId && replicas.topicName(topic.topicId) === null
  throw new KafkaError(unknownId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
}

function checkRequest(context: RequestContext, request: ProduceRequest, partition: Partition, records: Buffer): void {
  if (context.apiVersion >= FIRST_MAGIC_2_VERSION) checkProduceRecords(context.apiVersion, records)
  if (request.acks < -1 || request.acks > 1) throw new KafkaError(ErrorCode.INVALID_REQUIRED_ACKS)
  if (isInternalTopic(partition.topic) && context.clientId !== ADMIN_CLIENT_ID) {
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Cannot append to internal topic ${partition.topic}`)
  }
}

/** `placed`: when all appends have their place; null: now. `written`: when their answers are filled in. */
function ending(
  context: RequestContext,
  acks: number,
  responses: readonly TopicAnswer[],
  placed: Promise<unknown> | null,
  written: Promise<unknown>,
): Staged<typeof ProduceResponse> | Promise<Outcome<typeof ProduceResponse>> {
  // An error without an answer closes the connection, which must keep what is behind it from being read: no stages.
  if (acks === 0) return written.then(() => new Outcome(null, { closeReason: firstError(context, responses) }))
  return new Staged(
    placed,
    written.then(() => ({ responses })),
  )
}

/** null: there is none. */
function firstError(context: RequestContext, responses: readonly TopicAnswer[]): string | null {
  for (const topic of responses) {
    for (const answer of topic.partitionResponses ?? []) {
      if (answer.errorCode === undefined || answer.errorCode === ErrorCode.NONE) continue
      const where = `${topic.name || topic.topicId}-${answer.index}`
      return `Produce with acks 0 from ${context.clientId} failed for ${where}: ${errorName(answer.errorCode)}`
    }
  }
  return null
}
