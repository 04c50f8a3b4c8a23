import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { Session } from './session.ts'
import { type Address, errorNamed, Wire } from './wire.ts'

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol

export interface Joined {
  generationId: number
  memberId: string
  leaderId: string
  groupProtocol: string
  members: { memberId: string; memberMetadata: Buffer }[]
}

interface Producer {
  transactionalId: string
  producerId: string
  producerEpoch: number
}

interface CommittedOffsets {
  responses: { topic: string; partitions: { partition: number; offset: string; metadata: string | null }[] }[]
}

const newestVersion = 5
/** Errors that a coordinator answers while its partition has no leader yet, or is being read. */
const loading = new Set(['GROUP_LOAD_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE'])

const groupApis = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'LeaveGroup', 'OffsetCommit', 'OffsetFetch']
const groupQueries = ['GroupCoordinator', 'DescribeGroups', 'ListGroups', 'DeleteGroups']

/** A connection that speaks no version of the group's APIs above this one, to a coordinator that has loaded. */
export async function groupWire(context: CaseContext, version: number, groupId: string): Promise<Wire> {
  const wire = await eventually('the coordinator', async () =>
    Wire.connect(context, await coordinatorOf(context, groupId, GROUP)).catch(() => null),
  )
  for (const api of [...groupApis, ...groupQueries]) wire.limit(api, version)
  // Version 0 of OffsetCommit names no member, so a group with members refuses it.
  wire.limit('OffsetCommit', Math.max(version, 1))
  await eventually('the coordinator, asked for in this version', () =>
    wire.call('findGroupCoordinator', { groupId, coordinatorType: GROUP }).catch(() => null),
  )
  return wire
}

export const GROUP = 0
export const TRANSACTION = 1
type CoordinatorType = typeof GROUP | typeof TRANSACTION

/** The coordinator of a group, or of a transactional id, as soon as there is one. */
export async function coordinatorOf(
  context: CaseContext,
  id: string,
  coordinatorType: CoordinatorType,
): Promise<Address> {
  const wire = await Wire.connect(context)
  const asked = { groupId: id, coordinatorType }
  const find = () => wire.call<{ coordinator: Address }>('findGroupCoordinator', asked).catch(() => null)
  const { coordinator } = await eventually(`the coordinator of ${id}`, find)
  return coordinator
}

/** A new name, of a group or of a transactional id, whose coordinator is the case's broker, whatever others there are. */
export function ownId(context: CaseContext, word: string, coordinatorType: CoordinatorType): Promise<string> {
  return eventually(`${word} whose coordinator is the case's broker`, async () => {
    const id = context.unique(word)
    const { port } = await coordinatorOf(context, id, coordinatorType)
    return port === context.broker.port && id
  })
}

export function join(wire: Wire, groupId: string, topics: string[], extra: object = {}): Promise<Joined> {
  const metadata = MemberMetadata.encode({ version: 1, topics, userData: Buffer.from('mine') })
  return eventually('the coordinator to load', () =>
    wire
      .call<Joined>('joinGroup', {
        groupId,
        sessionTimeout: 30_000,
        rebalanceTimeout: 5_000,
        groupProtocols: [{ name: 'by hand', metadata }],
        ...extra,
      })
      .catch((error: { type: string }) => {
        if (loading.has(error.type)) return null
        throw error
      }),
  )
}

const assignmentOf = (topic: string) =>
  MemberAssignment.encode({ version: 1, assignment: { [topic]: [0, 1] }, userData: Buffer.from('yours') })

/** The error code of one group: here kafkajs does not reject. */
async function deletion(wire: Wire, groupId: string): Promise<number> {
  const { results } = await wire.call<{ results: { errorCode: number }[] }>('deleteGroups', [groupId])
  return results[0].errorCode
}

const nonEmptyGroup = 68
const groupIdNotFound = 69

