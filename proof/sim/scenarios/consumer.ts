import { ErrorCode } from '../../../protocol/errors.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NoAnswer, SimClient, sleep } from '../client.ts'
import { fetchOnce } from './fetch.ts'
import { GroupMember, type Outcome } from './group-member.ts'
import type { History } from './history.ts'

const OFFSET_COMMIT_VERSION = 9
const SESSION_TIMEOUT_MS = 6000
const REBALANCE_TIMEOUT_MS = 10_000
const HEARTBEAT_INTERVAL_MS = 1000

export interface ConsumerOptions {
  name: string
  group: string
  address: { host: string; port: number }
  topic: string
  partitions: number
  history: History
  goesOn: () => boolean
}

/**
 * A member of a group: joins, takes its turn of the partitions, starts where the group has committed, processes,
 * commits what it has processed, and joins again whenever it is told to.
 */
export async function consume(environment: Environment, options: ConsumerOptions): Promise<void> {
  const consumer = new Consumer(environment, options)
  await consumer.begin()
  while (options.goesOn()) await consumer.generation()
}

class Consumer {
  readonly #environment: Environment
  readonly #options: ConsumerOptions
  readonly #member: GroupMember
  readonly #leader: SimClient
  readonly #positions = new Map<number, number>()
  #hasUncommitted = false

  constructor(environment: Environment, options: ConsumerOptions) {
    this.#environment = environment
    this.#options = options
    // Two connections, as Kafka's consumer has: a long poll must not hold up a heartbeat.
    this.#member = new GroupMember(environment, {
      ...options,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    })
    this.#leader = new SimClient(environment, options.name, options.address)
  }

  begin(): Promise<void> {
    return this.#member.findCoordinator()
  }

  /** From joining to the end of the generation. */
  async generation(): Promise<void> {
    const { history, group } = this.#options
    const assigned = await this.#member.join()
    if (assigned === null) return sleep(this.#environment, 50)
    const { generationId, memberId } = this.#member.identity
    for (const partition of assigned) history.own(group, generationId, this.#name(partition), memberId)
    if (!(await this.#readCommitted(assigned))) return sleep(this.#environment, 50)
    const outcome = await this.#work()
    if (outcome === 'forgotten') this.#member.forget()
  }

  /** False when the offsets could not be had in this generation. */
  async #readCommitted(assigned: readonly number[]): Promise<boolean> {
    const { group, history } = this.#options
    this.#positions.clear()
    this.#hasUncommitted = false
    if (assigned.length === 0) return true
    const before = new Map(assigned.map((partition) => [partition, history.committed(group, this.#name(partition))]))
    const committed = await this.#member.committed(assigned)
    if (committed === null) return false
    for (const [partition, offset] of committed) {
      history.fetchedCommit(group, this.#name(partition), offset, before.get(partition) ?? -1)
      this.#positions.set(partition, Math.max(0, offset))
    }
    return true
  }

  /** Fetches, processes, commits and heartbeats, until the generation is over. */
  async #work(): Promise<Outcome> {
    const { clock } = this.#environment
    let heardOfMs = clock.monotonicMs()
    while (this.#options.goesOn()) {
      await this.#fetch()
      if (this.#hasUncommitted) {
        const outcome = await this.#commit()
        if (outcome !== null) return outcome
      }
      if (clock.monotonicMs() - heardOfMs >= HEARTBEAT_INTERVAL_MS) {
        const outcome = await this.#member.heartbeat()
        if (outcome !== null) return outcome
        heardOfMs = clock.monotonicMs()
      }
    }
    return 'left'
  }

  async #fetch(): Promise<void> {
    const { group, topic, history, name } = this.#options
    if (this.#positions.size === 0) {
      await sleep(this.#environment, HEARTBEAT_INTERVAL_MS)
      return
    }
    try {
      for (const { partition, records } of await fetchOnce(this.#leader, topic, this.#positions, 500)) {
        for (const { offset, value } of records) {
          const position = this.#positions.get(partition)
          if (offset !== position) history.violation(`${name} got ${this.#name(partition)}@${offset} for ${position}`)
          history.read(this.#name(partition), offset, value, name)
          history.process(group, this.#name(partition), offset)
          this.#positions.set(partition, offset + 1)
          this.#hasUncommitted = true
        }
      }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      await sleep(this.#environment, 100)
    }
  }

  async #commit(): Promise<Outcome | null> {
    const { group, topic, history } = this.#options
    const committed = [...this.#positions]
    const partitions = committed.map(([partitionIndex, position]) => ({
      partitionIndex,
      committedOffset: BigInt(position),
      committedMetadata: null,
    }))
    const { generationId: generationIdOrMemberEpoch, ...identity } = this.#member.identity
    const response = await this.#member.ask(() =>
      this.#member.client.request(OffsetCommitRequest, OffsetCommitResponse, OFFSET_COMMIT_VERSION, {
        ...identity,
        generationIdOrMemberEpoch,
        topics: [{ name: topic, partitions }],
      }),
    )
    if (response === null) return null
    this.#hasUncommitted = false
    for (const { partitionIndex, errorCode } of response.topics[0].partitions) {
      if (errorCode === ErrorCode.NONE) {
        const offset = committed.find(([partition]) => partition === partitionIndex)?.[1] ?? -1
        history.commit(group, this.#name(partitionIndex), offset)
        continue
      }
      const outcome = this.#member.outcomeOf(errorCode, 'OffsetCommit')
      if (outcome !== null) return outcome
      this.#hasUncommitted = true
    }
    return null
  }

  #name(partition: number): string {
    return `${this.#options.topic}-${partition}`
  }
}
