/** The classic group protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. */
import type { Body } from '../connection.ts'
import type { Scenario } from '../scenario.ts'
import { LONGEST_SESSION_MS, type SendOptions, type Session, versionsOf } from '../session.ts'

/** A consumer's subscription, version 0: Apache never ends a rebalance when it cannot read one. */
function subscription(...topics: string[]): Buffer {
  const names = topics.map((topic) => {
    const length = Buffer.alloc(2)
    length.writeInt16BE(topic.length)
    return Buffer.concat([length, Buffer.from(topic)])
  })
  const count = Buffer.alloc(6)
  count.writeInt32BE(topics.length, 2)
  return Buffer.concat([count, ...names, Buffer.alloc(4, 0xff)])
}

export const PROTOCOLS = [
  { name: 'range', metadata: subscription('topic-a') },
  { name: 'roundrobin', metadata: subscription('topic-a', 'topic-b') },
]
const MEMBER_ID_REQUIRED = 79

/** Joins until the broker has taken the member in; the first join of newer versions only gives it an id. */
class Member {
  readonly #session: Session
  readonly #version: number
  readonly groupId: string
  readonly name: string
  memberId = ''
  generationId = -1
  instanceId: string | null

  constructor(session: Session, version: number, groupId: string, name: string, instanceId: string | null = null) {
    this.#session = session
    this.#version = version
    this.groupId = groupId
    this.name = name
    this.instanceId = instanceId
  }

  get #options(): SendOptions {
    return { connection: `${this.groupId}-${this.name}`, label: this.name }
  }

  async join(more: object = {}): Promise<Body> {
    const answer = await this.#join(more)
    return answer.errorCode === MEMBER_ID_REQUIRED ? this.#join(more) : answer
  }

  async #join(more: object): Promise<Body> {
    const body = {
      groupId: this.groupId,
      sessionTimeoutMs: LONGEST_SESSION_MS,
      rebalanceTimeoutMs: 30_000,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocols: PROTOCOLS,
      ...more,
    }
    const answer = await this.#session.send('JoinGroup', this.#version, body, this.#options)
    if (answer.memberId) this.memberId = answer.memberId
    if (answer.errorCode === 0) this.generationId = answer.generationId
    return answer
  }

  sync(more: object = {}): Promise<Body> {
    const body = {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId: this.memberId, assignment: Buffer.from(`assigned-${this.name}`) }],
      ...more,
    }
    return this.#session.send('SyncGroup', Math.min(this.#version, 5), body, this.#options)
  }

  heartbeat(more: object = {}): Promise<Body> {
    const { groupId, generationId, memberId } = this
    const body = { groupId, generationId, memberId, groupInstanceId: this.instanceId, ...more }
    return this.#session.send('Heartbeat', Math.min(this.#version, 4), body, this.#options)
  }

  leave(more: object = {}): Promise<Body> {
    const { groupId, memberId } = this
    const members = [{ memberId, groupInstanceId: this.instanceId }]
    const body = { groupId, memberId, members, ...more }
    return this.#session.send('LeaveGroup', Math.min(this.#version, 5), body, this.#options)
  }
}

const alone: Scenario = {
  name: 'groups: one member',
  quick: true,
  async run(session) {
    for (const version of versionsOf('JoinGroup')) {
      const member = new Member(session, version, `alone-${version}`, 'a')
      await member.join()
      await describedAndListed(session, member.groupId)
      await member.heartbeat()
      await wrongSyncs(member)
      await member.sync()
      await describedAndListed(session, member.groupId)
      await member.sync()
      await wrongHeartbeats(member)
      await commits(session, member)
      await member.join({ protocols: PROTOCOLS.slice(1) })
      await member.sync({ protocolName: 'roundrobin' })
      await member.join({ protocols: [] })
      await member.heartbeat()
      await session.send('DeleteGroups', 2, { groupsNames: [member.groupId] })
      await wrongLeaves(member)
      await member.leave()
      await member.leave()
      await member.heartbeat()
      await describedAndListed(session, member.groupId)
      await session.send('DeleteGroups', 2, { groupsNames: [member.groupId] })
    }
  },
}

