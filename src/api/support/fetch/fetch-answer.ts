/** The answer of Fetch for partitions that were read, or could not be. */
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { FetchResponse } from '../../../../protocol/messages/fetch.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import type { FetchPartition, FetchResult } from '../../../replication/fetch-session.ts'
import { type ChangedLeaders, isOfOtherLeader } from '../changed-leaders.ts'

type TopicAnswer = NonNullable<Encodable<typeof FetchResponse>['responses']>[number]
type PartitionAnswer = { -readonly [K in keyof Wanted]: Wanted[K] }
type Wanted = NonNullable<TopicAnswer['partitions']>[number]

const FIRST_STORAGE_ERROR_VERSION = 6
const FIRST_LEADER_VERSION = 16
const NO_REPLICA = -1
/** The fields of a partition that was not looked at. */
export const UNREAD = { highWatermark: -1n, abortedTransactions: [], records: [] }

/** Partitions that no broker has are answered with the others, which wait as if they had been asked for alone. */
export function withUnknown(
  read: readonly FetchResult[],
  failed: readonly FetchResult[],
  asked: readonly FetchPartition[],
  isForFollower: boolean,
): readonly FetchResult[] {
  if (failed.length === 0 && !read.some(isUnknown)) return read
  return unknownLast([...read, ...failed], asked, isForFollower)
}

/**
 * Partitions that are here are answered first, as Kafka does. Behind them a consumer finds unknown ids and then partitions
 * that do not exist, a follower both in the order of `asked`.
 */
function unknownLast(
  results: readonly FetchResult[],
  asked: readonly FetchPartition[],
  isForFollower: boolean,
): FetchResult[] {
  const here = results.filter((result) => !isUnknown(result))
  const unknown = results.filter(isUnknown)
  const places = new Map(asked.map((partition, at) => [partition, at]))
  const placeOf = ({ request, errorCode }: FetchResult): number => {
    const isLater = !isForFollower && errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return (places.get(request) ?? 0) + (isLater ? asked.length : 0)
  }
  return [...here, ...unknown.sort((one, other) => placeOf(one) - placeOf(other))]
}

export const isUnknown = ({ errorCode }: Pick<FetchResult, 'errorCode'>): boolean =>
  errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || errorCode === ErrorCode.UNKNOWN_TOPIC_ID

const isUnread = (result: FetchResult): boolean =>
  isUnknown(result) || result.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED

export function groupByTopic(leaders: ChangedLeaders, results: readonly FetchResult[], version: number): TopicAnswer[] {
  const answers: TopicAnswer[] = []
  let partitions: PartitionAnswer[] = []
  let last: FetchPartition | null = null
  for (const result of results) {
    const { request } = result
    if (last === null || last.topicId !== request.topicId || last.topic !== request.topic) {
      partitions = []
      answers.push({ topic: request.topic ?? '', topicId: request.topicId, partitions })
      last = request
    }
    partitions.push(partitionAnswer(leaders, result, version))
  }
  return answers
}

function partitionAnswer(leaders: ChangedLeaders, result: FetchResult, version: number): PartitionAnswer {
  const answer: PartitionAnswer = {
    partitionIndex: result.request.partition,
    errorCode: result.errorCode,
    highWatermark: BigInt(result.highWatermark),
    lastStableOffset: BigInt(result.lastStableOffset),
    logStartOffset: BigInt(result.logStartOffset),
    abortedTransactions: isUnread(result) ? UNREAD.abortedTransactions : result.abortedTransactions,
    records: result.records,
  }
  // Clients of these versions do not know the storage error; this one makes them ask for metadata again.
  if (result.errorCode === ErrorCode.KAFKA_STORAGE_ERROR && version < FIRST_STORAGE_ERROR_VERSION) {
    answer.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER
  }
  if (result.preferredReadReplica !== NO_REPLICA) answer.preferredReadReplica = result.preferredReadReplica
  if (result.divergingEpoch !== null) answer.divergingEpoch = result.divergingEpoch
  if (version >= FIRST_LEADER_VERSION && isOfOtherLeader(result.errorCode)) {
    answer.currentLeader = leaders.of(result.request)
  }
  return answer
}
