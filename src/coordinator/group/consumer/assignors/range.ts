import type { Assignment, AssignmentTask, AssignorMember } from './assignment.ts'
import { of } from './lookups.ts'

interface Topic {
  readonly partitionCount: number
  subscribers: number
  next: number
  /** Members that get one partition more than the others; -1 before it is known. */
  extra: number
}

/**
 * Every topic is cut into ranges of the same size, in the order of the members' ids: members of topics with the same
 * number of partitions get the same numbers of each, which makes joins possible.
 */
export function assignRange({ members, partitionCount }: AssignmentTask): Assignment {
  const topics = new Map<string, Topic>()
  for (const { topicIds } of members) {
    for (const topicId of topicIds) {
      const topic = topics.get(topicId)
      if (topic !== undefined) topic.subscribers++
      else topics.set(topicId, { partitionCount: partitionCount(topicId), subscribers: 1, next: 0, extra: -1 })
    }
  }
  return new Map(
    [...members].sort(byInstanceThenMember).map(({ memberId, topicIds }) => {
      const assigned = [...topicIds].map((topicId) => [topicId, takeRange(of(topics, topicId))] as const)
      return [memberId, new Map(assigned.filter(([, partitions]) => partitions.size > 0))]
    }),
  )
}

function takeRange(topic: Topic): Set<number> {
  if (topic.extra === -1) topic.extra = topic.partitionCount % topic.subscribers
  const quota = Math.floor(topic.partitionCount / topic.subscribers) + (topic.extra > 0 ? 1 : 0)
  if (topic.extra > 0) topic.extra--
  const start = topic.next
  topic.next = Math.min(start + quota, topic.partitionCount)
  return new Set(Array.from({ length: topic.next - start }, (_, i) => start + i))
}

/** Static members come first, in the order of their instance ids, which survive restarts. */
function byInstanceThenMember(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId)
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
