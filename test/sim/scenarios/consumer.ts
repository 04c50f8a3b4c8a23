import { decodeMessage, encodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../protocol/messages/consumer-protocol.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../../protocol/messages/find-coordinator.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NoAnswer, passes, SimClient, sleep, unexpected, untilAnswered } from '../client.ts'
import { fetchOnce } from './fetch.ts'
import type { History } from './history.ts'

const VERSION = { findCoordinator: 4, join: 9, sync: 5, heartbeat: 4, commit: 9, fetchOffsets: 9 } as const
const PROTOCOL_TYPE = 'consumer'
const PROTOCOL = 'turns'
const SESSION_TIMEOUT_MS = 6000
const REBALANCE_TIMEOUT_MS = 10_000
const HEARTBEAT_INTERVAL_MS = 1000

/** The member must join again, as itself. */
const REJOIN = new Set<number>([ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION])
/** The member is nobody any more. */
const FORGOTTEN = new Set<number>([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID])

export interface ConsumerOptions {
  name: string
  group: string
  address: { host: string; port: number }
  topic: string
  partitions: number
  history: History
  goesOn: () => boolean
}

/** Why a generation ended for a member. */
type Outcome = 'rejoin' | 'forgotten' | 'left'

/**
 * A member of a classic group with eager rebalances: joins, takes its turn of the partitions, starts where the group
 * has committed, processes, commits what it has processed, and joins again whenever it is told to.
 */
export async function consume(environment: Environment, options: ConsumerOptions): Promise<void> {
  const consumer = new Consumer(environment, options)
  await consumer.findCoordinator()
  while (options.goesOn()) await consumer.generation()
}

class Consumer {
  readonly #environment: Environment
  readonly #options: ConsumerOptions
  readonly #coordinator: SimClient
  readonly #leader: SimClient
  #memberId = ''
  #generation = -1
  readonly #positions = new Map<number, number>()
  #hasUncommitted = false

  constructor(environment: Environment, options: ConsumerOptions) {
    this.#environment = environment
    this.#options = options
    // Two connections, as Kafka's consumer has: a long poll must not hold up a heartbeat.
    this.#coordinator = new SimClient(environment, options.name, options.address)
    this.#leader = new SimClient(environment, options.name, options.address)
  }

  async findCoordinator(): Promise<void> {
    const body = { keyType: 0, coordinatorKeys: [this.#options.group] }
    await untilAnswered(this.#environment, async () => {
      const version = VERSION.findCoordinator
      const { coordinators } = await this.#coordinator.request(
        FindCoordinatorRequest,
        FindCoordinatorResponse,
        version,
        body,
      )
      const { errorCode, host } = coordinators[0]
      if (errorCode === ErrorCode.NONE) return host
      if (!passes(errorCode)) throw unexpected('FindCoordinator', errorCode)
      return undefined
    })
  }

  /** From joining to the end of the generation. */
  async generation(): Promise<void> {
    const assigned = await this.#join()
    if (assigned === null) return sleep(this.#environment, 50)
    for (const partition of assigned) {
      this.#options.history.own(this.#options.group, this.#generation, this.#name(partition), this.#memberId)
    }
    if (!(await this.#readCommitted(assigned))) return sleep(this.#environment, 50)
    const outcome = await this.#work()
    if (outcome === 'forgotten') this.#memberId = ''
  }

  /** The partitions of this member in the new generation; null when it has to try again. */
  async #join(): Promise<number[] | null> {
    const { group, topic, name } = this.#options
    const subscription = { topics: [topic], userData: Buffer.from(name), ownedPartitions: [], generationId: -1 }
    const metadata = versioned(encodeMessage(ConsumerProtocolSubscription, 1, subscription))
    const joined = await this.#ask(() =>
      this.#coordinator.request(
        JoinGroupRequest,
        JoinGroupResponse,
        VERSION.join,
        {
          groupId: group,
          sessionTimeoutMs: SESSION_TIMEOUT_MS,
          rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
          memberId: this.#memberId,
          protocolType: PROTOCOL_TYPE,
          protocols: [{ name: PROTOCOL, metadata }],
        },
        REBALANCE_TIMEOUT_MS + 5000,
      ),
    )
    if (joined === null) return null
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId
      return null
    }
    if (!this.#accepted(joined.errorCode, 'JoinGroup')) return null
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    const isLeader = joined.leader === joined.memberId && !joined.skipAssignment
    return this.#sync(isLeader ? this.#assign(joined.members.map(({ memberId }) => memberId)) : [])
  }

