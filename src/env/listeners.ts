/**
 * Functions that are called when something happens, in the order in which they came, each until it leaves.
 *
 * Why not a `Set`: V8 lets the table that a set has outgrown refer to the one that replaces it. Where listeners come and
 * go thousands of times a second, one outgrown table that has reached the old generation keeps all later ones from dying
 * young, and with them everything that their listeners refer to, until the next full collection. Here one array is used
 * again, and who leaves it leaves nothing behind.
 */
export class Listeners<Event = void> {
  /** In order; null: has left. */
  readonly #entries: (Entry<Event> | null)[] = []
  #size = 0
  #telling = 0

  get size(): number {
    return this.#size
  }

  /** The function that is returned ends it, and says whether it had not ended before. */
  add(listener: (event: Event) => void): () => boolean {
    const entry: Entry<Event> = { listener, index: this.#entries.length }
    this.#entries.push(entry)
    this.#size++
    return () => this.#remove(entry)
  }

  /** A listener that comes while others are told is not told. The telling ends with what a listener throws. */
  tell(event: Event): void {
    const count = this.#entries.length
    this.#telling++
    try {
      for (let index = 0; index < count; index++) this.#entries[index]?.listener(event)
    } finally {
      this.#telling--
      this.#closeGaps()
    }
  }

  #remove(entry: Entry<Event>): boolean {
    if (entry.index === GONE) return false
    this.#entries[entry.index] = null
    entry.index = GONE
    this.#size--
    this.#closeGaps()
    return true
  }

  #closeGaps(): void {
    if (this.#telling > 0 || this.#entries.length - this.#size <= this.#size) return
    let count = 0
    for (const entry of this.#entries) {
      if (entry === null) continue
      entry.index = count
      this.#entries[count++] = entry
    }
    this.#entries.length = count
  }
}

const GONE = -1

interface Entry<Event> {
  readonly listener: (event: Event) => void
  index: number
}
