import { setTimeout as delay } from 'node:timers/promises'
import { ErrorCode } from '../../../protocol/errors.ts'
import { HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import { LeaveGroupResponse } from '../../../protocol/messages/leave-group.ts'
import { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import { Connection } from './connection.ts'
import { findCoordinator, retriable } from './coordinator.ts'
import { openMany } from './many-connections.ts'
import { Meter } from './meter.ts'
import { median } from './statistics.ts'
import { refuse } from './topics.ts'

/** As much as a member says of itself and is told, in a group that reads a few topics. */
const METADATA = Buffer.alloc(100)
const ASSIGNMENT = Buffer.alloc(100)
/** How often members ask whether the group is about to change. */
const HEARTBEAT_EVERY_MS = 5

export interface RebalancesJob {
  port: number
  brokerPid: number
  group: string
  members: number
  /** So often one member goes and comes back, each of which is a rebalance of all. */
  times: number
}

export interface RebalancesResult {
  /** From the first request of a rebalance to the assignment of the last member: the median. */
  rebalanceMs: number
  cpuMsPerRebalance: number
}

/** A classic group in which one member goes and comes back. */
export async function rebalances(job: RebalancesJob): Promise<RebalancesResult> {
  const members = await openMany(job.members, () => Member.open(job.port, job.group))
  await findCoordinator(members[0].connection, job.group)
  const isWhole = (): boolean => members.every(({ generationId }) => generationId === members[0].generationId)
  await Promise.all(members.map((member) => member.joinUntil(isWhole)))
  const [wanderer, ...others] = members
  const meter = new Meter(job.brokerPid)
  const samplesMs: number[] = []
  for (let time = 0; time < job.times; time++) {
    samplesMs.push(await duration(wanderer.leave(), ...others.map((member) => member.rejoin())))
    samplesMs.push(await duration(wanderer.join(), ...others.map((member) => member.rejoin())))
  }
  const { brokerSeconds } = meter
  for (const member of members) member.close()
  return { rebalanceMs: median(samplesMs), cpuMsPerRebalance: (brokerSeconds * 1e3) / samplesMs.length }
}

async function duration(...all: readonly Promise<void>[]): Promise<number> {
  const startedAtMs = performance.now()
  await Promise.all(all)
  return performance.now() - startedAtMs
}

class Member {
  readonly connection: Connection
  private readonly groupId: string
  private memberId = ''
  generationId = 0

  static async open(port: number, groupId: string): Promise<Member> {
    return new Member(await Connection.open(port), groupId)
  }

  private constructor(connection: Connection, groupId: string) {
    this.connection = connection
    this.groupId = groupId
  }

  /** Takes part in one rebalance after the other: those who come first may be a group before the others are there. */
  async joinUntil(isWhole: () => boolean): Promise<void> {
    await this.join()
    while (!isWhole()) {
      if ((await this.heartbeat()) === ErrorCode.REBALANCE_IN_PROGRESS) await this.join()
      else await delay(HEARTBEAT_EVERY_MS)
    }
  }

  /** Resolves when the group has changed and the member has its assignment. */
  async rejoin(): Promise<void> {
    while ((await this.heartbeat()) !== ErrorCode.REBALANCE_IN_PROGRESS) await delay(HEARTBEAT_EVERY_MS)
    return this.join()
  }

  private async heartbeat(): Promise<number> {
    const { groupId, memberId, generationId } = this
    const { errorCode } = await this.connection.ask(HeartbeatResponse, 3, {
      groupId,
      memberId,
      generationId,
    })
    if (errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) refuse('a heartbeat', errorCode)
    return errorCode
  }

  async join(): Promise<void> {
    const { groupId } = this
    const protocols = [{ name: 'range', metadata: METADATA }]
    const times = { sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 60_000 }
    for (;;) {
      const body = { groupId, memberId: this.memberId, protocolType: 'consumer', protocols, ...times }
      const joined = await this.connection.ask(JoinGroupResponse, 3, body)
      if (retriable.includes(joined.errorCode)) await delay(20)
      else {
        refuse('a join', joined.errorCode)
        this.memberId = joined.memberId
        this.generationId = joined.generationId
        const synced = await this.sync(joined.members.map(({ memberId }) => memberId))
        if (synced !== ErrorCode.REBALANCE_IN_PROGRESS) return
      }
    }
  }

  /** Only the leader has `members`, to whom it gives assignments. */
  private async sync(members: readonly string[]): Promise<number> {
    const { groupId, memberId, generationId } = this
    const assignments = members.map((each) => ({ memberId: each, assignment: ASSIGNMENT }))
    const body = { groupId, generationId, memberId, assignments }
    const { errorCode } = await this.connection.ask(SyncGroupResponse, 2, body)
    if (errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) refuse('a sync', errorCode)
    return errorCode
  }

  async leave(): Promise<void> {
    const { groupId, memberId } = this
    const { errorCode } = await this.connection.ask(LeaveGroupResponse, 2, { groupId, memberId })
    refuse('a leave', errorCode)
    this.memberId = ''
  }

  close(): void {
    this.connection.close()
  }
}
