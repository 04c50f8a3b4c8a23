/** The answers of the share coordinator (KIP-932), each about one share partition. `errorCode` is Kafka's own. */
import type { StateBatch } from './state-batches.ts'

export interface ShareOutcome {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export interface StoredShareState extends ShareOutcome {
  readonly stateEpoch: number
  /** -1: nothing has been delivered yet, and nobody has said where to begin. */
  readonly startOffset: number
  readonly batches: readonly StateBatch[]
}

export interface ShareSummary extends ShareOutcome {
  readonly stateEpoch: number
  readonly leaderEpoch: number
  /** -1: not known. */
  readonly startOffset: number
  /** -1: not known. */
  readonly deliveryCompleteCount: number
}

export interface NewShareState {
  readonly stateEpoch: number
  /** -1: the leader decides, by `share.auto.offset.reset`. */
  readonly startOffset: number
}

export interface ShareStateUpdate {
  readonly stateEpoch: number
  readonly leaderEpoch: number
  /** -1: as before. */
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly batches: readonly StateBatch[]
}
