/** libuv's pool has four threads for everything; these bounds leave at least one of them to reads. */
const CONCURRENT_SYNCS = 2
const CONCURRENT_WRITES = 1

/** The share of libuv's thread pool that slow work may take, over all volumes. */
export class ThreadPool {
  readonly syncs = new Slots(CONCURRENT_SYNCS)
  readonly writes = new Slots(CONCURRENT_WRITES)
}

/** At most `count` runs at a time, the others in the order of their calls. */
class Slots {
  #free: number
  #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async run(fn: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await fn()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
