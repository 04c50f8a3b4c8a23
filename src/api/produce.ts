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
import type { TransactionVerifier } from '../coordinator/transaction-verifier.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import { Outcome, Staged } from '../dispatch/outcome.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { LeaderLookup } from './support/changed-leaders.ts'
import {
  fail,
  type PartitionAnswer,
  type TopicAnswer,
  unanswered,
  withLeaders,
} from './support/produce/produce-answer.ts'
import {
  appendAll,
  FIRST_TOPIC_ID_VERSION,
  type PendingAppend,
  prepare,
  withoutRefused,
} from './support/produce/produce-append.ts'
import { distinctPartitions } from './support/produce/produce-partitions.ts'
import { transactionalIds, transactionOf, verifyAppends } from './support/produce/produce-transaction.ts'
import type { SchemaValidation } from './support/produce/schema-validation.ts'

interface Services {
  readonly replicas: ReplicaManager
  readonly verifier: TransactionVerifier
  readonly validation: SchemaValidation
  readonly leaders: LeaderLookup
}

export function produceHandler({
  replicas,
  verifier,
  validation,
  leaders,
}: Services): ApiHandler<typeof ProduceRequest, typeof ProduceResponse> {
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
    access: {
      needs: [
        { operation: 'WRITE', resource: 'TRANSACTIONAL_ID', names: transactionalIds, refused: 'request' },
        {
          operation: 'WRITE',
          resource: 'TOPIC',
          names: ({ topicData }, version) =>
            version < FIRST_TOPIC_ID_VERSION ? topicData.map(({ name }) => name) : [],
          topicIds: ({ topicData }, version) =>
            version < FIRST_TOPIC_ID_VERSION ? [] : topicData.map(({ topicId }) => topicId),
          refused: 'item',
        },
      ],
    },

    handle(context, request) {
      const transaction = transactionOf(request)
      const appends: PendingAppend[] = []
      const responses = distinctPartitions(request.topicData).map((topic): TopicAnswer => {
        const isPermitted = mayWrite(replicas, context, topic)
        const partitionResponses = topic.partitionData.map(({ index, records }): PartitionAnswer => {
          const answer = unanswered(index)
          if (!isPermitted) {
            fail(answer, new KafkaError(ErrorCode.TOPIC_AUTHORIZATION_FAILED, ''))
            return answer
          }
          const append = prepare(replicas, context, request, topic, records ?? Buffer.alloc(0), answer)
          if (append !== null) appends.push(append)
          return answer
        })
        return { name: topic.name, topicId: topic.topicId, partitionResponses }
      })
      const { acks } = request
      const judged = validation.judge(appends)
      if (transaction === null && judged === null) {
        return ending(leaders, context, acks, responses, { placed: null, written: appendAll(appends, request, null) })
      }
      const placed = (async () => {
        // Records that are refused are no part of the transaction.
        const valid = judged === null ? appends : withoutRefused(appends, await judged)
        const verdicts =
          transaction === null ? null : await verifyAppends(verifier, transaction, context.apiVersion, valid)
        return { written: appendAll(valid, request, verdicts) }
      })()
      const written = placed.then(({ written }) => written)
      return ending(leaders, context, acks, responses, { placed, written })
    },

    errorResponse(_context, request, code, message) {
      if (request.acks === 0) return null
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

/** An unknown id is said to be unknown. */
function mayWrite(
  replicas: ReplicaManager,
  { apiVersion, permissions }: RequestContext,
  { name, topicId }: ProduceRequest['topicData'][number],
): boolean {
  const topic = apiVersion < FIRST_TOPIC_ID_VERSION ? name : replicas.topicName(topicId)
  return topic === null || permissions.allows('WRITE', 'TOPIC', topic)
}

interface Appending {
  /** When all appends have their place; null: now. */
  readonly placed: Promise<unknown> | null
  /** When their answers are filled in. */
  readonly written: Promise<unknown>
}

function ending(
  leaders: LeaderLookup,
  context: RequestContext,
  acks: number,
  responses: readonly TopicAnswer[],
  { placed, written }: Appending,
): Staged<typeof ProduceResponse> | Promise<Outcome<typeof ProduceResponse>> {
  // An error without an answer closes the connection, which must keep what is behind it from being read: no stages.
  const { quota, requestBytes } = context
  if (acks === 0) {
    return written.then(() => {
      const throttleTimeMs = quota?.produced(requestBytes) ?? 0
      return new Outcome(null, { throttleTimeMs, closeReason: firstError(context, responses) })
    })
  }
  const answer = () => {
    const response = withLeaders(leaders, context, responses)
    return quota === null ? response : new Outcome(response, { throttleTimeMs: quota.produced(requestBytes) })
  }
  return new Staged(placed, written.then(answer))
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
