/** Timeouts and timer names of streams groups. */
import { memberTimer } from '../member-timers.ts'
import type { StreamsGroupRecord } from './streams-records.ts'

export type StreamsTimeout = { readonly kind: 'streams'; readonly groupId: string } & (
  | { readonly type: 'session'; readonly memberId: string }
  /** A member did not let go of its tasks in its rebalance timeout, unless it has left that epoch. */
  | { readonly type: 'rebalance'; readonly memberId: string; readonly memberEpoch: number }
  /** The first members have had time to come together. */
  | { readonly type: 'first-assignment' }
)

export interface StreamsWords {
  readonly record: StreamsGroupRecord
  readonly timeout: StreamsTimeout
  readonly step: never
}

export const rebalanceTimer = (groupId: string, memberId: string): string =>
  memberTimer('streams rebalance', groupId, memberId)
export const firstAssignmentTimer = (groupId: string): string => `streams first assignment ${groupId}`