async function lifeOfAGroup(context: CaseContext, topic: string, version: number): Promise<void> {
  const groupId = context.unique('life')
  const wire = await groupWire(context, version, groupId)
  const { generationId, memberId, leaderId, groupProtocol, members } = await join(wire, groupId, [topic])
  assert.deepEqual([generationId, leaderId, groupProtocol, members.length], [1, memberId, 'by hand', 1])
  const member = { groupId, generationId, memberId }
  const groupAssignment = [{ memberId, memberAssignment: assignmentOf(topic) }]
  const synced = await wire.call<{ memberAssignment: Buffer }>('syncGroup', { ...member, groupAssignment })
  assert.deepEqual(MemberAssignment.decode(synced.memberAssignment)?.assignment, { [topic]: [0, 1] })
  const beat = (extra: object = {}) =>
    wire.call('heartbeat', { groupId, memberId, groupGenerationId: generationId, ...extra })
  await beat()
  await assert.rejects(beat({ groupGenerationId: 99 }), errorNamed('ILLEGAL_GENERATION'))
  await assert.rejects(beat({ memberId: 'stranger' }), errorNamed('UNKNOWN_MEMBER_ID'))
  await offsetsOfAMember(wire, topic, { groupId, memberId, groupGenerationId: generationId })
  const described = await wire.call<{ groups: { state: string; members: { memberId: string }[] }[] }>(
    'describeGroups',
    { groupIds: [groupId] },
  )
  assert.equal(described.groups[0].state, 'Stable')
  assert.deepEqual(
    described.groups[0].members.map((one) => one.memberId),
    [memberId],
  )
  assert.equal(await deletion(wire, groupId), nonEmptyGroup)
  await wire.call('leaveGroup', { groupId, memberId })
  await assert.rejects(wire.call('leaveGroup', { groupId, memberId }), errorNamed('UNKNOWN_MEMBER_ID'))
  const listed = await wire.call<{ groups: { groupId: string; protocolType: string }[] }>('listGroups')
  assert.deepEqual(
    listed.groups.filter((group) => group.groupId === groupId),
    [{ groupId, protocolType: 'consumer' }],
  )
  assert.equal(await deletion(wire, groupId), 0)
  assert.equal(await deletion(wire, groupId), groupIdNotFound)
}

async function offsetsOfAMember(
  wire: Wire,
  topic: string,
  member: { groupId: string; memberId: string; groupGenerationId: number },
): Promise<void> {
  const asked = { groupId: member.groupId, topics: [{ topic, partitions: [{ partition: 0 }, { partition: 1 }] }] }
  const committed = async () => {
    const { responses } = await wire.call<CommittedOffsets>('offsetFetch', asked)
    const partitions = responses[0].partitions.sort((a, b) => a.partition - b.partition)
    return partitions.map((one) => [one.offset, one.metadata])
  }
  assert.deepEqual(await committed(), [
    ['-1', ''],
    ['-1', ''],
  ])
  const commit = (extra: object = {}) =>
    wire.call<{ responses: object[] }>('offsetCommit', {
      ...member,
      topics: [{ topic, partitions: [{ partition: 1, offset: '17', metadata: 'a note' }] }],
      ...extra,
    })
  assert.deepEqual((await commit()).responses, [{ topic, partitions: [{ partition: 1, errorCode: 0 }] }])
  assert.deepEqual(await committed(), [
    ['-1', ''],
    ['17', 'a note'],
  ])
  await assert.rejects(commit({ groupGenerationId: 99 }), errorNamed('ILLEGAL_GENERATION'))
  await assert.rejects(commit({ memberId: 'stranger' }), errorNamed('UNKNOWN_MEMBER_ID'))
  const long = [{ topic, partitions: [{ partition: 1, offset: '18', metadata: 'x'.repeat(5_000) }] }]
  await assert.rejects(commit({ topics: long }), errorNamed('OFFSET_METADATA_TOO_LARGE'))
  assert.equal((await committed())[1][0], '17')
}

