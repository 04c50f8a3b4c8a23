/** Buckets grow by one percent each, from a microsecond to some 17 minutes. */
const GROWTH = 1.01
const LEAST_MS = 0.001
const BUCKETS = 2_085
const scale = 1 / Math.log(GROWTH)

/** Latencies in as much memory for an hour as for a second; percentiles are right to within one percent, upwards. */
export class LatencyHistogram {
  private readonly counts = new Uint32Array(BUCKETS)
  private total = 0
  private mostMs = 0

  get count(): number {
    return this.total
  }

  add(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) * scale)
    this.counts[Math.min(bucket, BUCKETS - 1)]++
    this.total++
    if (ms > this.mostMs) this.mostMs = ms
  }

  /** The value below which the share of them lies: the upper end of its bucket. */
  percentile(share: number): number {
    const rank = Math.min(this.total - 1, Math.floor(this.total * share))
    let below = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      below += this.counts[bucket]
      if (below > rank) return Math.min(this.mostMs, LEAST_MS * GROWTH ** bucket)
    }
    return this.mostMs
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
    this.mostMs = 0
  }
}
