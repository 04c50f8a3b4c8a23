import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Consumer, ConsumerConfig } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { MemberEvent } from './member.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'

interface Member {
  consumer: Consumer
  /** Partitions by the last assignment. */
  partitions: number[]
  joins: number
  received: Received[]
}

async function join3(session: Session, topic: string, groupId: string): Promise<Member[]> {
  const members: Member[] = []
  for (let i = 0; i < 3; i++) members.push(await joinMember(session, topic, { groupId }))
  await settled(members, 6)
  return members
}

async function joinMember(session: Session, topic: string, config: Partial<ConsumerConfig>): Promise<Member> {
  const consumer = await session.consumer({ sessionTimeout: 6_000, ...config })
  const member: Member = { consumer, partitions: [], joins: 0, received: [] }
  consumer.on('consumer.group_join', ({ payload }) => {
    member.partitions = payload.memberAssignment[topic] ?? []
    member.joins++
  })
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async (one) => void member.received.push(one) })
  return member
}

/** Every partition has one owner and the members share them evenly. */
async function settled(members: readonly { partitions: number[] }[], partitions: number): Promise<void> {
  const least = Math.floor(partitions / members.length)
  await eventually(`${members.length} members with ${partitions} partitions between them`, () => {
    const all = members.flatMap((member) => member.partitions)
    const even = members.every((member) => member.partitions.length >= least)
    return even && all.length === partitions && new Set(all).size === partitions
  })
}

function startMemberProcess(context: CaseContext, topic: string, groupId: string) {
  const args = [context.broker.bootstrapServers, groupId, topic]
  const child: ChildProcess = fork(join(import.meta.dirname, 'member.ts'), args, {
    execArgv: [`--import=${import.meta.resolve('tsx')}`],
  })
  const member = { child, partitions: [] as number[], records: 0 }
  child.on('message', (event: MemberEvent) => {
    if (event.kind === 'assigned') member.partitions = event.partitions
    else member.records++
  })
  context.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return member
}

export const groupCases: Case[] = [
  {
    name: 'three members share six partitions and each message goes to one of them',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 6 })
      const members = await join3(session, topic, context.unique('three'))
      await session.send(topic, numbered('shared', 300, 60))
      await eventually('all messages', () => members.reduce((sum, one) => sum + one.received.length, 0) >= 300)
      assert.equal(new Set(members.flatMap((member) => values(member.received))).size, 300)
      for (const member of members) {
        assert.deepEqual(new Set(member.received.map((one) => one.partition)), new Set(member.partitions))
      }
    },
  },
  {
    name: 'a member leaves and the others take over at once',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 6 })
      const members = await join3(session, topic, context.unique('leave'))
      const [leaver, ...rest] = members
      await leaver.consumer.disconnect()
      await settled(rest, 6)
      await session.send(topic, numbered('after', 60, 30))
      await eventually('all messages', () => rest.reduce((sum, one) => sum + one.received.length, 0) === 60)
    },
  },
  {
    name: 'a member that crashes loses its partitions after the session timeout',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 4 })
      const groupId = context.unique('crash')
      const dying = startMemberProcess(context, topic, groupId)
      await eventually('the first member', () => dying.partitions.length === 4)
      const survivor = await joinMember(session, topic, { groupId })
      await settled([dying, survivor], 4)
      dying.child.kill('SIGKILL')
      await eventually('all partitions at the survivor', () => survivor.partitions.length === 4)
      await session.send(topic, numbered('after', 40, 20))
      await eventually('all messages', () => survivor.received.length === 40)
    },
  },
  {
    name: 'a rebalance repeats no committed work',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 6 })
      const groupId = context.unique('continue')
      const first = await joinMember(session, topic, { groupId })
      await session.send(topic, numbered('one', 120, 60))
      await eventually('the first half', () => first.received.length === 120)
      const offsets = Array.from({ length: 6 }, (_, partition) => {
        const last = first.received.filter((one) => one.partition === partition).at(-1)
        return { topic, partition, offset: String(Number(last?.message.offset ?? -1) + 1) }
      })
      await first.consumer.commitOffsets(offsets)
      const second = await joinMember(session, topic, { groupId })
      await settled([first, second], 6)
      await session.send(topic, numbered('two', 120, 60))
      await eventually('the second half', () => first.received.length + second.received.length >= 240)
      const all = [...values(first.received), ...values(second.received)]
      assert.equal(new Set(all).size, 240)
      assert.equal(all.length, 240)
    },
  },
  {
    name: 'more members than partitions: the others wait, and step in',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 1 })
      const groupId = context.unique('idle')
      const owner = await joinMember(session, topic, { groupId })
      await eventually('the owner', () => owner.partitions.length === 1)
      const spare = await joinMember(session, topic, { groupId })
      await eventually(
        'both in the group',
        () => spare.joins > 0 && owner.partitions.length + spare.partitions.length === 1,
      )
      const [active, idle] = owner.partitions.length === 1 ? [owner, spare] : [spare, owner]
      await session.send(topic, numbered('first', 5))
      await eventually('the active member', () => active.received.length === 5)
      assert.equal(idle.received.length, 0)
      await active.consumer.disconnect()
      await eventually('the spare one', () => idle.partitions.length === 1)
    },
  },
  {
    name: 'describeGroup, listGroups and describeGroups tell of the members',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const groupId = context.unique('described')
      const member = await joinMember(session, topic, { groupId })
      await eventually('a stable group', async () => (await member.consumer.describeGroup()).state === 'Stable')
      const admin = await session.admin()
      const { groups } = await admin.listGroups()
      assert.deepEqual(
        groups.find((group) => group.groupId === groupId),
        { groupId, protocolType: 'consumer' },
      )
      const described = await admin.describeGroups([groupId])
      const [group] = described.groups
      assert.equal(group.protocol, 'RoundRobinAssigner')
      assert.equal(group.protocolType, 'consumer')
      assert.equal(group.members.length, 1)
      assert.match(group.members[0].clientHost, /127\.0\.0\.1/)
      const assignment = kafkajs.AssignerProtocol.MemberAssignment.decode(group.members[0].memberAssignment)
      assert.deepEqual(assignment?.assignment, { [topic]: [0, 1] })
    },
  },
  {
    name: 'deleteGroups removes an empty group and refuses one with members',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('deleted')
      const member = await joinMember(session, topic, { groupId })
      await eventually('the member', () => member.partitions.length === 1)
      const admin = await session.admin()
      await assert.rejects(admin.deleteGroups([groupId]), (error: { groups?: { error: { type: string } }[] }) => {
        assert.equal(error.groups?.[0].error.type, 'NON_EMPTY_GROUP')
        return true
      })
      await member.consumer.disconnect()
      const [deleted] = await admin.deleteGroups([groupId])
      assert.equal(deleted.errorCode, 0)
      const { groups } = await admin.listGroups()
      assert.equal(
        groups.some((group) => group.groupId === groupId),
        false,
      )
    },
  },
]
