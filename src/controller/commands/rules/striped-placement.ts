/**
 * Apache's StripedReplicaPlacer: where the replicas of new partitions go.
 *
 * Goals, in this order: no two replicas of a partition in one rack while another rack has a broker that is unfenced;
 * every broker leads equally many partitions and follows equally many others; who leads for one partition and who follows
 * is mixed anew each time all brokers have had their turn. A rack that has no name is a rack like others.
 *
 * Racks take turns, and in a rack its brokers do. Partition after partition the turn moves on by one; the second and later
 * replicas go on around the racks from there, and come to fenced brokers of a rack when its unfenced ones are used up.
 */
import { at } from '../../../../protocol/collections/elements.ts'

export interface UsableBroker {
  readonly id: number
  readonly rack: string | null
  readonly fenced: boolean
}

/** Replicas of `count` partitions, the first of each list being the preferred leader. There is an unfenced broker. */
export function placeStriped(
  brokers: readonly UsableBroker[],
  count: number,
  replicationFactor: number,
  seed: number,
): number[][] {
  const racks = new RackList(brokers, new Dice(seed))
  return Array.from({ length: count }, () => racks.place(replicationFactor))
}

const EXHAUSTED = -1

class RackList {
  readonly #dice: Dice
  readonly #racks: Rack[]
  readonly #unfenced: number
  /** Partitions placed since the brokers were mixed. */
  #epoch = 0
  #offset: number

  constructor(brokers: readonly UsableBroker[], dice: Dice) {
    const names = [...new Set(brokers.map(({ rack }) => rack))].sort(byName)
    this.#dice = dice
    this.#racks = names.map((name) => {
      const here = brokers.filter(({ rack }) => rack === name)
      return new Rack(new Turns(idsOf(here, false), dice), new Turns(idsOf(here, true), dice))
    })
    this.#unfenced = idsOf(brokers, false).length
    this.#offset = dice.below(this.#racks.length)
  }

  place(replicationFactor: number): number[] {
    if (this.#epoch === this.#unfenced && this.#unfenced > 1) this.#mix()
    if (this.#offset === this.#racks.length) this.#offset = 0
    const count = this.#racks.length
    const replicas: number[] = []
    let first = this.#offset
    while (replicas.length === 0) {
      const leader = at(this.#racks, first).nextUnfenced(this.#epoch)
      if (leader === EXHAUSTED) first = (first + 1) % count
      else replicas.push(leader)
    }
    let passesFirst = true
    for (let rack = this.#offset; replicas.length < replicationFactor; rack = (rack + 1) % count) {
      // The rack of the leader has had its turn.
      if (passesFirst && rack === first) {
        passesFirst = false
        continue
      }
      const replica = at(this.#racks, rack).next(this.#epoch)
      if (replica !== EXHAUSTED) replicas.push(replica)
    }
    this.#epoch++
    this.#offset++
    return replicas
  }

  #mix(): void {
    this.#dice.shuffle(this.#racks)
    for (const rack of this.#racks) rack.shuffle(this.#dice)
    this.#epoch = 0
  }
}

class Rack {
  readonly #unfenced: Turns
  readonly #fenced: Turns

  constructor(unfenced: Turns, fenced: Turns) {
    this.#unfenced = unfenced
    this.#fenced = fenced
  }

  nextUnfenced(epoch: number): number {
    return this.#unfenced.next(epoch)
  }

  next(epoch: number): number {
    const unfenced = this.#unfenced.next(epoch)
    return unfenced === EXHAUSTED ? this.#fenced.next(epoch) : unfenced
  }

  shuffle(dice: Dice): void {
    this.#fenced.shuffle(dice)
    this.#unfenced.shuffle(dice)
  }
}

/** Brokers that take turns: each once in an epoch, beginning one further with each epoch. */
class Turns {
  readonly #ids: number[]
  #offset: number
  #taken = 0
  #epoch = 0

  constructor(ids: number[], dice: Dice) {
    this.#ids = ids.sort((a, b) => a - b)
    this.#offset = ids.length === 0 ? 0 : dice.below(ids.length)
  }

  next(epoch: number): number {
    if (this.#ids.length === 0) return EXHAUSTED
    if (this.#epoch !== epoch) {
      this.#epoch = epoch
      this.#taken = 0
      this.#offset = (this.#offset + 1) % this.#ids.length
    }
    if (this.#taken >= this.#ids.length) return EXHAUSTED
    return at(this.#ids, (this.#taken++ + this.#offset) % this.#ids.length)
  }

  shuffle(dice: Dice): void {
    dice.shuffle(this.#ids)
  }
}

/** Chance from a seed (mulberry32): the same seed places in the same way. */
class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }

  shuffle<T>(list: T[]): void {
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.below(last + 1)
      const moved = at(list, last)
      list[last] = at(list, other)
      list[other] = moved
    }
  }
}

const idsOf = (brokers: readonly UsableBroker[], fenced: boolean): number[] =>
  brokers.filter((broker) => broker.fenced === fenced).map(({ id }) => id)

/** Racks without a name come first, as in Apache. */
const byName = (a: string | null, b: string | null): number => {
  if (a === b) return 0
  if (a === null) return -1
  return b === null || a > b ? 1 : -1
}
