/**
 * A binary heap that gives out the smallest item first, and of equal ones the same as java.util.PriorityQueue does: an
 * assignment made with it is the one that Kafka makes.
 */
export class PriorityQueue<Item> {
  readonly #items: Item[] = []
  readonly #rank: (item: Item) => number

  /** `rank` of an item may change while it is outside of the queue. */
  constructor(rank: (item: Item) => number, items: Iterable<Item>) {
    this.#rank = rank
    for (const item of items) this.add(item)
  }

  add(item: Item): void {
    const items = this.#items
    let at = items.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above] as Item
      if (this.#rank(item) >= this.#rank(parent)) break
      items[at] = parent
      at = above
    }
    items[at] = item
  }

  /** The smallest item, which is in the queue no more; undefined where there is none. */
  poll(): Item | undefined {
    const items = this.#items
    const [first] = items
    const last = items.pop()
    if (last !== undefined && items.length > 0) this.#sink(last)
    return first
  }

  #sink(item: Item): void {
    const items = this.#items
    let at = 0
    while (at < items.length >> 1) {
      let below = 2 * at + 1
      let child = items[below] as Item
      const right = items[below + 1]
      if (right !== undefined && this.#rank(child) > this.#rank(right)) {
        child = right
        below++
      }
      if (this.#rank(item) <= this.#rank(child)) break
      items[at] = child
      at = below
    }
    items[at] = item
  }
}
