/**
 * Events that are due at the same moment happen in this order. Timers first is the hard case: after a pause of the
 * process all that was missed is due at once, and deadlines look as if nobody had been heard of.
 */
export const Phase = { TIMER: 0, IO: 1, DEFERRED: 2 } as const
export type Phase = (typeof Phase)[keyof typeof Phase]

export interface Entry {
  timeMs: number
  phase: Phase
  sequence: number
  run: () => void
  cancelled: boolean
}

/** The events to come, by time, phase and the order of planning: a binary heap. */
export class Agenda {
  #heap: Entry[] = []
  #sequence = 0

  plan(timeMs: number, phase: Phase, run: () => void): Entry {
    const entry: Entry = { timeMs, phase, sequence: this.#sequence++, run, cancelled: false }
    const heap = this.#heap
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (before(heap[parent], entry)) break
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = entry
    return entry
  }

  /** The next entry that was not cancelled. */
  peek(): Entry | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst()
    return this.#heap[0]
  }

  take(): Entry | undefined {
    const entry = this.peek()
    if (entry) this.#removeFirst()
    return entry
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
      if (before(last, heap[child])) break
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
  }
}

function before(a: Entry, b: Entry): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs
  if (a.phase !== b.phase) return a.phase < b.phase
  return a.sequence < b.sequence
}
