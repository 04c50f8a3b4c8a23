/** Conclusions from the members of a consumer group and from the topics of their regular expressions. */
import type { ConsumerMember } from './consumer-member.ts'
import type { ResolvedRegex } from './consumer-records.ts'

/** How many members name a topic, and how many regular expressions stand for it. */
export interface SubscriptionCount {
  byName: number
  byRegex: number
}

export interface GroupSummary {
  readonly memberCount: number
  /** Member ids by instance id. */
  readonly staticMembers: ReadonlyMap<string, string>
  readonly topics: ReadonlyMap<string, Readonly<SubscriptionCount>>
  /** How many members use each regular expression. */
  readonly regexes: ReadonlyMap<string, number>
  /** How many members want each of the assignors. */
  readonly assignors: ReadonlyMap<string, number>
  readonly classicMemberCount: number
  /** How many of the classic members support each protocol. */
  readonly classicProtocols: ReadonlyMap<string, number>
}

export function summarize(
  members: Iterable<ConsumerMember>,
  resolved: Iterable<readonly [regex: string, value: ResolvedRegex]>,
): GroupSummary {
  const staticMembers = new Map<string, string>()
  const topics = new Map<string, SubscriptionCount>()
  const regexes = new Map<string, number>()
  const assignors = new Map<string, number>()
  const classicProtocols = new Map<string, number>()
  let memberCount = 0
  let classicMemberCount = 0
  for (const member of members) {
    memberCount++
    if (member.instanceId !== null) staticMembers.set(member.instanceId, member.memberId)
    for (const name of member.subscribedTopicNames) countOf(topics, name).byName++
    if (member.subscribedTopicRegex) increase(regexes, member.subscribedTopicRegex)
    if (member.serverAssignor !== null) increase(assignors, member.serverAssignor)
    if (member.classic === null) continue
    classicMemberCount++
    for (const { name } of member.classic.supportedProtocols) increase(classicProtocols, name)
  }
  for (const [, { topics: names }] of resolved) for (const name of names) countOf(topics, name).byRegex++
  return { memberCount, staticMembers, topics, regexes, assignors, classicMemberCount, classicProtocols }
}

function countOf(topics: Map<string, SubscriptionCount>, name: string): SubscriptionCount {
  let count = topics.get(name)
  if (count === undefined) topics.set(name, (count = { byName: 0, byRegex: 0 }))
  return count
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** Whether all members are subscribed to the same topics, which lets an assignor take a shorter way. */
export function isHomogeneous({ memberCount, topics, regexes }: GroupSummary): boolean {
  const counts = [...topics.values()]
  if (regexes.size === 0) return counts.every(({ byName }) => byName === memberCount)
  const [users] = regexes.values()
  return users === memberCount && counts.every(({ byName, byRegex }) => byRegex === 1 && byName === 0)
}

/** The assignor that most members want; null when none has a wish. Of equal ones `range` is first, as in Java's maps. */
export function preferredAssignor({ assignors }: GroupSummary): string | null {
  const names = [...assignors.keys()].toSorted()
  return names.reduce<string | null>((best, name) => {
    return best === null || assignors.get(name)! > assignors.get(best)! ? name : best
  }, null)
}
