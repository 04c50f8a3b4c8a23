/** Where an observer's log is, compared with the leader's (KIP-595, KIP-630): pure, Apache's RaftLog.validateOffsetAndEpoch. */
import type { SnapshotId } from '../metadata-log/snapshot-file.ts'

/** The leader's log, as far as a position is judged by it. */
export interface LeaderLog {
  readonly startOffset: number
  /** The end of what is durable. */
  readonly endOffset: number
  /** The epoch of the last record, be it in the log or in the snapshot before it. */
  readonly latestEpoch: number
  /** Snapshots that hold records, in ascending order. */
  readonly snapshots: readonly SnapshotId[]
  /** The largest epoch that is at most `epoch`, and where it ends; null when unknown. */
  endOffsetForEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } | null
}

export type LogPosition =
  | { readonly kind: 'valid' }
  /** The snapshot stands for the records before the log, and is the quickest way for an observer that has nothing. */
  | { readonly kind: 'snapshot'; readonly id: SnapshotId }
  /** The leader's epoch ends there: what the observer has of it beyond was never committed. */
  | { readonly kind: 'diverging'; readonly epoch: number; readonly endOffset: number }

const VALID: LogPosition = { kind: 'valid' }

/** `offset`: the end of the observer's log, whose last record is of `epoch`. */
export function positionOf(log: LeaderLog, offset: number, epoch: number): LogPosition {
  const earliest = log.snapshots[0]
  const latest = log.snapshots.at(-1)
  if (offset === 0 && latest !== undefined) return { kind: 'snapshot', id: latest }
  if (offset === 0 && log.startOffset === 0) return VALID
  if (earliest !== undefined && latest !== undefined) {
    const isBefore = offset < log.startOffset || epoch < earliest.epoch
    const isOther = offset === log.startOffset && epoch !== earliest.epoch
    if (isBefore || isOther) return { kind: 'snapshot', id: latest }
  }
  const end = endOfEpoch(log, epoch)
  return end.epoch !== epoch || end.endOffset < offset ? { kind: 'diverging', ...end } : VALID
}

function endOfEpoch(log: LeaderLog, epoch: number): { epoch: number; endOffset: number } {
  const own = log.endOffsetForEpoch(epoch)
  // An epoch of which this leader has not heard: everything behind its own end is to go.
  if (own === null) return { epoch: log.latestEpoch, endOffset: log.endOffset }
  const earliest = log.snapshots[0]
  if (earliest !== undefined && own.endOffset === earliest.offset && own.epoch === epoch) {
    return { epoch: earliest.epoch, endOffset: earliest.offset }
  }
  return { epoch: own.epoch, endOffset: Math.min(own.endOffset, log.endOffset) }
}
