import type { Environment } from '../../../src/env/index.ts'
import type { Polled } from '../../histories/history.ts'
import type { WorkRecorder } from '../../histories/recorder.ts'
import { SimClient, sleep } from '../client.ts'
import { fetchCommitted } from './committed-fetch.ts'
import type { KeyedValue, TransactionalProducer } from './transactional-producer.ts'
import { Transactions, type TransactionsOptions } from './transactions.ts'

const MOST_ACTIONS = 4
const MOST_RECORDS = 3
const POLL_WAIT_MS = 20

export interface DealerOptions extends TransactionsOptions {
  topic: string
  partitions: number
  /** Whether it polls between its sends. */
  polls: boolean
  pauseMs: number
  goesOn: () => boolean
}

/**
 * Deals records out in transactions of a few sends, and of polls of the same topic if it is asked to; commits most of
 * them and aborts some. This is the workload of Jepsen's Kafka tests.
 */
export async function deal(environment: Environment, options: DealerOptions): Promise<void> {
  const dealer = new Dealer(environment, options)
  while (options.goesOn()) {
    await dealer.round()
    await sleep(environment, environment.random.integer(options.pauseMs))
  }
  dealer.close()
}

class Dealer {
  readonly #environment: Environment
  readonly #options: DealerOptions
  readonly #transactions: Transactions
  readonly #reader: SimClient
  #positions = new Map<number, number>()
  #values = 0

  constructor(environment: Environment, options: DealerOptions) {
    this.#environment = environment
    this.#options = options
    this.#transactions = new Transactions(environment, options)
    this.#reader = new SimClient(environment, options.name, options.address)
  }

  async round(): Promise<void> {
    const { random } = this.#environment
    if (this.#options.polls && (this.#positions.size === 0 || random.integer(5) === 0)) this.#assign()
    const before = new Map(this.#positions)
    const outcome = await this.#transactions.transaction(async (producer, work) => {
      const actions = 1 + random.integer(MOST_ACTIONS)
      await this.#send(producer, work)
      for (let action = 1; action < actions; action++) {
        if (this.#options.polls && random.integer(2) === 0) await this.#poll(work)
        else await this.#send(producer, work)
      }
      return random.integer(5) > 0
    })
    // As a consumer goes back to where its group is, whose offsets would have been part of the transaction.
    if (outcome !== 'ok') this.#positions = before
  }

  close(): void {
    this.#transactions.close()
    this.#reader.close()
  }

  /** Reads some partitions from now on: those that it has had go on where they are, others from their start. */
  #assign(): void {
    const { random } = this.#environment
    const { recorder, name, topic, partitions } = this.#options
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    const chosen = all.filter(() => random.integer(3) > 0)
    this.#positions = new Map(chosen.map((partition) => [partition, this.#positions.get(partition) ?? 0]))
    const keys = chosen.map((partition) => `${topic}-${partition}`)
    recorder.turn(name, 'assign', keys)
  }

  async #send(producer: TransactionalProducer, work: WorkRecorder): Promise<void> {
    const { random } = this.#environment
    const { topic, partitions, name } = this.#options
    const partition = random.integer(partitions)
    const values = Array.from({ length: 1 + random.integer(MOST_RECORDS) }, (): KeyedValue => {
      return { key: `${partition}/${random.integer(2)}`, value: `${name}:${this.#values++}` }
    })
    const sends = values.map(({ value }) => work.send(`${topic}-${partition}`, value))
    const baseOffset = await producer.send(topic, partition, values)
    sends.forEach((send, index) => {
      send.offset = baseOffset + index
    })
  }

  async #poll(work: WorkRecorder): Promise<void> {
    if (this.#positions.size === 0) return
    const { topic } = this.#options
    const polled = new Map<string, Polled[]>()
    for (const fetched of await fetchCommitted(this.#reader, topic, this.#positions, POLL_WAIT_MS)) {
      this.#positions.set(fetched.partition, fetched.nextOffset)
      if (fetched.records.length > 0) polled.set(`${topic}-${fetched.partition}`, [...fetched.records])
    }
    work.poll(polled)
  }
}