async function wrongSyncs(member: Member): Promise<void> {
  await member.sync({ generationId: member.generationId + 1 })
  await member.sync({ generationId: -1 })
  await member.sync({ memberId: 'stranger' })
  await member.sync({ memberId: '' })
  await member.sync({ groupId: '' })
  await member.sync({ groupId: 'no-such-group' })
  await member.sync({ protocolType: 'connect' })
  await member.sync({ protocolName: 'sticky' })
  await member.sync({ protocolType: null, protocolName: 'range' })
  await member.sync({ groupInstanceId: 'stranger' })
}

async function wrongHeartbeats(member: Member): Promise<void> {
  await member.heartbeat()
  await member.heartbeat({ generationId: member.generationId + 1 })
  await member.heartbeat({ generationId: member.generationId - 1 })
  await member.heartbeat({ generationId: -1 })
  await member.heartbeat({ memberId: 'stranger' })
  await member.heartbeat({ memberId: '' })
  await member.heartbeat({ groupId: '' })
  await member.heartbeat({ groupId: 'no-such-group' })
  await member.heartbeat({ groupInstanceId: 'stranger' })
  await member.heartbeat({ groupInstanceId: '' })
}

async function wrongLeaves(member: Member): Promise<void> {
  const stranger = { memberId: 'stranger', groupInstanceId: null }
  await member.leave({ memberId: 'stranger', members: [stranger] })
  await member.leave({ memberId: '', members: [{ memberId: '', groupInstanceId: null }] })
  await member.leave({ members: [] })
  await member.leave({ members: [stranger, stranger] })
  await member.leave({ members: [{ memberId: '', groupInstanceId: 'nobody' }] })
  await member.leave({ members: [{ memberId: member.memberId, groupInstanceId: 'nobody' }] })
  await member.leave({ groupId: '' })
  await member.leave({ groupId: 'no-such-group' })
}

async function commits(session: Session, member: Member): Promise<void> {
  const name = `commits-${member.groupId}`
  await session.createTopic(name)
  const { groupId, memberId, generationId } = member
  const topics = [{ name, partitions: [{ partitionIndex: 0, committedOffset: 3n, committedMetadata: null }] }]
  for (const version of versionsOf('OffsetCommit').filter((version) => version < 10)) {
    const ask = (label: string, more: object) =>
      session.send(
        'OffsetCommit',
        version,
        { groupId, memberId, generationIdOrMemberEpoch: generationId, topics, ...more },
        { label },
      )
    await ask('of the member', {})
    await ask('old generation', { generationIdOrMemberEpoch: generationId - 1 })
    await ask('new generation', { generationIdOrMemberEpoch: generationId + 1 })
    await ask('no generation', { generationIdOrMemberEpoch: -1 })
    await ask('stranger', { memberId: 'stranger' })
    await ask('nobody', { memberId: '', generationIdOrMemberEpoch: -1 })
    await ask('instance', { groupInstanceId: 'stranger' })
  }
  for (const version of versionsOf('OffsetFetch').filter((version) => version < 10)) {
    const asked = [{ name, partitionIndexes: [0] }]
    const body = { groupId, topics: asked, groups: [{ groupId, topics: asked, memberId, memberEpoch: generationId }] }
    await session.send('OffsetFetch', version, body)
  }
  await session.send('OffsetDelete', 0, { groupId, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] })
}

async function describedAndListed(session: Session, groupId: string): Promise<void> {
  for (const version of versionsOf('DescribeGroups'))
    await session.send('DescribeGroups', version, { groups: [groupId] })
  for (const version of versionsOf('ListGroups'))
    await session.send('ListGroups', version, { statesFilter: ['Stable'] })
}

