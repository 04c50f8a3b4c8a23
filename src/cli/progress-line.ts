import type { Clock } from '../env/index.ts'

const FIRST_MS = 500
const EVERY_MS = 100
const CLEAR_LINE = '\r\x1b[2K'

/**
 * One line of a terminal that says how far long work has come, written over again and again and taken away at its
 * end. Work that is quick never shows it.
 */
export class ProgressLine {
  readonly #clock: Clock
  readonly #terminal: { write(text: string): unknown }
  #nextMs: number
  #shown = false

  constructor(clock: Clock, terminal: { write(text: string): unknown }) {
    this.#clock = clock
    this.#terminal = terminal
    this.#nextMs = clock.monotonicMs() + FIRST_MS
  }

  show(words: string): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + EVERY_MS
    this.#shown = true
    this.#terminal.write(CLEAR_LINE + words)
  }

  clear(): void {
    if (this.#shown) this.#terminal.write(CLEAR_LINE)
    this.#shown = false
  }
}
