import type { Key, Outcome, Polled, Send, Turn, Work } from './history.ts'

/** Writes a history down while it happens. */
export class Recorder {
  readonly operations: (Work | Turn)[] = []
  readonly #nowMs: () => number
  /** Under way, by process. */
  readonly #open = new Map<string, WorkRecorder>()

  /** `nowMs` never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  begin(process: string, type: Work['type']): WorkRecorder {
    if (this.#open.has(process)) throw new Error(`${process} has not ended what it began before`)
    const work: Work = {
      type,
      process,
      actions: [],
      invokedMs: this.#nowMs(),
      completedMs: Number.POSITIVE_INFINITY,
      commitInvokedMs: type === 'transaction' ? Number.POSITIVE_INFINITY : this.#nowMs(),
      outcome: 'info',
    }
    this.operations.push(work)
    const recorder = new WorkRecorder(work, this.#nowMs, () => this.#open.delete(process))
    this.#open.set(process, recorder)
    return recorder
  }

  /** The reads of the process from now on do not follow from those before. */
  turn(process: string, type: 'assign' | 'subscribe', keys: readonly Key[]): void {
    this.operations.push({ type, process, keys })
  }

  /** A transaction whose commit nobody had asked for can no longer be committed; of everything else nobody knows. */
  crash(process: string): void {
    const open = this.#open.get(process)
    if (open) open.end(open.work.commitInvokedMs === Number.POSITIVE_INFINITY ? 'fail' : 'info')
    this.operations.push({ type: 'crash', process, keys: [] })
  }

  /** The operations that are still under way will never be heard of again. */
  close(): void {
    for (const { work } of [...this.#open.values()]) this.crash(work.process)
  }
}

export class WorkRecorder {
  readonly work: Work
  readonly #nowMs: () => number
  readonly #ended: () => void

  constructor(work: Work, nowMs: () => number, ended: () => void) {
    this.work = work
    this.#nowMs = nowMs
    this.#ended = ended
  }

  /** Call it before the record leaves, and set the offset once it is known. */
  send(key: Key, value: string): Send {
    const send: Send = { type: 'send', key, value, offset: null }
    this.work.actions.push(send)
    return send
  }

  poll(records: ReadonlyMap<Key, readonly Polled[]>, ends?: ReadonlyMap<Key, number>): void {
    this.work.actions.push({ type: 'poll', atMs: this.#nowMs(), records, ends })
  }

  /** Call it before the commit is asked for. */
  commit(): void {
    this.work.commitInvokedMs = this.#nowMs()
  }

  end(outcome: Outcome): void {
    this.work.outcome = outcome
    if (outcome !== 'info') this.work.completedMs = this.#nowMs()
    this.#ended()
  }
}
