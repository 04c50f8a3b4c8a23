/**
 * How a quantity is distributed: counts in buckets, four to each doubling, so that a quantile is right to an eighth. A value
 * costs some whole-number arithmetic, and no memory. Quantiles are those of the last one to two minutes, as Kafka's decay
 * over five; count and sum are of all time.
 */
const BUCKETS = 128
const PER_DOUBLING_BITS = 2
const PER_DOUBLING = 1 << PER_DOUBLING_BITS
const MOST = 2 ** 31 - 1
const WINDOW_MS = 60_000

export class Distribution {
  count = 0
  sum = 0
  readonly #unit: number
  #current = new Uint32Array(BUCKETS)
  #previous = new Uint32Array(BUCKETS)
  /** `turn` is due from this time on. */
  windowEndsMs = Number.NEGATIVE_INFINITY

  /** `unit`: quantities are told apart in whole numbers of it. */
  constructor(unit: number) {
    this.#unit = unit
  }

  /** The caller has called `turn` where the window is over. */
  add(value: number): void {
    this.count++
    this.sum += value
    const units = value / this.#unit
    const index = bucketOf(units < MOST ? Math.max(0, units) | 0 : MOST)
    this.#current[index] = (this.#current[index] ?? 0) + 1
  }

  addZero(): void {
    this.count++
    this.#current[0] = (this.#current[0] ?? 0) + 1
  }

  /** The values below which these parts of the recent ones lie (0.5: the median); 0 where there are none. */
  quantiles(parts: readonly number[], nowMs: number): number[] {
    this.turn(nowMs)
    const counts = Array.from(this.#current, (count, index) => count + (this.#previous[index] ?? 0))
    const total = counts.reduce((sum, count) => sum + count, 0)
    return parts.map((part) => {
      let seen = 0
      const index = counts.findIndex((count) => {
        seen += count
        return seen > 0 && seen >= part * total
      })
      return index === -1 ? 0 : middleOf(index) * this.#unit
    })
  }

  /** Begins another window where this one is over. */
  turn(nowMs: number): void {
    if (nowMs < this.windowEndsMs) return
    const isOld = nowMs >= this.windowEndsMs + WINDOW_MS
    const unused = this.#previous
    this.#previous = isOld ? unused.fill(0) : this.#current
    this.#current = isOld ? this.#current.fill(0) : unused.fill(0)
    this.windowEndsMs = nowMs + WINDOW_MS
  }
}

/** Below four units each has a bucket of its own; from there on its two highest bits behind the first decide. */
function bucketOf(units: number): number {
  if (units < PER_DOUBLING) return units
  const exponent = 31 - Math.clz32(units)
  return exponent * PER_DOUBLING + ((units >>> (exponent - PER_DOUBLING_BITS)) & (PER_DOUBLING - 1))
}

function middleOf(bucket: number): number {
  if (bucket < PER_DOUBLING) return bucket
  const exponent = Math.floor(bucket / PER_DOUBLING)
  const width = 2 ** (exponent - PER_DOUBLING_BITS)
  return (PER_DOUBLING + (bucket % PER_DOUBLING)) * width + (width - 1) / 2
}
