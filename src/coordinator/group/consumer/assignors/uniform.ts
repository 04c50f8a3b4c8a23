import { give } from '../../partitions.ts'
import type { Assignment, AssignmentTask } from './assignment.ts'
import { at, of } from './lookups.ts'

/**
 * All members are subscribed to the same topics: each gets as many partitions as the others, give or take one, and keeps
 * as many of its old ones as it can.
 */
export function assignUniformly({ members, partitionCount }: AssignmentTask): Assignment {
  const topicIds = at(members, 0).topicIds
  if (topicIds.size === 0) return new Map()
  const taken = new Map([...topicIds].map((topicId) => [topicId, new Set<number>()]))
  for (const { target } of members) {
    for (const [topicId, partitions] of target) for (const partition of partitions) taken.get(topicId)?.add(partition)
  }
  const free: [topicId: string, partition: number][] = []
  let total = 0
  for (const topicId of topicIds) {
    const count = partitionCount(topicId)
    total += count
    for (let partition = 0; partition < count; partition++) {
      if (!of(taken, topicId).has(partition)) free.push([topicId, partition])
    }
  }

  const minimum = Math.floor(total / members.length)
  let extras = total % members.length
  const assignment = new Map<string, Map<string, Set<number>>>()
  const unfilled: { memberId: string; room: number }[] = []
  members.forEach(({ memberId, target }, index) => {
    let takesExtra = extras > 0
    let room = minimum + (takesExtra ? 1 : 0)
    const kept = new Map<string, Set<number>>()
    for (const [topicId, partitions] of target) {
      if (!topicIds.has(topicId)) continue
      for (const partition of partitions) {
        if (room > 0) {
          room--
          give(kept, topicId, partition)
        } else free.push([topicId, partition])
      }
    }
    // A member that has room left leaves its extra partition to another, unless there are only just enough of them.
    if (room > 0 && takesExtra && members.length - index > extras) {
      room--
      takesExtra = false
    }
    if (room > 0) unfilled.push({ memberId, room })
    if (takesExtra) extras--
    assignment.set(memberId, kept)
  })

  let next = 0
  for (const { memberId, room } of unfilled) {
    const assigned = of(assignment, memberId)
    for (let i = 0; i < room && next < free.length; i++) give(assigned, ...at(free, next++))
  }
  return assignment
}
