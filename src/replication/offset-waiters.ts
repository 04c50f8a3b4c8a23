/** Callers that wait until an offset that rises has passed theirs, in the order of their offsets. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../env/index.ts'

interface Waiter {
  readonly offset: number
  readonly sizeBytes: number
  done: ((error: KafkaError | null) => void) | null
  timer: Timer | null
}

export class OffsetWaiters {
  readonly #clock: Clock
  #waiters: Waiter[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0
  }

  /**
   * `done` is called once: when `offset` is passed, with REQUEST_TIMED_OUT after `timeoutMs`, or with why it never will
   * be. `sizeBytes` are counted when it is passed, whether or not anybody waits for it (`done` null).
   */
  add(offset: number, sizeBytes: number, done: Waiter['done'], timeoutMs?: number): void {
    const waiter: Waiter = { offset, sizeBytes, done, timer: null }
    if (done !== null && timeoutMs !== undefined) {
      waiter.timer = this.#clock.schedule(timeoutMs, () => {
        waiter.done = null
        done(new KafkaError(ErrorCode.REQUEST_TIMED_OUT))
      })
    }
    // A repeated append waits for the offsets of the first time, which are before those of the last.
    const at = this.#waiters.findLastIndex((other) => other.offset <= offset) + 1
    this.#waiters.splice(at, 0, waiter)
  }

  /** Everything before `end` is there. The bytes of those who waited for it; `error` is what they are told, if anything. */
  passed(end: number, error: KafkaError | null = null): number {
    const stays = this.#waiters.findIndex(({ offset }) => offset > end)
    const passed = stays === -1 ? this.#waiters.splice(0) : this.#waiters.splice(0, stays)
    let bytes = 0
    for (const waiter of passed) {
      bytes += waiter.sizeBytes
      settle(waiter, error)
    }
    return bytes
  }

  /** Records that are not before `end` will never be there; nobody may be waiting for them. */
  cutTo(end: number): void {
    this.#waiters = this.#waiters.filter(({ offset }) => offset <= end)
  }

  refuse(error: KafkaError): void {
    for (const waiter of this.#waiters.splice(0)) settle(waiter, error)
  }
}

function settle({ timer, done }: Waiter, error: KafkaError | null): void {
  timer?.cancel()
  done?.(error)
}
