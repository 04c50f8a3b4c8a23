import type { Environment } from '../../../src/env/index.ts'
import type { CommittedRecord } from '../../histories/committed-records.ts'
import { SimClient, sleep } from '../client.ts'
import { GroupMember, type Outcome } from '../scenarios/group-member.ts'
import { fetchCommitted } from './committed-fetch.ts'
import { NotMember } from './transactional-producer.ts'
import { Transactions, type TransactionsOptions } from './transactions.ts'

const HEARTBEATS_PER_SESSION = 4
const FETCH_WAIT_MS = 200

export interface RelayOptions extends TransactionsOptions {
  group: string
  from: string
  to: string
  partitions: number
  /** Also how long a rebalance waits for its members. */
  sessionTimeoutMs: number
  /** Told what the group has committed, as often as somebody hears of it. */
  committed: (partition: number, offset: number) => void
  goesOn: () => boolean
}

/** The value that a relay makes of a record: it names its source, and which attempt it is. */
export function relayed(partition: number, { offset, value }: CommittedRecord, attempt: string): string {
  return `${partition}@${offset} ${value} ${attempt}`
}

/** The source of a value that a relay has made. */
export function sourceOf(value: string): { partition: number; offset: number } {
  const [, partition, offset] = /^(\d+)@(\d+) /.exec(value) as RegExpExecArray
  return { partition: Number(partition), offset: Number(offset) }
}

/**
 * Consume, transform, produce: a member of a group that reads what is committed, and writes what it makes of it
 * together with the offsets of the group, all in one transaction (KIP-447).
 */
export async function relay(environment: Environment, options: RelayOptions): Promise<void> {
  const worker = new Relay(environment, options)
  await worker.begin()
  while (options.goesOn()) await worker.generation()
}

class Relay {
  readonly #environment: Environment
  readonly #options: RelayOptions
  readonly #member: GroupMember
  readonly #leader: SimClient
  readonly #transactions: Transactions
  #positions = new Map<number, number>()
  #attempts = 0

  constructor(environment: Environment, options: RelayOptions) {
    this.#environment = environment
    this.#options = options
    this.#member = new GroupMember(environment, {
      ...options,
      topic: options.from,
      rebalanceTimeoutMs: options.sessionTimeoutMs,
    })
    this.#leader = new SimClient(environment, options.name, options.address)
    this.#transactions = new Transactions(environment, options)
  }

  get #heartbeatIntervalMs(): number {
    return this.#options.sessionTimeoutMs / HEARTBEATS_PER_SESSION
  }

  async begin(): Promise<void> {
    await this.#member.findCoordinator()
    // Fences a former life of this relay, which ends what it has left open.
    await this.#transactions.begin()
  }

  async generation(): Promise<void> {
    const assigned = await this.#member.join()
    if (assigned === null) return sleep(this.#environment, 50)
    const outcome = await this.#work(assigned)
    if (outcome === 'forgotten') this.#member.forget()
  }

  async #work(assigned: readonly number[]): Promise<Outcome> {
    const { clock } = this.#environment
    let heardOfMs = clock.monotonicMs()
    let isPlaced = false
    while (this.#options.goesOn()) {
      if (!isPlaced) isPlaced = await this.#readCommitted(assigned)
      if (isPlaced) {
        const next = await this.#step()
        if (next === 'rejoin') return 'rejoin'
        isPlaced = next !== 'read-committed'
      } else await sleep(this.#environment, 50)
      if (clock.monotonicMs() - heardOfMs < this.#heartbeatIntervalMs) continue
      const outcome = await this.#member.heartbeat()
      if (outcome !== null) return outcome
      heardOfMs = clock.monotonicMs()
    }
    return 'left'
  }

  /** Goes to where the group is; false when that is not to be known now. */
  async #readCommitted(assigned: readonly number[]): Promise<boolean> {
    const { recorder, name, committed } = this.#options
    recorder.turn(name, 'subscribe', [])
    this.#positions.clear()
    if (assigned.length === 0) return true
    const offsets = await this.#member.committed(assigned)
    if (offsets === null) return false
    for (const [partition, offset] of offsets) {
      committed(partition, offset)
      this.#positions.set(partition, Math.max(0, offset))
    }
    return true
  }

  /** Relays what there is. A transaction that was not committed has to be done again, from where the group is. */
  async #step(): Promise<'go-on' | 'read-committed' | 'rejoin'> {
    if (this.#positions.size === 0) {
      await sleep(this.#environment, this.#heartbeatIntervalMs)
      return 'go-on'
    }
    const fetched = await fetchCommitted(this.#leader, this.#options.from, this.#positions, FETCH_WAIT_MS)
    for (const { partition, nextOffset } of fetched) this.#positions.set(partition, nextOffset)
    const batches = fetched.filter(({ records }) => records.length > 0)
    if (batches.length === 0) return 'go-on'
    return this.#relay(new Map(batches.map(({ partition, records }) => [partition, records])))
  }

  async #relay(
    batches: ReadonlyMap<number, readonly CommittedRecord[]>,
  ): Promise<'go-on' | 'read-committed' | 'rejoin'> {
    const { from, to, name } = this.#options
    const attempt = `${name}:${this.#attempts++}`
    const offsets = new Map([...batches.keys()].map((partition) => [partition, this.#positions.get(partition) ?? 0]))
    let isMember = true
    const outcome = await this.#transactions.transaction(async (producer, work) => {
      work.poll(new Map([...batches].map(([partition, records]) => [`${from}-${partition}`, records])))
      for (const [partition, records] of batches) {
        const values = records.map((record) => ({
          key: record.key ?? '',
          value: relayed(partition, record, attempt),
        }))
        const sends = values.map(({ value }) => work.send(`${to}-${partition}`, value))
        const baseOffset = await producer.send(to, partition, values)
        sends.forEach((send, index) => {
          send.offset = baseOffset + index
        })
      }
      try {
        await producer.sendOffsets(this.#member.identity, from, offsets)
      } catch (error) {
        isMember = !(error instanceof NotMember)
        throw error
      }
      return this.#environment.random.integer(8) > 0
    })
    if (!isMember) return 'rejoin'
    if (outcome !== 'ok') return 'read-committed'
    for (const [partition, offset] of offsets) this.#options.committed(partition, offset)
    return 'go-on'
  }
}