const groupRequests: Case[] = [
  {
    name: 'requests: the life of a group in every version',
    smoke: true,
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 2 })
      for (let version = 0; version <= newestVersion; version++) await lifeOfAGroup(context, topic, version)
    },
  },
  {
    name: 'requests: JoinGroup is refused for its session timeout, its member and its protocols',
    async run(context) {
      const groupId = context.unique('refused')
      const wire = await groupWire(context, newestVersion, groupId)
      const topics = [await new Session(context).topic()]
      await assert.rejects(join(wire, groupId, topics, { sessionTimeout: 10 }), errorNamed('INVALID_SESSION_TIMEOUT'))
      await assert.rejects(join(wire, groupId, topics, { memberId: 'stranger' }), errorNamed('UNKNOWN_MEMBER_ID'))
      await assert.rejects(join(wire, '', topics), errorNamed('INVALID_GROUP_ID'))
      await join(wire, groupId, topics)
      const other = await groupWire(context, newestVersion, groupId)
      const unlike = { groupProtocols: [{ name: 'of another kind', metadata: Buffer.from('?') }] }
      await assert.rejects(join(other, groupId, topics, unlike), errorNamed('INCONSISTENT_GROUP_PROTOCOL'))
      const connect = { protocolType: 'connect' }
      await assert.rejects(join(other, groupId, topics, connect), errorNamed('INCONSISTENT_GROUP_PROTOCOL'))
    },
  },
  {
    name: 'requests: two members join, the leader sees both, the follower gets what the leader assigns',
    async run(context) {
      const groupId = context.unique('two')
      const topic = await new Session(context).topic({ partitions: 2 })
      const [leader, follower] = [
        await groupWire(context, newestVersion, groupId),
        await groupWire(context, newestVersion, groupId),
      ]
      const first = await join(leader, groupId, [topic])
      const joining = join(follower, groupId, [topic])
      const beat = { groupId, memberId: first.memberId, groupGenerationId: first.generationId }
      await eventually('the rebalance', async () => {
        const answer = await leader.call('heartbeat', beat).catch((error: { type?: string }) => error.type)
        return answer === 'REBALANCE_IN_PROGRESS'
      })
      const second = await join(leader, groupId, [topic], { memberId: first.memberId })
      const joined = await joining
      assert.deepEqual([second.generationId, joined.generationId], [2, 2])
      assert.deepEqual([second.leaderId, joined.leaderId], [first.memberId, first.memberId])
      assert.deepEqual(second.members.map((member) => member.memberId).sort(), [first.memberId, joined.memberId].sort())
      assert.deepEqual(joined.members, [])
      const metadata = second.members.find((member) => member.memberId === joined.memberId)
      assert.deepEqual(MemberMetadata.decode(metadata!.memberMetadata)?.userData, Buffer.from('mine'))
      const assigned = MemberAssignment.encode({ version: 1, assignment: { [topic]: [1] }, userData: Buffer.alloc(0) })
      const groupAssignment = [
        { memberId: first.memberId, memberAssignment: assignmentOf(topic) },
        { memberId: joined.memberId, memberAssignment: assigned },
      ]
      const waiting = follower.call<{ memberAssignment: Buffer }>('syncGroup', {
        groupId,
        generationId: 2,
        memberId: joined.memberId,
        groupAssignment: [],
      })
      await leader.call('syncGroup', { groupId, generationId: 2, memberId: first.memberId, groupAssignment })
      assert.deepEqual((await waiting).memberAssignment, assigned)
    },
  },
  {
    name: 'requests: a group that nobody knows is dead, and its offsets are none',
    async run(context) {
      const groupId = context.unique('unknown')
      const wire = await groupWire(context, newestVersion, groupId)
      const described = await wire.call<{ groups: object[] }>('describeGroups', { groupIds: [groupId] })
      const group = { errorCode: 0, groupId, members: [], protocol: '', protocolType: '', state: 'Dead' }
      assert.deepEqual(described.groups, [group])
      const beat = { groupId, memberId: 'nobody', groupGenerationId: 1 }
      await assert.rejects(wire.call('heartbeat', beat), errorNamed('UNKNOWN_MEMBER_ID'))
      await assert.rejects(wire.call('leaveGroup', { groupId, memberId: 'nobody' }), errorNamed('UNKNOWN_MEMBER_ID'))
      const sync = { groupId, generationId: 1, memberId: 'nobody', groupAssignment: [] }
      await assert.rejects(wire.call('syncGroup', sync), errorNamed('UNKNOWN_MEMBER_ID'))
      assert.equal(await deletion(wire, groupId), groupIdNotFound)
    },
  },
]

