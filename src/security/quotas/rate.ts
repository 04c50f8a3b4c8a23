/**
 * Kafka's rate over the samples of a window (`Rate` and `SampledStat` of its metrics): the sum of the samples that were
 * added to within the window, over the time since the oldest of them began. A short history counts as a window without
 * its last sample, so that a burst after a pause is allowed and only a lasting excess is not.
 *
 * Times are milliseconds of one clock that never goes back.
 */

/** The number of samples and the length of each: `quota.window.num`, `quota.window.size.seconds`. */
export interface RateWindow {
  readonly samples: number
  readonly sampleMs: number
}

interface Sample {
  readonly startMs: number
  lastMs: number
  value: number
}

export class Rate {
  readonly #window: RateWindow
  /** The oldest comes first. */
  readonly #samples: Sample[] = []

  constructor(window: RateWindow) {
    this.#window = window
  }

  /** A negative value takes back what was added at the same time. */
  add(value: number, nowMs: number): void {
    const last = this.#samples.at(-1)
    if (last === undefined || nowMs - last.startMs >= this.#window.sampleMs) {
      this.#samples.push({ startMs: nowMs, lastMs: nowMs, value })
      this.#forgetOld(nowMs)
    } else {
      last.value += value
      last.lastMs = nowMs
    }
  }

  /** The whole milliseconds after which the rate is down to the limit, a number a second, if nothing is added; 0: it is. */
  throttleMs(limit: number, nowMs: number): number {
    this.#forgetOld(nowMs)
    const windowMs = this.#windowMs(nowMs)
    const rate = (this.#sum * 1000) / windowMs
    return rate > limit ? Math.round(((rate - limit) / limit) * windowMs) : 0
  }

  /** Nothing counts any more: a new rate would be the same. */
  isEmpty(nowMs: number): boolean {
    this.#forgetOld(nowMs)
    return this.#sum <= 0
  }

  get #sum(): number {
    return this.#samples.reduce((sum, { value }) => sum + value, 0)
  }

  /** A sample that began before the window and was added to within it counts in full, and makes the window longer. */
  #windowMs(nowMs: number): number {
    const { samples, sampleMs } = this.#window
    const elapsedMs = nowMs - (this.#samples[0]?.startMs ?? nowMs)
    const missingSamples = Math.max(0, samples - 1 - Math.floor(elapsedMs / sampleMs))
    return Math.max(1, elapsedMs + missingSamples * sampleMs)
  }

  #forgetOld(nowMs: number): void {
    const { samples, sampleMs } = this.#window
    const isOld = (sample: Sample | undefined) => sample !== undefined && nowMs - sample.lastMs >= samples * sampleMs
    while (isOld(this.#samples[0])) this.#samples.shift()
  }
}
