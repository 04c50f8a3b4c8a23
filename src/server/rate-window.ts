/**
 * Kafka's Rate over samples of a fixed length: events a second over the samples that are not too old. A short history
 * counts as a nearly whole window, so that a burst after a pause is allowed and only a lasting excess is not.
 */
interface Sample {
  readonly startMs: number
  events: number
}

export class RateWindow {
  readonly #sampleCount: number
  readonly #sampleMs: number
  readonly #samples: Sample[] = []

  constructor(sampleCount: number, sampleMs: number) {
    this.#sampleCount = sampleCount
    this.#sampleMs = sampleMs
  }

  /** Counts one event. Returns for how many ms to wait until the rate is within the limit; 0 when it is. */
  record(nowMs: number, limitPerSecond: number): number {
    const samples = this.#samples
    const sampleMs = this.#sampleMs
    const sampleCount = this.#sampleCount
    const last = samples.at(-1)
    if (last !== undefined && nowMs - last.startMs < sampleMs) last.events++
    else samples.push({ startMs: nowMs, events: 1 })
    const isTooOld = (sample: Sample | undefined) =>
      sample !== undefined && sample.startMs < nowMs - sampleCount * sampleMs
    while (isTooOld(samples[0])) samples.shift()
    const events = samples.reduce((sum, sample) => sum + sample.events, 0)
    const firstMs = samples[0]?.startMs ?? nowMs
    const windowMs = Math.max(nowMs - firstMs, (sampleCount - 1) * sampleMs, 1)
    if ((events * 1000) / windowMs <= limitPerSecond) return 0
    const longestMs = sampleCount * sampleMs
    return limitPerSecond === 0
      ? longestMs
      : Math.min(Math.ceil((events * 1000) / limitPerSecond - windowMs), longestMs)
  }
}
