import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { coordinatorOf, GROUP, groupWire, type Joined, join, ownId, TRANSACTION } from './requests-groups.ts'
import { Session } from './session.ts'
import { errorNamed, Wire } from './wire.ts'

/** The error's name in Kafka's table, or none. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'NONE',
    (error: { type?: string; message: string }) => error.type ?? error.message,
  )

const beat = (wire: Wire, groupId: string, { memberId, generationId }: Joined) =>
  wire.call('heartbeat', { groupId, memberId, groupGenerationId: generationId })

const sync = (wire: Wire, groupId: string, { memberId, generationId }: Joined, members: readonly string[]) =>
  wire.call<{ memberAssignment: Buffer }>('syncGroup', {
    groupId,
    generationId,
    memberId,
    groupAssignment: members.map((each) => ({ memberId: each, memberAssignment: Buffer.from(`for ${each}`) })),
  })

export const memberRequestCases: Case[] = [
  {
    name: 'requests: a member without heartbeats is out after its session timeout, one with them stays',
    async run(context) {
      const topic = await new Session(context).topic()
      const silentId = await ownId(context, 'silent', GROUP)
      const livelyId = await ownId(context, 'lively', GROUP)
      const wire = await groupWire(context, 5, silentId)
      await groupWire(context, 5, livelyId)
      const silent = await join(wire, silentId, [topic], { sessionTimeout: 6_000 })
      const lively = await join(wire, livelyId, [topic], { sessionTimeout: 6_000 })
      await sync(wire, silentId, silent, [silent.memberId])
      await sync(wire, livelyId, lively, [lively.memberId])
      const joinedAt = performance.now()
      await eventually('the end of the session', async () => {
        await beat(wire, livelyId, lively)
        const { groups } = await wire.call<{ groups: { state: string }[] }>('describeGroups', { groupIds: [silentId] })
        return groups[0].state === 'Empty'
      })
      const seconds = (performance.now() - joinedAt) / 1_000
      assert.ok(seconds > 5 && seconds < 12, `${seconds} s`)
      assert.equal(await outcome(beat(wire, silentId, silent)), 'UNKNOWN_MEMBER_ID')
      assert.equal(await outcome(beat(wire, livelyId, lively)), 'NONE')
    },
  },
  {
    name: 'requests: a member that does not join again is left behind after the rebalance timeout',
    async run(context) {
      const groupId = context.unique('behind')
      const topic = await new Session(context).topic()
      const [slow, quick] = [await groupWire(context, 5, groupId), await groupWire(context, 5, groupId)]
      const timeouts = { sessionTimeout: 30_000, rebalanceTimeout: 1_500 }
      const first = await join(slow, groupId, [topic], timeouts)
      await sync(slow, groupId, first, [first.memberId])
      const startedAt = performance.now()
      const second = await join(quick, groupId, [topic], timeouts)
      assert.ok(performance.now() - startedAt >= 1_400)
      assert.deepEqual([second.generationId, second.leaderId, second.members.length], [2, second.memberId, 1])
      assert.equal(await outcome(beat(slow, groupId, first)), 'UNKNOWN_MEMBER_ID')
      const { memberAssignment } = await sync(quick, groupId, second, [second.memberId])
      assert.equal(memberAssignment.toString(), `for ${second.memberId}`)
      assert.equal(await outcome(sync(quick, groupId, { ...second, generationId: 1 }, [])), 'ILLEGAL_GENERATION')
      // The same question again, as after an answer that was lost, has the same answer.
      const again = await sync(quick, groupId, second, [second.memberId])
      assert.equal(again.memberAssignment.toString(), `for ${second.memberId}`)
    },
  },
  {
    name: 'requests: the followers wait for the assignment, and are sent back when the leader leaves',
    async run(context) {
      const groupId = context.unique('leaderless')
      const topic = await new Session(context).topic()
      const [a, b] = [await groupWire(context, 5, groupId), await groupWire(context, 5, groupId)]
      const first = await join(a, groupId, [topic])
      const joining = join(b, groupId, [topic])
      await eventually(
        'the rebalance',
        async () => (await outcome(beat(a, groupId, first))) === 'REBALANCE_IN_PROGRESS',
      )
      const leader = await join(a, groupId, [topic], { memberId: first.memberId })
      const follower = await joining
      const waiting = outcome(sync(b, groupId, follower, []))
      await a.call('leaveGroup', { groupId, memberId: leader.memberId })
      assert.equal(await waiting, 'REBALANCE_IN_PROGRESS')
      const next = await join(b, groupId, [topic], { memberId: follower.memberId })
      assert.deepEqual([next.generationId, next.leaderId], [3, follower.memberId])
    },
  },
  {
    name: 'requests: offsets of nobody go into an empty group, not into one with members',
    async run(context) {
      const groupId = context.unique('simple')
      const topic = await new Session(context).topic({ partitions: 2 })
      const wire = await groupWire(context, 5, groupId)
      const commit = (partition: number, offset: string) =>
        wire.call<{ responses: object[] }>('offsetCommit', {
          groupId,
          groupGenerationId: -1,
          memberId: '',
          topics: [{ topic, partitions: [{ partition, offset }] }],
        })
      const fetched = async (
        asked = [{ topic, partitions: [{ partition: 0 }, { partition: 1 }, { partition: 9 }] }],
      ) => {
        const answer = await wire.call<{ responses: { partitions: { partition: number; offset: string }[] }[] }>(
          'offsetFetch',
          { groupId, topics: asked },
        )
        const partitions = answer.responses.flatMap((one) => one.partitions)
        return partitions.map((one) => `${one.partition}: ${one.offset}`).sort()
      }
      await eventually('the coordinator', async () => (await outcome(commit(0, '3'))) === 'NONE')
      assert.deepEqual(await fetched(), ['0: 3', '1: -1', '9: -1'])
      assert.equal(await outcome(commit(9, '3')), 'UNKNOWN_TOPIC_OR_PARTITION')
      const member = await join(wire, groupId, [topic])
      assert.equal(await outcome(commit(0, '4')), 'UNKNOWN_MEMBER_ID')
      await wire.call('leaveGroup', { groupId, memberId: member.memberId })
      await commit(0, '5')
      assert.deepEqual(await fetched(), ['0: 5', '1: -1', '9: -1'])
      const unknown = [{ topic: context.unique('nowhere'), partitions: [{ partition: 0 }] }]
      assert.deepEqual(await fetched(unknown), ['0: -1'])
    },
  },
  {
    name: 'requests: committed offsets and the generation outlive SIGKILL and restart of the broker',
    timeoutMs: 90_000,
    async run(context) {
      const groupId = await ownId(context, 'outlived', GROUP)
      const topic = await new Session(context).topic()
      const before = await groupWire(context, 5, groupId)
      const joined = await join(before, groupId, [topic])
      await sync(before, groupId, joined, [joined.memberId])
      const { memberId, generationId } = joined
      const topics = [{ topic, partitions: [{ partition: 0, offset: '42', metadata: 'kept' }] }]
      await before.call('offsetCommit', { groupId, memberId, groupGenerationId: generationId, topics })
      await context.broker.restart()
      const after = await groupWire(context, 5, groupId)
      // A coordinator that still loads takes heartbeats as they come; it is there when it knows the assignment.
      const synced = await eventually('the coordinator', () => sync(after, groupId, joined, []).catch(() => null))
      assert.equal(synced.memberAssignment.toString(), `for ${memberId}`)
      assert.equal(await outcome(beat(after, groupId, joined)), 'NONE')
      const asked = { groupId, topics: [{ topic, partitions: [{ partition: 0 }] }] }
      const { responses } = await after.call<{ responses: { partitions: object[] }[] }>('offsetFetch', asked)
      assert.deepEqual(responses[0].partitions, [{ partition: 0, offset: '42', metadata: 'kept', errorCode: 0 }])
    },
  },
  {
    name: 'requests: a transactional id and its open transaction outlive SIGKILL and restart of the broker',
    timeoutMs: 90_000,
    async run(context) {
      const transactionalId = await ownId(context, 'outlived', TRANSACTION)
      const topic = await new Session(context).ownTopic()
      const find = (wire: Wire) =>
        wire.call('findGroupCoordinator', { groupId: transactionalId, coordinatorType: TRANSACTION })
      const init = async (wire: Wire) => {
        await find(wire)
        return wire.call<{ producerId: string; producerEpoch: number }>('initProducerId', {
          transactionalId,
          transactionTimeout: 60_000,
        })
      }
      const before = await Wire.connect(context)
      const { producerId, producerEpoch } = await eventually('the coordinator', () => init(before).catch(() => null))
      const producer = { transactionalId, producerId, producerEpoch }
      await before.call('addPartitionsToTxn', { ...producer, topics: [{ topic, partitions: [0] }] })
      const messages = [{ value: 'of the open transaction' }]
      await before.call('produce', {
        ...producer,
        topicData: [{ topic, partitions: [{ partition: 0, firstSequence: 0, messages }] }],
      })
      await context.broker.restart()
      // Another broker coordinates it until this one does again.
      const coordinator = async () => Wire.connect(context, await coordinatorOf(context, transactionalId, TRANSACTION))
      const ended = await eventually('the end of the transaction', async () => {
        const after = await coordinator().catch(() => null)
        if (after === null) return null
        const end = await outcome(after.call('endTxn', { ...producer, transactionResult: true }))
        return /LOAD_IN_PROGRESS|NOT_COORDINATOR|COORDINATOR_NOT_AVAILABLE/.test(end) ? null : end
      })
      assert.equal(ended, 'NONE')
      const received = await new Session(context).read(topic, 1)
      assert.equal(received[0].message.value?.toString(), 'of the open transaction')
      const again = await eventually('the next epoch', () =>
        coordinator()
          .then(init)
          .catch(() => null),
      )
      assert.deepEqual([again.producerId, again.producerEpoch], [producerId, producerEpoch + 1])
      const late = (await coordinator()).call('addPartitionsToTxn', {
        ...producer,
        topics: [{ topic, partitions: [0] }],
      })
      await assert.rejects(late, errorNamed('INVALID_PRODUCER_EPOCH'))
    },
  },
]
