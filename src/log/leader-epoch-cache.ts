/** The epoch that a client names which knows none. */
const UNDEFINED_EPOCH = -1

/**
 * The offset at which each leader epoch begins: `leader-epoch-checkpoint`, from which OffsetForLeaderEpoch is answered
 * (KIP-101, KIP-279). Epochs and offsets rise together. The file may lag behind memory: it is written before the
 * recovery point passes what it lacks, and recovery finds the rest in the batches.
 */
import { formatCheckpoint, parseCheckpoint, wholeNumber } from './files/checkpoint-format.ts'
import { MalformedFileError } from './files/malformed-file-error.ts'

export interface EpochEntry {
  epoch: number
  startOffset: number
}

export class LeaderEpochCache {
  #entries: readonly EpochEntry[]
  /** The entries as the file has them. */
  #saved: readonly EpochEntry[]

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = entries
    this.#saved = entries
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  /** Whether memory and file differ: an epoch that is dropped and begun anew, as at each start, is no difference. */
  get isDirty(): boolean {
    const [now, saved] = [this.#entries, this.#saved]
    if (now === saved) return false
    const isSame = (entry: EpochEntry, at: number) =>
      entry.epoch === saved[at]?.epoch && entry.startOffset === saved[at].startOffset
    return now.length !== saved.length || !now.every(isSame)
  }

  /** The file says `entries` now. */
  saved(entries: readonly EpochEntry[]): void {
    this.#saved = entries
  }

  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? UNDEFINED_EPOCH
  }

  get earliest(): EpochEntry | undefined {
    return this.#entries[0]
  }

  /** A batch of `epoch` begins at `startOffset`. Entries that contradict it were never committed, and go. */
  assign(epoch: number, startOffset: number): void {
    if (epoch < 0 || startOffset < 0) return
    const last = this.#entries.at(-1)
    if (last !== undefined && last.epoch === epoch && startOffset >= last.startOffset) return
    const kept = this.#entries.findLastIndex((entry) => entry.epoch < epoch && entry.startOffset < startOffset) + 1
    this.#entries = [...this.#entries.slice(0, kept), { epoch, startOffset }]
  }

  /** The largest epoch that is at most `epoch`, and the offset after its last record. null: not known. */
  endOffsetFor(epoch: number, logEndOffset: number): { epoch: number; endOffset: number } | null {
    if (epoch === UNDEFINED_EPOCH) return null
    const latest = this.latestEpoch
    // The current epoch ends where the log does. An epoch beyond it is one this replica has not heard of.
    if (latest === epoch) return { epoch, endOffset: logEndOffset }
    if (latest < epoch) return null
    const at = this.#entries.findIndex((entry) => entry.epoch > epoch)
    const [before, next] = [this.#entries[at - 1], this.#entries[at]]
    if (next === undefined) return null
    // An epoch older than all known ones: its records are gone, and nothing before the first entry is known to be ours.
    return { epoch: before?.epoch ?? epoch, endOffset: next.startOffset }
  }

  /** -1 when the offset is older than every entry. */
  epochForOffset(offset: number): number {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? UNDEFINED_EPOCH
  }

  /** Forgets epochs that begin at `endOffset` or above: the log now ends there. */
  truncateFromEnd(endOffset: number): void {
    const kept = this.#entries.findIndex((entry) => entry.startOffset >= endOffset)
    if (kept === -1) return
    this.#entries = this.#entries.slice(0, kept)
  }

  /** The log now starts at `startOffset`: epochs that ended before it go, the one it is in begins there. */
  truncateFromStart(startOffset: number): void {
    const at = this.#entries.findLastIndex((entry) => entry.startOffset <= startOffset)
    const first = this.#entries[at]
    if (first === undefined || (at === 0 && first.startOffset === startOffset)) return
    this.#entries = [{ epoch: first.epoch, startOffset }, ...this.#entries.slice(at + 1)]
  }

  /** Back to entries that `entries` gave before. */
  restore(entries: readonly EpochEntry[]): void {
    this.#entries = [...entries]
  }

  clear(): void {
    if (this.#entries.length === 0) return
    this.#entries = []
  }
}

export function formatLeaderEpochs(entries: readonly EpochEntry[]): Buffer {
  return formatCheckpoint(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
}

export function parseLeaderEpochs(path: string, bytes: Buffer): EpochEntry[] {
  return parseCheckpoint(path, bytes).map((line) => {
    const [epochText, offsetText, ...rest] = line.trim().split(/\s+/)
    const epoch = wholeNumber(epochText ?? '')
    const startOffset = wholeNumber(offsetText ?? '')
    if (epoch === null || startOffset === null || rest.length > 0) {
      throw new MalformedFileError(path, `has a line that is not "epoch offset": ${line}`)
    }
    return { epoch, startOffset }
  })
}
