/** Timeouts, steps and timer names of consumer groups. */
import { memberTimer } from '../member-timers.ts'
import type { ConsumerGroupRecord } from './consumer-records.ts'

export type ConsumerTimeout = { readonly kind: 'consumer'; readonly groupId: string } & (
  | { readonly type: 'session'; readonly memberId: string }
  /** A member of the classic protocol did not join, or not sync, in its time. */
  | { readonly type: 'fence'; readonly memberId: string }
  /** A member did not let go of its partitions in its rebalance timeout, unless it has left that epoch. */
  | { readonly type: 'rebalance'; readonly memberId: string; readonly memberEpoch: number }
  | { readonly type: 'regex' }
)

/** The group was written as a classic one, which is at work in that incarnation. */
export interface ConsumerStep {
  readonly kind: 'consumer'
  readonly type: 'downgraded'
  readonly groupId: string
  readonly incarnation: number
}

export interface ConsumerWords {
  readonly record: ConsumerGroupRecord
  readonly timeout: ConsumerTimeout
  readonly step: ConsumerStep
}

export const rebalanceTimer = (groupId: string, memberId: string): string =>
  memberTimer('consumer rebalance', groupId, memberId)
export const joinTimer = (groupId: string, memberId: string): string => memberTimer('consumer join', groupId, memberId)
export const syncTimer = (groupId: string, memberId: string): string => memberTimer('consumer sync', groupId, memberId)
export const regexTimer = (groupId: string): string => `regex ${groupId}`
