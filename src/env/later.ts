import { unchecked } from '../../protocol/unchecked.ts'

/**
 * A value that is known later, and told to one listener in the turn in which it becomes known.
 *
 * Each hand that a promise goes through costs a turn of microtasks. Where one event answers many requests, their turns
 * mix: the last request is read before the first is encoded, and no answer leaves before all are ready. What `then` makes
 * of a `Later` is made at once instead, so that one request is through all of its hands before the next one begins.
 *
 * States: open → resolved or rejected. All that follows happens inside of `resolve` or `reject`, which never throw: what a
 * listener throws rejects what its `then` has returned, and a rejection that nobody listens to is an unhandled one, as
 * with a promise.
 */
export class Later<T> {
  #end: End<T> | null = null
  #listener: ((end: End<T>) => void) | null = null

  /** The end of a promise, told in the turn in which the promise tells it. */
  static of<T>(promise: Promise<T> | Later<T>): Later<T> {
    if (promise instanceof Later) return promise
    const later = new Later<T>()
    void promise.then(
      (value) => later.resolve(value),
      (error: unknown) => later.reject(error),
    )
    return later
  }

  resolve(value: T): void {
    this.#settle({ isError: false, value })
  }

  reject(error: unknown): void {
    this.#settle({ isError: true, error })
    inOwnTurn(() => {
      if (this.#listener === null) void Promise.reject(error)
    })
  }

  /** May be called once, as `await` does. What a listener returns is passed on as it is, even if it is a promise. */
  // biome-ignore lint/suspicious/noThenProperty: it is awaited in place of a promise
  then<A = T, B = never>(resolved?: ((value: T) => A) | null, rejected?: ((error: unknown) => B) | null): Later<A | B> {
    if (this.#listener !== null) throw new Error('A value that comes later is told once.')
    const next = new Later<A | B>()
    this.#listener = (end) => {
      try {
        // Without a listener the value is passed on, and A is its type.
        if (!end.isError) next.resolve(resolved ? resolved(end.value) : unchecked<A>(end.value))
        else if (rejected) next.resolve(rejected(end.error))
        else next.reject(end.error)
      } catch (error) {
        next.reject(error)
      }
    }
    if (this.#end !== null) this.#listener(this.#end)
    return next
  }

  #settle(end: End<T>): void {
    this.#end = end
    this.#listener?.(end)
  }
}

type End<T> = { readonly isError: false; readonly value: T } | { readonly isError: true; readonly error: unknown }

const NOW = Promise.resolve()

/** Calls a function in a turn of microtasks of its own: when whoever runs now, and who was to run before it, are done. */
export function inOwnTurn(fn: () => void): void {
  void NOW.then(fn)
}

/** Whether something is known later, and not now. */
export function isLater<T>(value: T | Promise<T> | Later<T>): value is Promise<T> | Later<T> {
  return value instanceof Later || value instanceof Promise
}