  async #sync(assignments: { memberId: string; assignment: Buffer }[]): Promise<number[] | null> {
    const synced = await this.#ask(() =>
      this.#coordinator.request(
        SyncGroupRequest,
        SyncGroupResponse,
        VERSION.sync,
        { ...this.#identity(), protocolType: PROTOCOL_TYPE, protocolName: PROTOCOL, assignments },
        REBALANCE_TIMEOUT_MS + 5000,
      ),
    )
    if (synced === null || !this.#accepted(synced.errorCode, 'SyncGroup')) return null
    if (synced.assignment.length === 0) return []
    const assignment = decodeMessage(ConsumerProtocolAssignment, 1, synced.assignment.subarray(2))
    return assignment.assignedPartitions.flatMap(({ partitions }) => partitions)
  }

  /** Partitions go to the members in turns. */
  #assign(memberIds: string[]): { memberId: string; assignment: Buffer }[] {
    const turns = [...memberIds].sort()
    return turns.map((memberId, turn) => {
      const partitions = []
      for (let partition = turn; partition < this.#options.partitions; partition += turns.length) {
        partitions.push(partition)
      }
      const assignedPartitions = [{ topic: this.#options.topic, partitions }]
      return { memberId, assignment: versioned(encodeMessage(ConsumerProtocolAssignment, 1, { assignedPartitions })) }
    })
  }

  /** False when the offsets could not be had in this generation. */
  async #readCommitted(assigned: readonly number[]): Promise<boolean> {
    const { group, topic, history } = this.#options
    this.#positions.clear()
    this.#hasUncommitted = false
    if (assigned.length === 0) return true
    const before = new Map(assigned.map((partition) => [partition, history.committed(group, this.#name(partition))]))
    const topics = [{ name: topic, partitionIndexes: [...assigned] }]
    const response = await this.#ask(() =>
      this.#coordinator.request(OffsetFetchRequest, OffsetFetchResponse, VERSION.fetchOffsets, {
        groups: [{ groupId: group, topics }],
        requireStable: true,
      }),
    )
    if (response === null) return false
    const answer = response.groups[0]
    if (!this.#accepted(answer.errorCode, 'OffsetFetch')) return false
    for (const { partitionIndex, committedOffset, errorCode } of answer.topics[0].partitions) {
      if (errorCode !== ErrorCode.NONE) return false
      const offset = Number(committedOffset)
      history.fetchedCommit(group, this.#name(partitionIndex), offset, before.get(partitionIndex) ?? -1)
      this.#positions.set(partitionIndex, Math.max(0, offset))
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
        const outcome = await this.#heartbeat()
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
    const { generationId: generationIdOrMemberEpoch, ...identity } = this.#identity()
    const response = await this.#ask(() =>
      this.#coordinator.request(OffsetCommitRequest, OffsetCommitResponse, VERSION.commit, {
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
      } else if (REJOIN.has(errorCode)) return 'rejoin'
      else if (FORGOTTEN.has(errorCode)) return 'forgotten'
      else if (passes(errorCode)) this.#hasUncommitted = true
      else throw unexpected('OffsetCommit', errorCode)
    }
    return null
  }

  async #heartbeat(): Promise<Outcome | null> {
    const response = await this.#ask(() =>
      this.#coordinator.request(HeartbeatRequest, HeartbeatResponse, VERSION.heartbeat, this.#identity()),
    )
    if (response === null || response.errorCode === ErrorCode.NONE) return null
    if (REJOIN.has(response.errorCode)) return 'rejoin'
    if (FORGOTTEN.has(response.errorCode)) return 'forgotten'
    if (!passes(response.errorCode)) throw unexpected('Heartbeat', response.errorCode)
    return null
  }

  /** False: try again from the start of the rebalance. */
  #accepted(errorCode: number, what: string): boolean {
    if (errorCode === ErrorCode.NONE) return true
    if (FORGOTTEN.has(errorCode)) this.#memberId = ''
    else if (!REJOIN.has(errorCode) && !passes(errorCode)) throw unexpected(what, errorCode)
    return false
  }

  #identity() {
    return { groupId: this.#options.group, generationId: this.#generation, memberId: this.#memberId }
  }

  /** null when there was no answer; then a moment has passed. */
  async #ask<Response>(request: () => Promise<Response>): Promise<Response | null> {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      await sleep(this.#environment, 100)
      return null
    }
  }

  #name(partition: number): string {
    return `${this.#options.topic}-${partition}`
  }
}

/** The consumer protocol stands behind its version. */
function versioned(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), bytes])
}
