/**
 * Counts the bytes that clients have asked for and do not read, over all connections. Records that are answered stay in
 * memory until the socket has taken them (Apache Kafka, which sends from files, has them in the page cache): a thousand
 * consumers that stand still must not hold a thousand times `fetch.max.bytes`. When there is no room, a Fetch is answered
 * with one batch, which is what gets the slowest consumer on.
 */
export class UnreadAnswers {
  readonly #maxBytes: () => number
  #bytes = 0

  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes
  }

  /** The bytes for which there is room; never negative. */
  get roomBytes(): number {
    return Math.max(0, this.#maxBytes() - this.#bytes)
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }

  remove(bytes: number): void {
    this.#bytes -= bytes
  }
}
