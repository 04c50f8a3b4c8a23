/**
 * Subscriptions by regular expression. What an expression stands for is looked up apart from the requests of members and
 * becomes a record, so that all members of a group agree on it: soon after it is new, when topics have come, and after
 * `group.consumer.regex.refresh.interval.ms`.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { compileRe2 } from '../../../patterns/re2.ts'
import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { sameNames } from './consumer-member.ts'
import { regexTimer } from './consumer-words.ts'
import { bumpGroupEpoch } from './group-epoch.ts'
import { summarize } from './group-summary.ts'

/** Not more often than this. */
const MIN_REFRESH_INTERVAL_MS = 10_000

export type RegexChange = 'none' | 'updated' | 'updated-and-resolved'

/** All topics that the member is subscribed to; an expression that is not resolved yet stands for none. */
export function subscribedTopicNames(group: ConsumerGroup, member: ConsumerMember): ReadonlySet<string> {
  const { subscribedTopicNames: names, subscribedTopicRegex: regex } = member
  const resolved = regex ? group.regexes.get(regex) : undefined
  if (resolved === undefined) return names
  return names.size === 0 ? resolved.topics : new Set([...names, ...resolved.topics])
}

/** Takes up a member's regular expression. Throws INVALID_REGULAR_EXPRESSION. */
export function updateRegex(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  updated: ConsumerMember,
): RegexChange {
  const before = member.subscribedTopicRegex || null
  const now = updated.subscribedTopicRegex || null
  const users = group.summary.regexes
  let change: RegexChange = 'none'
  let isNew = false
  if (member.subscribedTopicRegex !== updated.subscribedTopicRegex) {
    change = 'updated'
    if (before !== null && users.get(before) === 1) {
      context.effects.append({ kind: 'consumer', type: 'regex', group: group.groupId, regex: before, value: null })
    }
    if (now === null) {
      if (before !== null) change = 'updated-and-resolved'
    } else if (users.has(now)) {
      if (group.regexes.has(now)) change = 'updated-and-resolved'
    } else {
      compile(now)
      isNew = true
    }
  }
  if (isNew || users.size > 0) scheduleRefresh(context, group, before, now, isNew)
  return change
}

function scheduleRefresh(
  { state, config, effects, nowMs }: GroupContext,
  group: ConsumerGroup,
  before: string | null,
  now: string | null,
  isNew: boolean,
): void {
  const soft = state.consumer.soft(group.groupId)
  if (soft.refreshesRegexes) return
  const [last] = group.regexes.values()
  const lastMs = last?.timestampMs ?? Number.NEGATIVE_INFINITY
  if (nowMs <= lastMs + MIN_REFRESH_INTERVAL_MS) return
  const used = new Map(group.summary.regexes)
  if (before !== null) used.set(before, (used.get(before) ?? 0) - 1)
  if (now !== null) used.set(now, (used.get(now) ?? 0) + 1)
  const count = [...used.values()].filter((members) => members > 0).length
  const isDue =
    isNew ||
    count !== group.regexes.size ||
    (last?.version ?? 0n) < state.consumer.lastTopicsAddedAt ||
    nowMs > lastMs + config.consumer.regexRefreshIntervalMs
  if (!isDue || count === 0) return
  soft.refreshesRegexes = true
  effects.setTimer(regexTimer(group.groupId), 0, { kind: 'consumer', type: 'regex', groupId: group.groupId })
}

/**
 * The topics of a group's expressions are those that the member may describe whose heartbeat has them looked up, as in
 * Kafka: one look-up is for all members.
 */
export function judgeRegexesFor(
  { state }: GroupContext,
  groupId: string,
  mayDescribe: ((topic: string) => boolean) | undefined,
): void {
  const soft = state.consumer.soft(groupId)
  if (!soft.refreshesRegexes) soft.mayDescribe = mayDescribe
}

/** Looks up what the group's expressions stand for now. */
export function refreshRegexes(context: GroupContext, group: ConsumerGroup): void {
  const { state, effects, topics, nowMs } = context
  const soft = state.consumer.soft(group.groupId)
  soft.refreshesRegexes = false
  const { mayDescribe = () => true } = soft
  const names = [...topics.names()]
  const resolved = new Map(group.regexes.entries())
  let hasChanged = false
  for (const regex of group.summary.regexes.keys()) {
    const matches = compile(regex)
    const value = {
      topics: new Set(names.filter(matches).filter(mayDescribe)),
      version: topics.version,
      timestampMs: nowMs,
    }
    if (!sameNames(resolved.get(regex)?.topics ?? new Set(), value.topics)) hasChanged = true
    resolved.set(regex, value)
    effects.append({ kind: 'consumer', type: 'regex', group: group.groupId, regex, value })
  }
  const summary = summarize(group.members.values(), resolved)
  const hash = metadataHash(summary.topics.keys(), topics)
  if (hasChanged || hash !== group.epochs().metadataHash) bumpGroupEpoch(context, group, hash)
}

function compile(regex: string): (name: string) => boolean {
  try {
    return compileRe2(regex)
  } catch (error) {
    throw new KafkaError(
      ErrorCode.INVALID_REGULAR_EXPRESSION,
      `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${(error as Error).message}.`,
    )
  }
}
