/**
 * One counter for each that share a limit. One that would say what a new one says is forgotten when the number of counters
 * has doubled: clients that name themselves anew at each request cost no more than one window's worth of names.
 */
const FEWEST_TO_SWEEP = 1000

export class Counters<Counter> {
  readonly #create: () => Counter
  readonly #isLikeNew: (counter: Counter, nowMs: number) => boolean
  readonly #counters = new Map<string, Map<string, Counter>>()
  #size = 0
  #sweepAt = FEWEST_TO_SWEEP

  constructor(create: () => Counter, isLikeNew: (counter: Counter, nowMs: number) => boolean) {
    this.#create = create
    this.#isLikeNew = isLikeNew
  }

  get size(): number {
    return this.#size
  }

  /** The counter of two names: of a user and a client id, say. */
  of(first: string, second: string, nowMs: number): Counter {
    const known = this.#counters.get(first)?.get(second)
    if (known !== undefined) return known
    if (this.#size >= this.#sweepAt) this.#sweep(nowMs)
    const created = this.#create()
    const others = this.#counters.get(first) ?? new Map<string, Counter>()
    this.#counters.set(first, others.set(second, created))
    this.#size++
    return created
  }

  clear(): void {
    this.#counters.clear()
    this.#size = 0
  }

  #sweep(nowMs: number): void {
    for (const [first, counters] of this.#counters) {
      for (const [second, counter] of counters) {
        if (!this.#isLikeNew(counter, nowMs)) continue
        counters.delete(second)
        this.#size--
      }
      if (counters.size === 0) this.#counters.delete(first)
    }
    this.#sweepAt = Math.max(FEWEST_TO_SWEEP, 2 * this.#size)
  }
}
