import { setTimeout as delay } from 'node:timers/promises'
import { encodeMessage } from '../../../protocol/compile.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../protocol/messages/consumer-protocol.ts'
import { HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import { LeaveGroupResponse } from '../../../protocol/messages/leave-group.ts'
import { OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import { Connection } from './connection.ts'
import { findCoordinator, retriable } from './coordinator.ts'
import { refuse } from './topics.ts'

/** Version 0 of what consumers say to each other stands behind an int16 that says so. */
const versionZero = Buffer.alloc(2)

/** The only member of a group, in the classic protocol. */
export class GroupMember {
  private readonly connection: Connection
  private readonly group: string
  private readonly topic: string
  private memberId = ''
  private generationId = -1

  static async join(port: number, group: string, topic: string): Promise<GroupMember> {
    return GroupMember.joinOver(await Connection.open(port), group, topic)
  }

  /** Over a connection that it shares with others. */
  static async joinOver(connection: Connection, group: string, topic: string): Promise<GroupMember> {
    const member = new GroupMember(connection, group, topic)
    await findCoordinator(connection, group)
    await member.joinAndSync()
    return member
  }

  private constructor(connection: Connection, group: string, topic: string) {
    this.connection = connection
    this.group = group
    this.topic = topic
  }

  async commit(offset: number, connection = this.connection): Promise<void> {
    const partitions = [{ partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: '' }]
    const topics = [{ name: this.topic, partitions }]
    const { group: groupId, memberId, generationId: generationIdOrMemberEpoch } = this
    const body = { groupId, memberId, generationIdOrMemberEpoch, topics }
    const answer = await connection.ask(OffsetCommitResponse, 7, body)
    refuse('a commit', answer.topics[0].partitions[0].errorCode)
  }

  async heartbeat(): Promise<void> {
    const { group: groupId, memberId, generationId } = this
    const answer = await this.connection.ask(HeartbeatResponse, 3, { groupId, memberId, generationId })
    refuse('a heartbeat', answer.errorCode)
  }

  async leave(): Promise<void> {
    const { group: groupId, memberId } = this
    const { errorCode } = await this.connection.ask(LeaveGroupResponse, 2, { groupId, memberId })
    refuse('a leave', errorCode)
  }

  close(): void {
    this.connection.close()
  }

  private async joinAndSync(): Promise<void> {
    const subscription = encodeMessage(ConsumerProtocolSubscription, 0, { topics: [this.topic], userData: null })
    const protocols = [{ name: 'range', metadata: Buffer.concat([versionZero, subscription]) }]
    const times = { sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 60_000 }
    const body = { groupId: this.group, memberId: '', protocolType: 'consumer', protocols, ...times }
    for (;;) {
      const joined = await this.connection.ask(JoinGroupResponse, 3, body)
      if (retriable.includes(joined.errorCode)) {
        await delay(20)
        continue
      }
      refuse('a join', joined.errorCode)
      this.memberId = joined.memberId
      this.generationId = joined.generationId
      return this.sync()
    }
  }

  private async sync(): Promise<void> {
    const assignedPartitions = [{ topic: this.topic, partitions: [0] }]
    const encoded = encodeMessage(ConsumerProtocolAssignment, 0, { assignedPartitions, userData: null })
    const { group: groupId, memberId, generationId } = this
    const assignments = [{ memberId, assignment: Buffer.concat([versionZero, encoded]) }]
    const body = { groupId, generationId, memberId, assignments }
    const synced = await this.connection.ask(SyncGroupResponse, 2, body)
    refuse('a sync', synced.errorCode)
  }
}