const transactionApis = ['InitProducerId', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']

async function transactionWire(context: CaseContext, version: number): Promise<[Wire, Producer]> {
  const transactionalId = await ownId(context, 'transaction', TRANSACTION)
  const wire = await Wire.connect(context)
  for (const api of transactionApis) wire.limit(api, version)
  // Version 0 of FindCoordinator knows groups alone.
  wire.limit('GroupCoordinator', 2)
  const producer = await eventually('the coordinator', async () => {
    const found = await wire
      .call('findGroupCoordinator', { groupId: transactionalId, coordinatorType: TRANSACTION })
      .catch(() => null)
    if (found === null) return null
    return wire.call<Producer>('initProducerId', { transactionalId, transactionTimeout: 30_000 }).catch(() => null)
  })
  return [wire, { transactionalId, producerId: producer.producerId, producerEpoch: producer.producerEpoch }]
}

async function lifeOfATransaction(context: CaseContext, topic: string, version: number): Promise<void> {
  const [wire, producer] = await transactionWire(context, version)
  const groupId = await ownId(context, 'group', GROUP)
  const asked = { groupId, topics: [{ topic, partitions: [{ partition: 1 }] }] }
  const committed = async () => {
    const { responses } = await wire.call<CommittedOffsets>('offsetFetch', asked)
    return responses[0].partitions[0].offset
  }
  const whole = async (offset: number, transactionResult: boolean) => {
    const added = await wire.call<{ errors: { partitionErrors: object[] }[] }>('addPartitionsToTxn', {
      ...producer,
      topics: [{ topic, partitions: [1, 2] }],
    })
    assert.deepEqual(added.errors[0].partitionErrors, [
      { partition: 1, errorCode: 0 },
      { partition: 2, errorCode: 0 },
    ])
    await wire.call('addOffsetsToTxn', { ...producer, groupId })
    const topics = [{ topic, partitions: [{ partition: 1, offset }] }]
    const answer = await wire.call<{ topics: object[] }>('txnOffsetCommit', { ...producer, groupId, topics })
    assert.deepEqual(answer.topics, [{ topic, partitions: [{ partition: 1, errorCode: 0 }] }])
    await wire.call('endTxn', { ...producer, transactionResult })
  }
  const retried = (offset: number, transactionResult: boolean) =>
    eventually('the end of the transaction before', () =>
      whole(offset, transactionResult).then(
        () => true,
        (error: { type?: string }) => {
          if (error.type === 'CONCURRENT_TRANSACTIONS') return false
          throw error
        },
      ),
    )
  await retried(5, true)
  await eventually('the committed offset', async () => (await committed()) === '5')
  await retried(9, false)
  await retried(7, true)
  await eventually('the offset after the aborted one', async () => (await committed()) === '7')
}

const transactionRequests: Case[] = [
  {
    name: 'requests: the life of a transaction in every version',
    smoke: true,
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 4 })
      for (const version of [0, 1]) await lifeOfATransaction(context, topic, version)
    },
  },
  {
    name: 'requests: a transaction of another producer id, epoch or transactional id is refused',
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 2 })
      const [wire, producer] = await transactionWire(context, 1)
      const topics = [{ topic, partitions: [0, 1] }]
      const groupId = context.unique('group')
      const stranger = { ...producer, producerId: '123456789' }
      const mapping = errorNamed('INVALID_PRODUCER_ID_MAPPING')
      await assert.rejects(wire.call('addPartitionsToTxn', { ...stranger, topics }), mapping)
      await assert.rejects(wire.call('addOffsetsToTxn', { ...stranger, groupId }), mapping)
      await wire.call('addPartitionsToTxn', { ...producer, topics })
      const nobody = await ownId(context, 'nobody', TRANSACTION)
      const end = (extra: object) => wire.call('endTxn', { ...producer, transactionResult: true, ...extra })
      await assert.rejects(end({ producerId: '123456789' }), mapping)
      await assert.rejects(end({ transactionalId: nobody }), mapping)
      await assert.rejects(end({ producerEpoch: producer.producerEpoch + 1 }), errorNamed('INVALID_PRODUCER_EPOCH'))
      const later = { ...producer, producerEpoch: producer.producerEpoch + 1 }
      const addLater = wire.call('addOffsetsToTxn', { ...later, groupId })
      await assert.rejects(addLater, errorNamed('INVALID_PRODUCER_EPOCH'))
      await end({})
    },
  },
  {
    name: 'requests: the end of a transaction that never began is refused',
    async run(context) {
      const [wire, producer] = await transactionWire(context, 1)
      for (const transactionResult of [true, false]) {
        const end = wire.call('endTxn', { ...producer, transactionResult })
        await assert.rejects(end, errorNamed('INVALID_TXN_STATE'))
      }
    },
  },
  {
    name: 'requests: an unknown partition does not join a transaction, and holds the others back',
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 1 })
      const [wire, producer] = await transactionWire(context, 1)
      const topics = [{ topic, partitions: [0, 7] }]
      const adding = wire.call('addPartitionsToTxn', { ...producer, topics })
      // kafkajs shows the first error alone, and the order is the broker's.
      await assert.rejects(adding, errorNamed('UNKNOWN_TOPIC_OR_PARTITION', 'OPERATION_NOT_ATTEMPTED'))
      const end = wire.call('endTxn', { ...producer, transactionResult: true })
      await assert.rejects(end, errorNamed('INVALID_TXN_STATE'))
    },
  },
  {
    name: 'requests: InitProducerId gives new ids to the nameless and a new epoch to a known name',
    async run(context) {
      const [wire, producer] = await transactionWire(context, 1)
      const nameless = () => wire.call<Producer>('initProducerId', { transactionTimeout: 30_000 })
      const [first, second] = [await nameless(), await nameless()]
      assert.notEqual(first.producerId, second.producerId)
      assert.deepEqual([first.producerEpoch, second.producerEpoch], [0, 0])
      const { transactionalId } = producer
      const again = await wire.call<Producer>('initProducerId', { transactionalId, transactionTimeout: 30_000 })
      assert.deepEqual([again.producerId, again.producerEpoch], [producer.producerId, producer.producerEpoch + 1])
      const forever = wire.call('initProducerId', { transactionalId, transactionTimeout: 2_000_000_000 })
      await assert.rejects(forever, errorNamed('INVALID_TRANSACTION_TIMEOUT'))
    },
  },
]

export const groupRequestCases: Case[] = [...groupRequests, ...transactionRequests]
