/**
 * The quorum in the eyes of an observer (KIP-595): the newest epoch, who leads in it, and where the leader is reached.
 *
 * States: searching (nobody is known to lead in the epoch: any controller is asked) → following (the leader is known).
 *
 * Invariants:
 * - the epoch never goes back; an answer of an older one says nothing;
 * - an epoch has one leader: an answer that names another one is refused, and changes nothing;
 * - nothing of an answer is used before this file has judged it.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { Address } from '../../client/addresses.ts'

export const NO_LEADER = -1

export interface ObservedQuorum {
  readonly epoch: number
  /** -1: searching. */
  readonly leaderId: number
  /** null: nobody has said where the leader is. */
  readonly leader: Address | null
}

/** The words on the quorum that every answer of a controller has beside its content. */
export interface QuorumAnswer {
  readonly errorCode: number
  /** -1: the controller knows of none. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** Where the leader is reached, if the answer or the configuration says so. */
  readonly leader: Address | null
}

export type Verdict =
  /** The answer is the leader's: its content counts. */
  | 'use'
  /** The epoch or the leader is another one now: ask again, there. */
  | 'moved'
  /** The controller that answered knows less than this observer: ask another one. */
  | 'stale'
  /** Nothing of the answer can be used. */
  | 'refused'

export interface Judgment {
  readonly quorum: ObservedQuorum
  readonly verdict: Verdict
}

export const initialQuorum = (epoch: number): ObservedQuorum => ({ epoch, leaderId: NO_LEADER, leader: null })

export function judge(quorum: ObservedQuorum, answer: QuorumAnswer): Judgment {
  const { errorCode, leaderId, leaderEpoch } = answer
  if (leaderEpoch < quorum.epoch || errorCode === ErrorCode.UNKNOWN_LEADER_EPOCH) return { quorum, verdict: 'stale' }
  const known = leaderEpoch === quorum.epoch ? quorum.leaderId : NO_LEADER
  if (known !== NO_LEADER && leaderId !== NO_LEADER && leaderId !== known) return { quorum, verdict: 'refused' }
  const next = following(quorum, answer)
  if (leaderEpoch > quorum.epoch || hasMoved(errorCode)) return { quorum: next, verdict: 'moved' }
  if (errorCode === ErrorCode.NONE) return { quorum: next, verdict: 'use' }
  return { quorum: next, verdict: 'refused' }
}

const hasMoved = (errorCode: number): boolean =>
  errorCode === ErrorCode.FENCED_LEADER_EPOCH || errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER

function following(quorum: ObservedQuorum, { leaderId, leaderEpoch, leader }: QuorumAnswer): ObservedQuorum {
  if (leaderEpoch > quorum.epoch) return { epoch: leaderEpoch, leaderId, leader }
  if (leaderId === NO_LEADER) return quorum
  return { epoch: leaderEpoch, leaderId, leader: leader ?? quorum.leader }
}
