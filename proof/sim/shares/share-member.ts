import { ErrorCode } from '../../../protocol/errors.ts'
import {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from '../../../protocol/messages/share-group-heartbeat.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NoAnswer, passes, SimClient, sleep, unexpected } from '../client.ts'
import { FENCED } from '../scenarios/fenced.ts'
import { CoordinatorType, findCoordinator } from '../scenarios/find-coordinator.ts'
import type { History } from '../scenarios/history.ts'
import type { QueueHistory } from './queue-history.ts'
import { Acknowledge, type Acknowledgement, type Acquired, ShareSession } from './share-session.ts'

const HEARTBEAT_VERSION = 1
const HEARTBEAT_INTERVAL_MS = 1000

export interface ShareMemberOptions {
  /** Unique in the world and over restarts: it is the id of the member. */
  readonly name: string
  readonly group: string
  readonly address: { host: string; port: number }
  readonly topic: string
  readonly topicId: string
  readonly history: History
  readonly queue: QueueHistory
  readonly lockMs: number
  readonly nowMs: () => number
  readonly goesOn: () => boolean
}

/** A worker: fetches, works on what it got, now and then too slowly, and says what became of it. */
export async function work(environment: Environment, options: ShareMemberOptions): Promise<void> {
  const member = new ShareMember(environment, options)
  await member.begin()
  while (options.goesOn()) await member.turn()
}

class ShareMember {
  readonly #environment: Environment
  readonly #options: ShareMemberOptions
  /** Two connections, as Kafka's consumer has: a long poll must not hold up a heartbeat. */
  readonly #coordinator: SimClient
  readonly #session: ShareSession
  #memberEpoch = 0
  #partitions: number[] = []
  #heardOfMs = Number.NEGATIVE_INFINITY
  /** An answer was lost, and with it perhaps an assignment: the member says everything of itself again, and is told everything. */
  #saysAll = true
  #due: Acknowledgement[] = []

  constructor(environment: Environment, options: ShareMemberOptions) {
    this.#environment = environment
    this.#options = options
    const { name, address, history } = options
    this.#coordinator = new SimClient(environment, name, address)
    this.#session = new ShareSession({
      ...options,
      memberId: name,
      client: new SimClient(environment, name, address),
      read: (partition, records) => this.#read(partition, records),
      violation: (text) => history.violation(text),
    })
  }

  begin(): Promise<void> {
    return findCoordinator(this.#coordinator, CoordinatorType.GROUP, this.#options.group)
  }

  async turn(): Promise<void> {
    const { clock, random } = this.#environment
    if (clock.monotonicMs() - this.#heardOfMs >= HEARTBEAT_INTERVAL_MS) await this.#heartbeat()
    if (this.#partitions.length === 0) return sleep(this.#environment, 200)
    if (this.#due.length > 0 && random.integer(2) === 0) {
      await this.#session.acknowledge(this.#takeDue())
      return
    }
    const isOpen = this.#session.isOpen
    // The first request of a session acknowledges nothing.
    const due = this.#takeDue()
    const limits = { maxRecords: 1 + random.integer(15), isExact: random.integer(2) === 0 }
    const acquired = await this.#session.fetch(this.#partitions, isOpen ? due : [], limits)
    if (acquired === null) await sleep(this.#environment, 100 + random.integer(200))
    else if (acquired.length > 0) await this.#workOn(acquired)
  }

  async #workOn(acquired: readonly Acquired[]): Promise<void> {
    const { random } = this.#environment
    const { lockMs } = this.#options
    const pace = random.integer(12)
    if (pace === 0) await sleep(this.#environment, lockMs + random.integer(2000))
    else if (pace < 3) {
      await sleep(this.#environment, random.integer(lockMs))
      const renewed = acquired.map((each) => ({ ...each, type: Acknowledge.RENEW }))
      if (!(await this.#session.acknowledge(renewed))) return
      await sleep(this.#environment, random.integer(lockMs))
    } else await sleep(this.#environment, random.integer(100))
    if (random.integer(40) === 0) return this.#session.reset()
    this.#due = acquired.map((each) => ({ ...each, type: this.#verdict() }))
  }

  #verdict(): number {
    const what = this.#environment.random.integer(10)
    if (what === 0) return Acknowledge.RELEASE
    return what === 1 ? Acknowledge.REJECT : Acknowledge.ACCEPT
  }

  #takeDue(): Acknowledgement[] {
    const due = this.#due
    this.#due = []
    return due
  }

  #read(partition: string, records: Buffer | null): Set<number> {
    const { history, name } = this.#options
    const offsets = new Set<number>()
    for (const { records: some } of decodeBatches(records ?? Buffer.alloc(0))) {
      for (const { offset, value } of some) {
        history.read(partition, Number(offset), String(value), name)
        offsets.add(Number(offset))
      }
    }
    return offsets
  }

  async #heartbeat(): Promise<void> {
    const { group: groupId, name: memberId, topic } = this.#options
    const body = { groupId, memberId, memberEpoch: this.#memberEpoch, rackId: null }
    const saysAll = this.#saysAll || this.#memberEpoch === 0
    this.#saysAll = true
    try {
      const { errorCode, memberEpoch, assignment } = await this.#coordinator.request(
        ShareGroupHeartbeatRequest,
        ShareGroupHeartbeatResponse,
        HEARTBEAT_VERSION,
        { ...body, subscribedTopicNames: saysAll ? [topic] : null },
      )
      if (errorCode === ErrorCode.NONE) {
        this.#memberEpoch = memberEpoch
        this.#saysAll = false
        this.#heardOfMs = this.#environment.clock.monotonicMs()
        if (assignment !== null) this.#take(assignment.topicPartitions.flatMap(({ partitions }) => partitions))
      } else if (FENCED.has(errorCode)) this.#memberEpoch = 0
      else if (!passes(errorCode)) throw unexpected('ShareGroupHeartbeat', errorCode)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
  }

  /** Another assignment is read in another session. */
  #take(partitions: number[]): void {
    if (partitions.join() === this.#partitions.join()) return
    this.#partitions = partitions
    this.#due = []
    this.#session.reset()
  }
}
