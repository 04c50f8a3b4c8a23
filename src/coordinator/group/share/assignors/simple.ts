/**
 * Kafka's assignor `simple` for share groups (KIP-932): several members may have the same partition. Every partition is
 * shared by as many members as the next one, each member has as many partitions as the others, give or take one, and
 * keeps as many of its old ones as it can.
 *
 * Where all members are subscribed to the same topics, the partitions of all topics are shared out at once; otherwise
 * each topic is shared out among its own subscribers.
 */
import { give, type Partitions } from '../../partitions.ts'

export interface SharingMember {
  readonly memberId: string
  /** Topics that exist. */
  readonly topicIds: ReadonlySet<string>
  /** Its target so far. */
  readonly target: Partitions
}

export interface SharingTask {
  readonly members: readonly SharingMember[]
  /** All members are subscribed to the same topics. */
  readonly isHomogeneous: boolean
  /** The partitions that can be assigned, by topic id. */
  readonly assignable: Partitions
}

/** By member id; everybody is in it. */
export function assignShares({ members, isHomogeneous, assignable }: SharingTask): ReadonlyMap<string, Partitions> {
  const assigned = new Map<string, Map<string, Set<number>>>(members.map(({ memberId }) => [memberId, new Map()]))
  const [first] = members
  if (first === undefined) return assigned
  if (isHomogeneous) share(slots(first.topicIds, assignable), members, assigned)
  else {
    for (const topicId of new Set(members.flatMap(({ topicIds }) => [...topicIds]))) {
      const subscribers = members.filter(({ topicIds }) => topicIds.has(topicId))
      share(slots([topicId], assignable), subscribers, assigned)
    }
  }
  return assigned
}

/** One partition, and the members (by index) that share it. */
interface Slot {
  readonly topicId: string
  readonly partition: number
  readonly members: Set<number>
}

function slots(topicIds: Iterable<string>, assignable: Partitions): Slot[] {
  return [...topicIds].flatMap((topicId) =>
    [...(assignable.get(topicId) ?? [])].map((partition) => ({ topicId, partition, members: new Set<number>() })),
  )
}

function share(
  slots: readonly Slot[],
  members: readonly SharingMember[],
  assigned: ReadonlyMap<string, Map<string, Set<number>>>,
): void {
  if (slots.length === 0) return
  const perSlot = Math.ceil(members.length / slots.length)
  const perMember = (perSlot * slots.length) / members.length
  const wanted = members.map((_, index) => Math.ceil(perMember * (index + 1)) - Math.ceil(perMember * index))
  const counts = members.map(() => 0)
  keepOld(slots, members, wanted, counts, perSlot)
  fill(slots, wanted, counts, perSlot)
  for (const { topicId, partition, members: sharers } of slots) {
    for (const index of sharers) {
      const target = assigned.get(members[index]?.memberId ?? '')
      if (target !== undefined) give(target, topicId, partition)
    }
  }
}

/** Old assignments stay, as far as neither the member nor the partition has more than its share of them. */
function keepOld(
  slots: readonly Slot[],
  members: readonly SharingMember[],
  wanted: readonly number[],
  counts: number[],
  perSlot: number,
): void {
  members.forEach(({ target }, index) => {
    for (const slot of slots) {
      if (!target.get(slot.topicId)?.has(slot.partition)) continue
      if ((counts[index] ?? 0) >= (wanted[index] ?? 0) || slot.members.size >= perSlot) continue
      slot.members.add(index)
      counts[index] = (counts[index] ?? 0) + 1
    }
  })
}

/** Members that have too little get the partitions that have too few, in turns. */
function fill(slots: readonly Slot[], wanted: readonly number[], counts: number[], perSlot: number): void {
  const hungry = wanted.map((_, index) => index).filter((index) => (counts[index] ?? 0) < (wanted[index] ?? 0))
  let next = 0
  for (const slot of slots) {
    for (let tried = 0; slot.members.size < perSlot && hungry.length > 0 && tried < hungry.length; ) {
      const at = next % hungry.length
      const index = hungry[at] ?? 0
      if (slot.members.has(index)) {
        next = at + 1
        tried++
        continue
      }
      slot.members.add(index)
      counts[index] = (counts[index] ?? 0) + 1
      tried = 0
      next = at + 1
      if ((counts[index] ?? 0) < (wanted[index] ?? 0)) continue
      hungry.splice(at, 1)
      next = at
    }
  }
}
