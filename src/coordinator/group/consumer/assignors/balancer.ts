import { at } from './lookups.ts'

/**
 * Says which of a topic's subscribers is to get a partition next, and which is to give one up. The subscribers stand in the order
 * of their loads. From the left a range of the least loaded grows, all at one level, which rises by one each time that
 * everybody in it has got something; from the right a range of the most loaded grows in the same way, downwards. When the
 * levels are no more than one apart there is nothing left to gain.
 */
export class Balancer {
  /** Partitions of each member, by its index. */
  readonly #loads: readonly number[]
  #members: number[] = []
  #leastEnd = 0
  #leastLevel = -1
  #nextLeast = 0
  #mostStart = 0
  #mostEnd = 0
  #mostLevel = 1
  #nextMost = -1

  constructor(loads: readonly number[]) {
    this.#loads = loads
  }

  /** Begins with the subscribers of another topic; how far apart the most and the least loaded of them are. */
  begin(subscribers: readonly number[]): number {
    this.#members = [...subscribers].sort((a, b) => at(this.#loads, a) - at(this.#loads, b) || a - b)
    const least = this.#loadAt(0)
    const most = this.#loadAt(this.#members.length - 1)
    this.#leastEnd = 0
    this.#leastLevel = least - 1
    this.#nextLeast = 0
    this.#mostStart = this.#mostEnd = this.#members.length
    this.#mostLevel = most + 1
    this.#nextMost = this.#members.length - 1
    return most - least
  }

  get isBalanced(): boolean {
    return this.#mostLevel - this.#leastLevel <= 1
  }

  /** The member that gets the next partition. */
  takeLeastLoaded(): number {
    if (this.#nextLeast >= this.#leastEnd) {
      this.#leastLevel++
      while (this.#leastEnd < this.#members.length && this.#loadAt(this.#leastEnd) === this.#leastLevel)
        this.#leastEnd++
      this.#nextLeast = 0
    }
    return at(this.#members, this.#nextLeast++)
  }

  /** The member that gives up a partition; -1 when none has any left. */
  takeMostLoaded(): number {
    if (this.#nextMost < this.#mostStart) {
      // A range that is empty, since all in it were excluded, must grow all the same.
      const isEmpty = this.#mostEnd <= this.#mostStart && this.#mostStart > 0
      this.#mostLevel = isEmpty ? this.#loadAt(this.#mostStart - 1) : this.#mostLevel - 1
      while (this.#mostStart > 0 && this.#loadAt(this.#mostStart - 1) === this.#mostLevel) this.#mostStart--
      this.#nextMost = this.#mostEnd - 1
    }
    return this.#nextMost < 0 ? -1 : at(this.#members, this.#nextMost--)
  }

  /** The member that was just taken has nothing to give: it goes to the end, out of the range. */
  excludeMostLoaded(): void {
    const [taken, last] = [this.#nextMost + 1, this.#mostEnd - 1]
    const excluded = at(this.#members, taken)
    this.#members[taken] = at(this.#members, last)
    this.#members[last] = excluded
    this.#mostEnd--
  }

  #loadAt(index: number): number {
    return at(this.#loads, at(this.#members, index))
  }
}
