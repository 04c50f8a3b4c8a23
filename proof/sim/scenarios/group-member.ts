import { decodeMessage, encodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode } from '../../../protocol/errors.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../protocol/messages/consumer-protocol.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NoAnswer, passes, SimClient, sleep, unexpected, type Where } from '../client.ts'
import { CoordinatorType, findCoordinator } from './find-coordinator.ts'

const VERSION = { join: 9, sync: 5, heartbeat: 4, fetchOffsets: 9 } as const
const PROTOCOL_TYPE = 'consumer'
const PROTOCOL = 'turns'
const PATIENCE_MS = 5000

/** The member must join again, as itself. */
const REJOIN = new Set<number>([ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION])
/** The member is nobody any more. */
const FORGOTTEN = new Set<number>([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID])

/** Why a generation ended for a member. */
export type Outcome = 'rejoin' | 'forgotten' | 'left'

export interface GroupMemberOptions {
  name: string
  group: string
  address: Where
  topic: string
  partitions: number
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
}

/** A member of a classic group with eager rebalances, which takes its turn of the partitions of one topic. */
export class GroupMember {
  readonly client: SimClient
  readonly #environment: Environment
  readonly #options: GroupMemberOptions
  #memberId = ''
  #generation = -1

  constructor(environment: Environment, options: GroupMemberOptions) {
    this.#environment = environment
    this.#options = options
    this.client = new SimClient(environment, options.name, options.address)
  }

  /** As requests to the coordinator name the member. */
  get identity(): { groupId: string; generationId: number; memberId: string } {
    return { groupId: this.#options.group, generationId: this.#generation, memberId: this.#memberId }
  }

  findCoordinator(): Promise<void> {
    return findCoordinator(this.client, CoordinatorType.GROUP, this.#options.group)
  }

  /** The partitions of this member in a new generation; null when it has to try again. */
  async join(): Promise<number[] | null> {
    const { group, topic, name, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const subscription = { topics: [topic], userData: Buffer.from(name), ownedPartitions: [], generationId: -1 }
    const metadata = versioned(encodeMessage(ConsumerProtocolSubscription, 1, subscription))
    const joined = await this.ask(() =>
      this.client.request(
        JoinGroupRequest,
        JoinGroupResponse,
        VERSION.join,
        {
          groupId: group,
          sessionTimeoutMs,
          rebalanceTimeoutMs,
          memberId: this.#memberId,
          protocolType: PROTOCOL_TYPE,
          protocols: [{ name: PROTOCOL, metadata }],
        },
        rebalanceTimeoutMs + PATIENCE_MS,
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
    const synced = await this.ask(() =>
      this.client.request(
        SyncGroupRequest,
        SyncGroupResponse,
        VERSION.sync,
        { ...this.identity, protocolType: PROTOCOL_TYPE, protocolName: PROTOCOL, assignments },
        this.#options.rebalanceTimeoutMs + PATIENCE_MS,
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

  /** The offset that the group has committed, -1 for none; null when it could not be had, or not in this generation. */
  async committed(partitions: readonly number[]): Promise<Map<number, number> | null> {
    const { group, topic } = this.#options
    const topics = [{ name: topic, partitionIndexes: [...partitions] }]
    const response = await this.ask(() =>
      this.client.request(OffsetFetchRequest, OffsetFetchResponse, VERSION.fetchOffsets, {
        groups: [{ groupId: group, topics }],
        requireStable: true,
      }),
    )
    if (response === null) return null
    const answer = response.groups[0]
    if (!this.#accepted(answer.errorCode, 'OffsetFetch')) return null
    const found = answer.topics[0].partitions
    if (found.some(({ errorCode }) => errorCode !== ErrorCode.NONE)) return null
    return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]))
  }

  /** null while the generation goes on, or nobody has answered. */
  async heartbeat(): Promise<Outcome | null> {
    const response = await this.ask(() =>
      this.client.request(HeartbeatRequest, HeartbeatResponse, VERSION.heartbeat, this.identity),
    )
    return response === null ? null : this.outcomeOf(response.errorCode, 'Heartbeat')
  }

  /** The meaning of an error for this generation; null for one that passes, and for none. */
  outcomeOf(errorCode: number, what: string): Outcome | null {
    if (errorCode === ErrorCode.NONE || passes(errorCode)) return null
    if (REJOIN.has(errorCode)) return 'rejoin'
    if (FORGOTTEN.has(errorCode)) return 'forgotten'
    throw unexpected(what, errorCode)
  }

  /** The coordinator does not know this member: it joins as a new one. */
  forget(): void {
    this.#memberId = ''
  }

  /** null when there was no answer; then a moment has passed. */
  async ask<Response>(request: () => Promise<Response>): Promise<Response | null> {
    try {
      return await request()
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      await sleep(this.#environment, 100)
      return null
    }
  }

  /** False: try again from the start of the rebalance. */
  #accepted(errorCode: number, what: string): boolean {
    if (errorCode === ErrorCode.NONE) return true
    if (this.outcomeOf(errorCode, what) === 'forgotten') this.forget()
    return false
  }
}

/** The consumer protocol stands behind its version. */
function versioned(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), bytes])
}
