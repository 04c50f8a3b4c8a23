/** The promises of a log so far, over all lives of its process, to which it is held when it is opened again. */
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import type { CrashMode } from '../../sim/disk.ts'
import { type LogContent, transactionsProblem } from './content.ts'

export const PRODUCERS = 3

/** How the last life ended. */
export type Ending = CrashMode | 'stop'

/** A batch that was sent and not answered: its producer sends it again in its next life. */
export interface Sent {
  readonly producer: number
  readonly baseSequence: number
  readonly values: readonly string[]
}

export class History {
  /** By offset. */
  readonly acknowledged = new Map<number, string>()
  /** Everything before it was durable when it was promised to be. */
  durableUpTo = 0
  logStartOffset = 0
  /** A producer id is never used again after a power failure, which may have taken back what it was told. */
  generation = 0
  nextSequence = new Array<number>(PRODUCERS).fill(0)
  unanswered: Sent[] = []
  /** Values that a log at work has refused: they are not in it, and do not come back. */
  readonly refused = new Set<string>()
  counter = 0
  /** Since the log was last looked at. */
  powerFailed = false

  lostPower(): void {
    this.powerFailed = true
    this.#forgetProducers()
  }

  /**
   * The promises for records from there on hold no more: the disk has turned a bit, or the log steps back as a follower
   * does.
   */
  letGoFrom(offset: number): void {
    for (const each of this.acknowledged.keys()) if (each >= offset) this.acknowledged.delete(each)
    this.durableUpTo = Math.min(this.durableUpTo, offset)
    this.#forgetProducers()
  }

  /** A log that starts anew may be found as it was, as it is to be, or with nothing: its leader has all of it. */
  startedAnew(): void {
    this.letGoFrom(0)
    this.logStartOffset = 0
  }

  check(content: LogContent, log: PartitionLog, ending: Ending): void {
    const problem = this.#problem(content, log, this.powerFailed ? 'power' : ending)
    if (problem !== null) throw new Error(`after ${ending}: ${problem}`)
    for (const offset of this.acknowledged.keys()) if (offset >= log.logEndOffset) this.acknowledged.delete(offset)
    this.powerFailed = false
  }

  #problem(content: LogContent, log: PartitionLog, ending: Ending): string | null {
    const found = content.batches.flatMap(({ records, isControl }) =>
      records.filter(({ offset }) => offset >= BigInt(content.from)).map((record) => ({ ...record, isControl })),
    )
    if (log.logStartOffset < this.logStartOffset) return `starts at ${log.logStartOffset}, not ${this.logStartOffset}`
    const values = new Set<string>()
    for (const [i, record] of found.entries()) {
      const offset = log.logStartOffset + i
      if (Number(record.offset) !== offset) return `offset ${record.offset} where ${offset} should be`
      if (record.isControl) continue
      const value = String(record.value)
      const promised = this.acknowledged.get(offset)
      if (promised !== undefined && promised !== value)
        return `${value} at ${offset}, where ${promised} was acknowledged`
      if (this.refused.has(value)) return `${value} at ${offset}, which was refused`
      if (values.has(value)) return `${value} twice`
      values.add(value)
    }
    const transactions = transactionsProblem(content)
    if (transactions !== null) return transactions
    const end = log.logStartOffset + found.length
    if (end !== log.logEndOffset) return `ends at ${log.logEndOffset}, and ${end} can be read`
    if (end < this.durableUpTo) return `ends at ${end}, and ${this.durableUpTo} was durable`
    if (ending === 'power') return null
    const last = Math.max(-1, ...this.acknowledged.keys())
    return end <= last ? `ends at ${end}, and ${last} was acknowledged` : null
  }

  #forgetProducers(): void {
    this.generation++
    this.nextSequence.fill(0)
    this.unanswered = []
  }
}
