/**
 * The judge of a queue (KIP-932), who knows what members of a share group were told, and nothing of the broker.
 *
 * A record is in the hands of one member at a time, for as long as its lock lasts and the member's session does. Once the
 * broker has confirmed that it is accepted or rejected it comes never again; an acknowledgement that was not answered may
 * have been stored or not. Nobody gets it more often than the limit allows, and each is done with in the end.
 */
import type { History } from '../scenarios/history.ts'

export interface Delivery {
  readonly member: string
  readonly partition: string
  readonly offset: number
  readonly count: number
  /** When the fetch was sent, and when its answer came (ms of the world): it was acquired between the two. */
  readonly askedAtMs: number
  readonly toldAtMs: number
  readonly lockMs: number
}

/** Records are delivered so often only when their members give them back: with this limit none is given up. */
export const LARGE_LIMIT = 10

interface Hold {
  readonly member: string
  /** The lock lasts at least until then. */
  untilMs: number
}

/** Another member got a record that this one may have had: it is so if this one's session goes on. */
interface Suspicion {
  readonly atMs: number
  readonly text: string
}

export class QueueHistory {
  readonly #history: History
  readonly #limit: number
  /** The highest count of deliveries, by record. */
  readonly #counts = new Map<string, number>()
  readonly #done = new Set<string>()
  /** Accepted or rejected in so many requests that were not answered: each may have been stored. */
  readonly #uncertain = new Map<string, number>()
  readonly #holds = new Map<string, Hold>()
  readonly #suspicions = new Map<string, Suspicion[]>()
  deliveries = 0

  constructor(history: History, limit: number) {
    this.#history = history
    this.#limit = limit
  }

  get doneCount(): number {
    return this.#done.size
  }

  delivered({ member, partition, offset, count, askedAtMs, toldAtMs, lockMs }: Delivery): void {
    const record = nameOf(partition, offset)
    this.deliveries++
    if (this.#done.has(record)) this.#history.violation(`${member} got ${record} after it was done with`)
    if (count > this.#limit) this.#history.violation(`${record} was delivered ${count} times`)
    if (count < 1) this.#history.violation(`${record} was delivered for the ${count}th time`)
    const hold = this.#holds.get(record)
    if (hold !== undefined && hold.member !== member && toldAtMs < hold.untilMs) {
      const text = `${member} got ${record} while ${hold.member} had it`
      this.#suspicions.set(hold.member, [...(this.#suspicions.get(hold.member) ?? []), { atMs: toldAtMs, text }])
    }
    this.#counts.set(record, Math.max(count, this.#counts.get(record) ?? 0))
    this.#holds.set(record, { member, untilMs: askedAtMs + lockMs })
  }

  /** The member's session goes on: a request that was sent then has been taken as the next one of it. */
  alive(member: string, askedAtMs: number): void {
    for (const { atMs, text } of this.#suspicions.get(member) ?? []) if (askedAtMs > atMs) this.#history.violation(text)
    this.#suspicions.delete(member)
  }

  /** The member's session may have ended, and with it all its locks. */
  lost(member: string): void {
    this.#suspicions.delete(member)
    for (const [record, hold] of this.#holds) if (hold.member === member) this.#holds.delete(record)
  }

  renewed(member: string, partition: string, offset: number, untilMs: number): void {
    const hold = this.#holds.get(nameOf(partition, offset))
    if (hold?.member === member) hold.untilMs = untilMs
  }

  /** The record is accepted or rejected in a request that is under way. */
  sent(partition: string, offset: number): void {
    const record = nameOf(partition, offset)
    this.#uncertain.set(record, (this.#uncertain.get(record) ?? 0) + 1)
  }

  /** The broker has said that nothing of it was stored. */
  refused(partition: string, offset: number): void {
    const record = nameOf(partition, offset)
    this.#uncertain.set(record, (this.#uncertain.get(record) ?? 0) - 1)
  }

  /** The member no longer has the record. */
  givenBack(partition: string, offset: number): void {
    this.#holds.delete(nameOf(partition, offset))
  }

  /** The broker has confirmed that the record is accepted or rejected. */
  finished(member: string, partition: string, offset: number): void {
    const record = nameOf(partition, offset)
    // Words on records before the group's start offset are taken and say nothing: all before them is done with.
    if (this.#done.has(record) && this.#limit >= LARGE_LIMIT && this.unfinished(partition, offset).length > 0) {
      this.#history.violation(`${member} has done with ${record} as another had before`)
    }
    this.#done.add(record)
    this.#holds.delete(record)
  }

  /** The records before the end that are not done with, though they were not delivered as often as the limit allows. */
  unfinished(partition: string, end: number): string[] {
    const names = Array.from({ length: end }, (_, offset) => nameOf(partition, offset))
    return names.filter(
      (record) =>
        !this.#done.has(record) && !this.#uncertain.get(record) && (this.#counts.get(record) ?? 0) < this.#limit,
    )
  }
}

const nameOf = (partition: string, offset: number): string => `${partition}@${offset}`
