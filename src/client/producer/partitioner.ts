/** Which partition a record goes to: as Kafka's producers choose, so that a key lies where every client looks for it. */
import { murmur2 } from '../../../protocol/hashes.ts'

/** Without a key a partition is kept until so much has gone to it (KIP-794). */
const STICKY_BYTES = 16 * 1024

export class Partitioner {
  readonly #count: number
  readonly #random: (below: number) => number
  #sticky: number
  #stickyBytes = 0

  /** `random`: a whole number from 0 to below its argument. */
  constructor(count: number, random: (below: number) => number) {
    this.#count = count
    this.#random = random
    this.#sticky = random(count)
  }

  partitionOf(key: Uint8Array | null, bytes: number): number {
    if (key !== null) return (murmur2(key) & 0x7fffffff) % this.#count
    if (this.#stickyBytes >= STICKY_BYTES) {
      this.#sticky = this.#random(this.#count)
      this.#stickyBytes = 0
    }
    this.#stickyBytes += bytes
    return this.#sticky
  }
}