const refused: Scenario = {
  name: 'groups: joins that are refused',
  quick: true,
  async run(session) {
    for (const version of versionsOf('JoinGroup')) {
      const groupId = `refused-${version}`
      const base = {
        groupId,
        sessionTimeoutMs: LONGEST_SESSION_MS,
        rebalanceTimeoutMs: 1_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: PROTOCOLS,
      }
      const ask = (label: string, more: object) => session.send('JoinGroup', version, { ...base, ...more }, { label })
      await ask('empty group', { groupId: '' })
      for (const sessionTimeoutMs of [-1, 0, 9, 1_800_001, 2147483647])
        await ask('session timeout', { sessionTimeoutMs })
      await ask('stranger', { memberId: 'stranger' })
      await ask('stranger with instance', { memberId: 'stranger', groupInstanceId: 'i' })
      await ask('no protocols', { protocols: [] })
      await ask('empty protocol type', { protocolType: '' })
      await ask('nothing at all', { protocolType: '', protocols: [] })
      // Where an instance is not refused it is a member, for which others of its group would wait.
      const instances = version >= 5 ? ['', 'a b', '..', 'i'.repeat(250)] : []
      for (const [index, groupInstanceId] of instances.entries()) {
        await ask('instance', { groupId: `${groupId}-${index}`, groupInstanceId })
      }
      const member = new Member(session, version, groupId, 'first')
      await member.join()
      await member.sync()
      await ask('other protocol type', { protocolType: 'connect' })
      await ask('no common protocol', { protocols: [{ name: 'sticky', metadata: subscription('topic-a') }] })
      await ask('no protocols, not empty', { protocols: [] })
      await ask('stranger, not empty', { memberId: 'stranger' })
      await member.leave()
    }
  },
}

const two: Scenario = {
  name: 'groups: two members',
  quick: true,
  async run(session) {
    for (const version of versionsOf('JoinGroup')) {
      const groupId = `two-${version}`
      const [a, b] = ['a', 'b'].map((name) => new Member(session, version, groupId, name)) as [Member, Member]
      await a.join()
      await a.sync()
      const joining = b.join()
      await rebalancing(session, a)
      await a.heartbeat()
      await describedAndListed(session, groupId)
      await Promise.all([joining, a.join()])
      await describedAndListed(session, groupId)
      const syncing = b.sync({ assignments: [] })
      await a.sync({
        assignments: [a, b].map(({ memberId, name }) => ({ memberId, assignment: Buffer.from(name) })),
      })
      await syncing
      await describedAndListed(session, groupId)
      await b.leave()
      await a.heartbeat()
      await a.join()
      await a.sync()
      await a.leave()
    }
  },
}

/** Waits until the join of another member has reached the group. */
async function rebalancing(session: Session, member: Member): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const { groups } = await session.aside.send('DescribeGroups', 5, { groups: [member.groupId] })
    if (groups?.[0].groupState === 'PreparingRebalance') return
  }
}

const statics: Scenario = {
  name: 'groups: static members',
  quick: true,
  async run(session) {
    for (const version of versionsOf('JoinGroup').filter((version) => version >= 5)) {
      const groupId = `static-${version}`
      const member = new Member(session, version, groupId, 'a', 'instance')
      await member.join()
      await member.sync()
      const old = member.memberId
      await describedAndListed(session, groupId)
      const again = new Member(session, version, groupId, 'again', 'instance')
      await again.join()
      await again.sync()
      await describedAndListed(session, groupId)
      await again.heartbeat({ memberId: old })
      await again.heartbeat({ memberId: 'stranger' })
      await again.heartbeat({ groupInstanceId: 'other' })
      await again.join({ memberId: old })
      await again.sync({ memberId: old })
      await again.leave({ members: [{ memberId: old, groupInstanceId: 'instance' }] })
      await again.leave({ members: [{ memberId: '', groupInstanceId: 'other' }] })
      await again.join({ protocols: [{ name: 'range', metadata: subscription('topic-c') }] })
      await again.sync()
      await again.leave({ members: [{ memberId: '', groupInstanceId: 'instance' }] })
      await describedAndListed(session, groupId)
    }
  },
}

const generic: Scenario = {
  name: 'groups: other protocol types',
  async run(session) {
    for (const version of versionsOf('JoinGroup')) {
      const groupId = `connect-${version}`
      const member = new Member(session, version, groupId, 'a')
      const connect = { protocolType: 'connect', protocols: [{ name: 'default', metadata: Buffer.alloc(0) }] }
      await member.join(connect)
      await member.sync({ protocolType: 'connect', protocolName: 'default' })
      await describedAndListed(session, groupId)
      await member.join({ ...connect, protocolType: 'consumer' })
      await member.leave()
      await member.join()
      await member.sync()
      await describedAndListed(session, groupId)
      await member.leave()
    }
  },
}

export const groupScenarios: readonly Scenario[] = [alone, refused, two, statics, generic]
