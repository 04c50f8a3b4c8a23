/** Timeouts, steps and timer names of classic groups. */
import type { ClassicMember } from './classic-member.ts'
import type { ClassicRecord } from './classic-records.ts'

export type ClassicTimeout = { readonly kind: 'classic'; readonly groupId: string } & (
  | { readonly type: 'session'; readonly memberId: string }
  | { readonly type: 'join' }
  | { readonly type: 'initial-join'; readonly delayMs: number; readonly remainingMs: number }
  | { readonly type: 'sync'; readonly generationId: number }
)

/** A step concerns the group at work of that incarnation alone, whatever bears its name by then. */
export type ClassicStep = {
  readonly kind: 'classic'
  readonly groupId: string
  readonly incarnation: number
} /** The first record of a new group was written. */ & (
  | { readonly type: 'created' }
  /** The assignments that the leader made for a generation were written. */
  | {
      readonly type: 'assigned'
      readonly generationId: number
      readonly assignments: ReadonlyMap<string, Buffer>
    }
  /** A static member that came back under a new id was written. */
  | { readonly type: 'returned'; readonly memberId: string; readonly returned: ReturnedMember }
)

export interface ReturnedMember {
  /** The member as it was under its old id. */
  readonly before: ClassicMember
  readonly oldLeaderId: string | null
  /** The client can be told to skip the assignment (KIP-814). */
  readonly knowsSkip: boolean
}

export interface ClassicWords {
  readonly record: ClassicRecord
  readonly timeout: ClassicTimeout
  readonly step: ClassicStep
}

/** At most one of the timers 'join' and 'initial-join' runs for a group, so they share a name. */
export const joinTimer = (groupId: string): string => `join ${groupId}`
export const syncTimer = (groupId: string): string => `sync ${groupId}`
