import type { Clock, Timer } from '../clock.ts'

/** Node cuts a longer delay down to one millisecond, so a long one is slept in pieces. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

export const nodeClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule,
  defer: (fn) => {
    // The check phase comes right after the poll phase: everything that epoll had ready has been read by then.
    setImmediate(fn)
  },
}

function schedule(delayMs: number, fn: () => void): Timer {
  return delayMs <= LONGEST_TIMEOUT_MS ? new ShortTimer(delayMs, fn) : inPieces(delayMs, fn)
}

class ShortTimer implements Timer {
  readonly #timeout: NodeJS.Timeout

  constructor(delayMs: number, fn: () => void) {
    this.#timeout = setTimeout(fn, delayMs).unref()
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }
}

function inPieces(delayMs: number, fn: () => void): Timer {
  let remainingMs = delayMs
  let timeout: NodeJS.Timeout
  const sleep = () => {
    const pieceMs = Math.min(remainingMs, LONGEST_TIMEOUT_MS)
    remainingMs -= pieceMs
    timeout = setTimeout(remainingMs > 0 ? sleep : fn, pieceMs)
    timeout.unref()
  }
  sleep()
  return { cancel: () => clearTimeout(timeout) }
}
