/** The answer of Produce for one partition: its records were appended, or why they were not. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ProduceResponse } from '../../../../protocol/messages/produce.ts'
import { RecordValidationError } from '../../../../protocol/records/leader-append.ts'
import { type Encodable, ZERO_UUID } from '../../../../protocol/schema.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { AppendResult } from '../../../log/partition-log.ts'
import type { Partition } from '../../../replication/partition.ts'
import type { LeaderLookup } from '../changed-leaders.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
export type TopicAnswer = NonNullable<Encodable<typeof ProduceResponse>['responses']>[number]
export type PartitionAnswer = Mutable<NonNullable<TopicAnswer['partitionResponses']>[number]>

const FIRST_LEADER_VERSION = 10
const UNKNOWN_OFFSET = -1
const NOT_APPENDED = -1n

/** The log's verdict. Its words are not for clients, except those that name single records. */
export function refuse(answer: PartitionAnswer, error: KafkaError, { log }: Partition): void {
  const worded = error instanceof RecordValidationError ? error : new KafkaError(error.code, '')
  fail(answer, worded, NOT_JUDGED.has(error.code) ? UNKNOWN_OFFSET : log.logStartOffset)
}

/** Kafka tells where the log starts, unless the records were damaged or too large or the log is not here. */
const NOT_JUDGED: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.KAFKA_STORAGE_ERROR,
])

/** An answer for records that are not appended yet, with all fields that most answers have: V8 then keeps one shape. */
export function unanswered(index: number): PartitionAnswer {
  return {
    index,
    errorCode: ErrorCode.NONE,
    baseOffset: NOT_APPENDED,
    logAppendTimeMs: NOT_APPENDED,
    logStartOffset: NOT_APPENDED,
  }
}

export function succeed(answer: PartitionAnswer, result: AppendResult): void {
  answer.baseOffset = BigInt(result.firstOffset)
  answer.logAppendTimeMs = BigInt(result.logAppendTimeMs)
  answer.logStartOffset = BigInt(result.logStartOffset)
}

export function fail(answer: PartitionAnswer, error: KafkaError, logStartOffset = UNKNOWN_OFFSET): void {
  answer.errorCode = error.code
  answer.logStartOffset = BigInt(logStartOffset)
  if (error instanceof RecordValidationError) {
    answer.recordErrors = error.recordErrors.map(({ batchIndex, message }) => ({
      batchIndex,
      batchIndexErrorMessage: message,
    }))
  }
  answer.errorMessage = error.message === '' ? null : error.message
}

const isLedElsewhere = ({ errorCode }: { readonly errorCode?: number }): boolean =>
  errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER

/** The whole answer: partitions that are led elsewhere come with their leaders (KIP-951). */
export function withLeaders(
  leaders: LeaderLookup,
  { apiVersion, connection }: RequestContext,
  responses: readonly TopicAnswer[],
): Encodable<typeof ProduceResponse> {
  if (apiVersion < FIRST_LEADER_VERSION) return { responses }
  if (!responses.some(({ partitionResponses }) => partitionResponses?.some(isLedElsewhere))) return { responses }
  const changed = leaders(connection)
  const told = responses.map((topic) => {
    const { name = null, topicId = ZERO_UUID } = topic
    const partitionResponses = topic.partitionResponses?.map((answer) => {
      if (!isLedElsewhere(answer)) return answer
      return { ...answer, currentLeader: changed.of({ topic: name, topicId, partition: answer.index ?? 0 }) }
    })
    return { ...topic, partitionResponses }
  })
  return { responses: told, nodeEndpoints: changed.nodes }
}
