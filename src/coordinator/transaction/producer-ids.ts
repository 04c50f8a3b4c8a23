/**
 * Producer ids, handed out from blocks that the controller reserves in the metadata log (KIP-730). A block is reserved
 * before its first id is used, so an id is never given twice: what is left of a block when the broker stops is lost.
 */

import type { ProducerIdBlock } from '../../metadata/producer-id-block.ts'

export class ProducerIds {
  readonly #reserve: () => Promise<ProducerIdBlock>
  #next = 0n
  #end = 0n
  #reserving: Promise<void> | null = null

  /** `reserve` gets a new block from the controller; it rejects with a `KafkaError` when it cannot. */
  constructor(reserve: () => Promise<ProducerIdBlock>) {
    this.#reserve = reserve
  }

  async next(): Promise<bigint> {
    while (this.#next === this.#end) {
      // Everyone who comes while a block is on its way waits for that one.
      this.#reserving ??= this.#refill()
      await this.#reserving
    }
    return this.#next++
  }

  async #refill(): Promise<void> {
    try {
      const block = await this.#reserve()
      this.#next = block.firstId
      this.#end = block.firstId + BigInt(block.size)
    } finally {
      this.#reserving = null
    }
  }
}
