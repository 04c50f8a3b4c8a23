/** Nodes that fetch the metadata log of this controller, as DescribeQuorum shows them: soft, and forgotten after a while. */
import type { QuorumObserver } from '../commands/command.ts'

/** Kafka's bound on how long a node is shown that fetches no more. */
const FORGOTTEN_AFTER_MS = 300_000

interface Progress {
  readonly replicaId: number
  readonly directoryId: string
  logEndOffset: number
  lastFetchMs: number
  lastCaughtUpMs: number
  /** Where the leader's log ended at the last fetch: who has read up to there since was caught up then. */
  leaderEndOffset: number
}

export class Observers {
  readonly #nodes = new Map<string, Progress>()

  /** A node has read everything before `fetchOffset`, while the log ended at `endOffset`. Wall clock. */
  fetched(replicaId: number, directoryId: string, fetchOffset: number, endOffset: number, nowMs: number): void {
    if (replicaId < 0) return
    const key = `${replicaId} ${directoryId}`
    const known = this.#nodes.get(key)
    const progress = known ?? { ...NEW, replicaId, directoryId }
    if (fetchOffset >= endOffset) progress.lastCaughtUpMs = nowMs
    else if (known !== undefined && fetchOffset >= known.leaderEndOffset) progress.lastCaughtUpMs = known.lastFetchMs
    progress.logEndOffset = fetchOffset
    progress.leaderEndOffset = endOffset
    progress.lastFetchMs = nowMs
    this.#nodes.set(key, progress)
  }

  list(nowMs: number): QuorumObserver[] {
    for (const [key, { lastFetchMs }] of this.#nodes) {
      if (nowMs - lastFetchMs >= FORGOTTEN_AFTER_MS) this.#nodes.delete(key)
    }
    return [...this.#nodes.values()]
  }

  /** Whether everybody who was heard of lately has read up to `endOffset`. */
  haveRead(endOffset: number, sinceMs: number): boolean {
    return [...this.#nodes.values()].every(
      ({ lastFetchMs, logEndOffset }) => lastFetchMs < sinceMs || logEndOffset >= endOffset,
    )
  }
}

const NEW = { logEndOffset: -1, lastFetchMs: -1, lastCaughtUpMs: -1, leaderEndOffset: Number.POSITIVE_INFINITY }
