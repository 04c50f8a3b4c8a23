/**
 * Bounds the requests of all connections together: `queued.max.requests` in number, `queued.max.request.bytes`
 * in memory. A connection that finds no room stops reading and is served, in turn, when there is some; its peer feels
 * it as TCP back-pressure.
 *
 * The bytes of a request count from the moment its size is known, as in Kafka's memory pool: the last one in may
 * exceed the limit, so that a limit can never lock everybody out.
 */
export class RequestQueue {
  readonly #maxRequests: number
  /** Not above 0: no limit. */
  readonly #maxBytes: number
  #requests = 0
  #bytes = 0
  readonly #waiting = new Set<() => void>()
  #waking = false

  constructor(limits: { maxRequests: number; maxBytes: number }) {
    this.#maxRequests = limits.maxRequests
    this.#maxBytes = limits.maxBytes
  }

  get requests(): number {
    return this.#requests
  }

  get bytes(): number {
    return this.#bytes
  }

  get hasRoomForBytes(): boolean {
    return this.#maxBytes <= 0 || this.#bytes < this.#maxBytes
  }

  get hasRoomForRequest(): boolean {
    return this.#requests < this.#maxRequests
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes
  }

  removeBytes(bytes: number): void {
    this.#bytes -= bytes
    this.#wake()
  }

  addRequest(): void {
    this.#requests++
  }

  removeRequest(): void {
    this.#requests--
    this.#wake()
  }

  /** Runs `retry` once when there may be room again. Returns what forgets it. */
  wait(retry: () => void): () => void {
    this.#waiting.add(retry)
    return () => this.#waiting.delete(retry)
  }

  /** A retry that takes the room may end at once and come here again; the outer loop then goes on for it. */
  #wake(): void {
    if (this.#waking || this.#waiting.size === 0) return
    this.#waking = true
    for (const retry of this.#waiting) {
      if (!this.hasRoomForBytes || !this.hasRoomForRequest) break
      this.#waiting.delete(retry)
      retry()
    }
    this.#waking = false
  }
}
