import type { Clock } from '../../env/index.ts'

/** The longest that work in the background may keep the loop from answering clients. */
const SLICE_MS = 2

/** Cuts work that needs the processor into slices, between which the loop turns. */
export class Pacer {
  readonly #clock: Clock
  #sliceStartMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sliceStartMs = clock.monotonicMs()
  }

  /** Null while the slice lasts; then a promise of the next slice. */
  pause(): Promise<void> | null {
    if (this.#clock.monotonicMs() - this.#sliceStartMs < SLICE_MS) return null
    return new Promise((resolve) => {
      this.#clock.defer(() => {
        this.#sliceStartMs = this.#clock.monotonicMs()
        resolve()
      })
    })
  }
}
