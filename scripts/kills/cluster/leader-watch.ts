/** Asks brokers who leads the partitions of a topic, and for how long nobody did after a leader was lost. */

import { NoAnswer, SimClient, sleep } from '../../../proof/sim/client.ts'
import { MetadataRequest, MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { Environment } from '../../../src/env/index.ts'

const VERSION = 12
const PAUSE_MS = 10
const PATIENCE_MS = 300
const NOBODY = -1

interface Leadership {
  readonly leader: number
  readonly epoch: number
  readonly inSync: number
}

interface Gap {
  readonly broker: number
  readonly fault: string
  readonly sinceMs: number
  readonly epoch: number
}

export interface WatchOptions {
  readonly environment: Environment
  readonly topic: string
  readonly addresses: ReadonlyMap<number, { host: string; port: number }>
  /** Whether the broker is in good health, as far as one may know. */
  readonly isAsked: (broker: number) => boolean
}

export class LeaderWatch {
  readonly #options: WatchOptions
  readonly #leaderships = new Map<number, Leadership>()
  readonly #gaps = new Map<number, Gap>()
  /** How long partitions had no leader, in ms, by the kind of fault. */
  readonly gapsMs = new Map<string, number[]>()
  #goesOn = true

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** null: nobody, as far as is known. */
  leader(partition: number): number | null {
    const leader = this.#leaderships.get(partition)?.leader ?? NOBODY
    return leader === NOBODY ? null : leader
  }

  areAllInSync(replicas: number): boolean {
    const all = [...this.#leaderships.values()]
    return all.length > 0 && all.every(({ leader, inSync }) => leader !== NOBODY && inSync === replicas)
  }

  /** From this moment on nobody is led by the broker, until it or another one is elected anew. */
  lose(broker: number, fault: string): void {
    const sinceMs = performance.now()
    for (const [partition, { leader, epoch }] of this.#leaderships) {
      if (leader === broker) this.#gaps.set(partition, { broker, fault, sinceMs, epoch })
    }
  }

  /** The broker is well again and had never been away: where it still leads there was no gap. */
  recover(broker: number): void {
    for (const [partition, gap] of this.#gaps) if (gap.broker === broker) this.#gaps.delete(partition)
  }

  /** Asks one broker after another until it is stopped. */
  async run(): Promise<void> {
    const { environment, addresses, isAsked } = this.#options
    const clients = [...addresses].map(([id, address]) => [id, new SimClient(environment, 'watch', address)] as const)
    for (let turn = 0; this.#goesOn; turn++) {
      const [id, client] = clients[turn % clients.length]!
      if (isAsked(id)) await this.#ask(client)
      await sleep(environment, PAUSE_MS)
    }
    for (const [, client] of clients) client.close()
  }

  stop(): void {
    this.#goesOn = false
  }

  async #ask(client: SimClient): Promise<void> {
    const body = { topics: [{ name: this.#options.topic }], allowAutoTopicCreation: false }
    try {
      const answer = await client.request(MetadataRequest, MetadataResponse, VERSION, body, PATIENCE_MS)
      for (const each of answer.topics[0]?.partitions ?? []) {
        this.#hear(each.partitionIndex, {
          leader: each.leaderId,
          epoch: each.leaderEpoch,
          inSync: each.isrNodes.length,
        })
      }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
  }

  #hear(partition: number, said: Leadership): void {
    const known = this.#leaderships.get(partition)
    if (known !== undefined && said.epoch < known.epoch) return
    this.#leaderships.set(partition, said)
    const gap = this.#gaps.get(partition)
    if (gap === undefined || said.leader === NOBODY || said.epoch <= gap.epoch) return
    this.#gaps.delete(partition)
    const all = this.gapsMs.get(gap.fault) ?? []
    all.push(performance.now() - gap.sinceMs)
    this.gapsMs.set(gap.fault, all)
  }
}
