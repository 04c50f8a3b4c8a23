/**
 * A clock that stands still until a test moves it. Timers run in the order of their times, each at its own time, so that
 * nothing looks as if the process had been held up.
 */
import type { Clock, Timer } from '../env/index.ts'

interface Entry {
  readonly atMs: number
  readonly sequence: number
  run: (() => void) | null
}

/** Into so many steps an advance is divided at most; after each of them, what it has set off is waited for. */
const STEPS = 250

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `500`, `500ms`, `30s`, `5m`, `2h`, `7d`; in milliseconds. Throws with what is wrong. */
export function durationMs(duration: number | string): number {
  if (typeof duration === 'number') {
    if (duration >= 0 && Number.isFinite(duration)) return duration
  } else {
    const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(duration) ?? []
    if (amount !== undefined) return Number(amount) * (UNITS_MS[unit] ?? 1)
  }
  throw new TypeError(`${duration} is no duration: give milliseconds, or 500ms, 30s, 5m, 2h, 7d.`)
}

export class ManualClock implements Clock {
  readonly isManual = true
  readonly #machine: Clock
  /** Whether something is being done that takes no time of this clock. */
  readonly #isBusy: () => boolean
  readonly #startMs: number
  #elapsedMs = 0
  #sequence = 0
  #entries: Entry[] = []
  #deferred = 0
  #activity = 0
  #advancing: Promise<void> = Promise.resolve()

  constructor(machine: Clock, isBusy: () => boolean = () => false) {
    this.#machine = machine
    this.#isBusy = isBusy
    this.#startMs = machine.nowMs()
  }

  nowMs(): number {
    return this.#startMs + Math.floor(this.#elapsedMs)
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  schedule(delayMs: number, fn: () => void): Timer {
    const entry: Entry = { atMs: this.#elapsedMs + Math.max(0, delayMs), sequence: this.#sequence++, run: fn }
    // Work that is only put off a little would otherwise wait for somebody who does not know of it.
    if (delayMs <= 0) this.defer(() => this.#fire(entry))
    else this.#entries.push(entry)
    return {
      cancel: () => {
        entry.run = null
      },
    }
  }

  defer(fn: () => void): void {
    this.#deferred++
    this.#activity++
    this.#machine.defer(() => {
      this.#deferred--
      fn()
    })
  }

  /**
   * Moves time on, and resolves when all that was due has happened, and all that followed from it in the broker. Clients
   * are other processes, or other parts of this one: what they do next is not waited for.
   */
  advance(duration: number | string): Promise<void> {
    const ms = durationMs(duration)
    const advanced = this.#advancing.then(() => this.#advance(ms))
    this.#advancing = advanced.catch(() => {})
    return advanced
  }

  async #advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms
    await this.#settled()
    for (let first = this.#next(targetMs); first !== null; first = this.#next(targetMs)) {
      const stepEndMs = Math.min(targetMs, first.atMs + ms / STEPS)
      for (let next: Entry | null = first; next !== null; next = this.#next(stepEndMs)) {
        this.#elapsedMs = next.atMs
        this.#fire(next)
      }
      this.#elapsedMs = stepEndMs
      await this.#settled()
    }
    this.#elapsedMs = targetMs
  }

  /** Takes the first entry that is due by then. */
  #next(targetMs: number): Entry | null {
    this.#entries = this.#entries.filter(({ run }) => run !== null)
    let first: Entry | null = null
    for (const entry of this.#entries) {
      if (entry.atMs > targetMs) continue
      if (first === null || entry.atMs < first.atMs || (entry.atMs === first.atMs && entry.sequence < first.sequence)) {
        first = entry
      }
    }
    return first
  }

  #fire(entry: Entry): void {
    const { run } = entry
    entry.run = null
    run?.()
  }

  /** Until a turn of the loop has gone by in which nothing was begun and nothing is under way. */
  async #settled(): Promise<void> {
    for (;;) {
      const before = this.#activity
      await new Promise<void>((resolve) => this.#machine.defer(resolve))
      if (this.#activity === before && this.#deferred === 0 && !this.#isBusy()) return
    }
  }
}
