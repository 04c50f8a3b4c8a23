/**
 * How quantities of the same events are distributed: counts in buckets, four to each doubling, so that a quantile is right to
 * an eighth. Quantiles are those of the last one to two minutes, as Kafka's decay over five; counts and sums are of all time.
 *
 * Everything of one kind of event lies side by side: where events are far apart, what they touch has left the processor's
 * caches, and each line of it that has to come back costs more than all of the arithmetic.
 */
const BUCKETS = 128
const PER_DOUBLING_BITS = 2
const PER_DOUBLING = 1 << PER_DOUBLING_BITS
const MOST = 2 ** 31 - 1
const WINDOW_MS = 60_000

/** The places of `#totals`: events of all time, of this window and of the one before it; the end of this one; sums. */
const EVENTS = 0
const RECENT = 1
const EARLIER = 2
const WINDOW_ENDS_MS = 3
const SUMS = 4

export class Distributions {
  readonly #totals: Float64Array
  #current: Uint32Array
  #previous: Uint32Array

  /** `quantities`: how many an event has. They are named by their index. */
  constructor(quantities: number) {
    this.#totals = new Float64Array(SUMS + quantities)
    this.#totals[WINDOW_ENDS_MS] = Number.NEGATIVE_INFINITY
    this.#current = new Uint32Array(quantities * BUCKETS)
    this.#previous = new Uint32Array(quantities * BUCKETS)
  }

  get events(): number {
    return this.#totals[EVENTS] ?? 0
  }

  sum(quantity: number): number {
    return this.#totals[SUMS + quantity] ?? 0
  }

  /** An event, of which each quantity is 0 that is not added. */
  count(nowMs: number): void {
    const totals = this.#totals
    this.#turn(nowMs)
    totals[EVENTS] = (totals[EVENTS] ?? 0) + 1
    totals[RECENT] = (totals[RECENT] ?? 0) + 1
  }

  /** A quantity of the event that has just been counted, which is told apart from others in whole numbers. */
  add(quantity: number, value: number): void {
    const sum = SUMS + quantity
    this.#totals[sum] = (this.#totals[sum] ?? 0) + value
    const index = quantity * BUCKETS + bucketOf(value < MOST ? Math.max(0, value) | 0 : MOST)
    this.#current[index] = (this.#current[index] ?? 0) + 1
  }

  /** The values below which these parts of the recent ones lie (0.5: the median); 0 where there are none. */
  quantiles(quantity: number, parts: readonly number[], nowMs: number): number[] {
    this.#turn(nowMs)
    const first = quantity * BUCKETS
    const counts = Array.from({ length: BUCKETS }, (_, bucket) => {
      return (this.#current[first + bucket] ?? 0) + (this.#previous[first + bucket] ?? 0)
    })
    const total = (this.#totals[RECENT] ?? 0) + (this.#totals[EARLIER] ?? 0)
    // The quantities that were not added are zeros.
    counts[0] = (counts[0] ?? 0) + total - counts.reduce((sum, count) => sum + count, 0)
    return parts.map((part) => {
      let seen = 0
      const bucket = counts.findIndex((count) => {
        seen += count
        return seen > 0 && seen >= part * total
      })
      return bucket === -1 ? 0 : middleOf(bucket)
    })
  }

  /** Begins another window where this one is over. */
  #turn(nowMs: number): void {
    const totals = this.#totals
    const endsMs = totals[WINDOW_ENDS_MS] ?? 0
    if (nowMs < endsMs) return
    const isOld = nowMs >= endsMs + WINDOW_MS
    const unused = this.#previous
    this.#previous = isOld ? unused.fill(0) : this.#current
    this.#current = isOld ? this.#current.fill(0) : unused.fill(0)
    totals[EARLIER] = isOld ? 0 : (totals[RECENT] ?? 0)
    totals[RECENT] = 0
    totals[WINDOW_ENDS_MS] = nowMs + WINDOW_MS
  }
}

/** Below four each has a bucket of its own; from there on its two highest bits behind the first decide. */
function bucketOf(value: number): number {
  if (value < PER_DOUBLING) return value
  const exponent = 31 - Math.clz32(value)
  return exponent * PER_DOUBLING + ((value >>> (exponent - PER_DOUBLING_BITS)) & (PER_DOUBLING - 1))
}

function middleOf(bucket: number): number {
  if (bucket < PER_DOUBLING) return bucket
  const exponent = Math.floor(bucket / PER_DOUBLING)
  const width = 2 ** (exponent - PER_DOUBLING_BITS)
  return (PER_DOUBLING + (bucket % PER_DOUBLING)) * width + (width - 1) / 2
}
