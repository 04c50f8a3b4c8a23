/** The common parts of the answers of ShareFetch and ShareAcknowledge. */

import { listAt } from '../../../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { isMemberIdValid } from '../../../coordinator/group/share/check-heartbeat.ts'
import { type ChangedLeaders, type CurrentLeader, isOfOtherLeader } from '../changed-leaders.ts'

interface Answered {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
}

/** The leader that a client should know; undefined where it has asked the right broker. */
export function changedLeader(
  leaders: ChangedLeaders,
  { topicId, partition, errorCode }: Answered,
): CurrentLeader | undefined {
  return isOfOtherLeader(errorCode) ? leaders.of({ topic: null, topicId, partition }) : undefined
}

/** Throws INVALID_REQUEST for a request that does not say who it is of. */
export function requireMember(groupId: string | null, memberId: string | null): { groupId: string; memberId: string } {
  if (groupId === null) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Invalid group id in the request.')
  if (!isMemberIdValid(memberId)) throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Invalid member id in the request.')
  return { groupId, memberId }
}

/** One entry a topic, in the order in which topics first appear. */
export function byTopic<Item extends { readonly topicId: string }, Partition>(
  items: readonly Item[],
  answer: (item: Item) => Partition,
): { topicId: string; partitions: Partition[] }[] {
  const topics = new Map<string, Partition[]>()
  for (const item of items) listAt(topics, item.topicId).push(answer(item))
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
