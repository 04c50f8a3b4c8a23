/** Durable state alone: transactions that commit offsets (KIP-447), groups of other kinds, and what a replay restores. */
import fc from 'fast-check'
import pino from 'pino'
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { StoredClassicGroup } from '../../../src/coordinator/group/classic/classic-groups.ts'
import { joinGroup } from '../../../src/coordinator/group/classic/classic-join.ts'
import { heartbeat, leaveGroup, syncGroup } from '../../../src/coordinator/group/classic/classic-membership.ts'
import { deleteGroups } from '../../../src/coordinator/group/group-admin.ts'
import type { GroupContext } from '../../../src/coordinator/group/group-kind.ts'
import { GroupShard, groupShardKind } from '../../../src/coordinator/group/group-shard.ts'
import { ReplayedGroupState } from '../../../src/coordinator/group/group-state.ts'
import { groupTopics } from '../../../src/coordinator/group/group-topics.ts'
import type { GroupRecord, GroupWords } from '../../../src/coordinator/group/group-words.ts'
import { commitOffsets } from '../../../src/coordinator/group/offsets/offset-commit.ts'
import type { CommittedOffset } from '../../../src/coordinator/group/offsets/offset-records.ts'
import { CoordinatorRuntime } from '../../../src/coordinator/runtime/coordinator-runtime.ts'
import { Deadlines } from '../../../src/coordinator/runtime/deadlines.ts'
import { SnapshotRegistry } from '../../../src/coordinator/runtime/timeline.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import { repetitions } from '../../support/repetitions.ts'
import { GroupBench, MINUTE_MS, subscription } from '../support/group-bench.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const noTopics = () => groupTopics(EMPTY_IMAGE)

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

function committed(offset: number): CommittedOffset {
  return {
    offset: BigInt(offset),
    leaderEpoch: -1,
    metadata: '',
    commitTimestampMs: 0,
    expireTimestampMs: -1,
    topicId: ZERO_UUID,
  }
}
const offsetRecord = (offset: number | null): GroupRecord => {
  return {
    kind: 'offset',
    group: 'g',
    topic: 't',
    partition: 0,
    value: offset === null ? null : committed(offset),
  }
}

t.test('offsets of a transaction count when its marker says so', async (t) => {
  const state = new ReplayedGroupState(new SnapshotRegistry())
  const current = () => Number(state.offsets.get('g', 't', 0)?.offset ?? -1)
  const isUnstable = () => state.offsets.isUnstable('g', 't', 0)
  state.replay(0, 7n, offsetRecord(10))
  t.equal(current(), -1)
  t.ok(isUnstable())
  t.ok(state.groups.has('g'), 'the group exists all the same')
  state.replay(1, 8n, offsetRecord(20))
  state.offsets.replayEndTransaction(7n, false)
  t.equal(current(), -1)
  t.ok(isUnstable(), 'another transaction is open')
  state.offsets.replayEndTransaction(8n, true)
  t.equal(current(), 20)
  t.notOk(isUnstable())

  state.replay(2, 9n, offsetRecord(30))
  state.replay(3, -1n, offsetRecord(40))
  state.offsets.replayEndTransaction(9n, true)
  t.equal(current(), 40, 'a plain commit written later stands')
  state.replay(4, 9n, offsetRecord(50))
  state.replay(5, -1n, offsetRecord(null))
  state.offsets.replayEndTransaction(9n, true)
  t.equal(current(), -1, 'a tombstone takes pending offsets too')
  t.notOk(state.offsets.hasOpenTransactions('g'))
})

/** All durable state as text. */
function dump({ groups, offsets }: ReplayedGroupState): string {
  const text = (_key: string, value: unknown) => {
    if (typeof value === 'bigint') return `${value}`
    const isPlain = value !== null && typeof value === 'object' && !Array.isArray(value)
    return isPlain ? Object.fromEntries(Object.entries(value).sort()) : value
  }
  const all = [...groups.entries()].map(([groupId, group]) => ({
    groupId,
    group: group instanceof StoredClassicGroup ? group.metadata : group.type,
    offsets: [...offsets.ofGroup(groupId)].sort(),
  }))
  return JSON.stringify(
    all.sort((a, b) => (a.groupId < b.groupId ? -1 : 1)),
    text,
    1,
  )
}

const GROUPS = ['g1', 'g2']
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      group: fc.nat(1),
      who: fc.nat(3),
      version: fc.constantFrom(3, 5, 9),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('sync' as const), group: fc.nat(1), who: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('static' as const), group: fc.nat(1), who: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), group: fc.nat(1), who: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heartbeat' as const), group: fc.nat(1), who: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      group: fc.nat(1),
      who: fc.integer({ min: -1, max: 3 }),
      offset: fc.nat(99),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), group: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 3_000, 20_000, 70_000, 8 * 24 * 60 * MINUTE_MS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('slow' as const), on: fc.boolean() }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Clients that do anything at any time, on a runtime whose appends fail and linger. */
class Chaos {
  readonly clock = new VirtualClock()
  readonly log: MemoryLog
  readonly config: GroupShard['config']
  readonly errors: unknown[] = []
  shard!: GroupShard
  runtime!: CoordinatorRuntime<GroupShard, GroupWords>
  /** Requests without an answer. */
  unanswered = 0
  #uuid = 0

  constructor(config: GroupShard['config'], log = new MemoryLog()) {
    this.config = config
    this.log = log
  }

  async start(): Promise<void> {
    const kind = groupShardKind(this.config, noTopics)
    const logger = pino({ level: 'silent' })
    logger.error = (...args: unknown[]) => void this.errors.push(args)
    const options = {
      log: this.log,
      clock: this.clock,
      deadlines: new Deadlines(this.clock),
      logger,
      appendLingerMs: -1,
      writeTimeoutMs: 5_000,
      loadBufferBytes: 1_000,
      compressionTypeId: 0,
    }
    const create = (registry: SnapshotRegistry) => (this.shard = new GroupShard(registry, this.config, noTopics))
    this.runtime = new CoordinatorRuntime({ ...kind, create }, options)
    this.runtime.onElection(0, 1)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  run(operation: (context: GroupContext, request: number) => void): void {
    this.unanswered++
    this.runtime
      .write(0, (shard, { request, nowMs }) => {
        const context = shard.context(nowMs)
        operation(context, request)
        return context.effects
      })
      .catch((error: unknown) => {
        if (!(error instanceof KafkaError)) this.errors.push(error)
      })
      .finally(() => this.unanswered--)
  }

  take(action: Step): void {
    if (action.do === 'wait') return this.clock.advance(action.ms)
    if (action.do === 'fail') {
      this.log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
      return
    }
    if (action.do === 'slow') {
      this.log.isSlow = action.on
      for (let i = 0; i < 20; i++) this.log.finishAppend()
      return
    }
    const groupId = GROUPS[action.group]
    const group = this.shard.state.classic.find(groupId)
    const known = [...(group?.members.keys() ?? []), ...(group?.pendingJoin ?? [])]
    const memberId = 'who' in action ? (known[action.who] ?? '') : ''
    const groupInstanceId = group?.members.get(memberId)?.groupInstanceId ?? null
    const generationId = group?.generationId ?? -1
    const identity = { groupId, memberId, groupInstanceId, generationId }
    switch (action.do) {
      case 'join':
        return this.#join(groupId, memberId, groupInstanceId, action.version)
      case 'static':
        return this.#join(groupId, '', `static-${action.who}`, 9)
      case 'sync': {
        const assignments = known.map((id) => ({ memberId: id, assignment: Buffer.from(`for ${id}`) }))
        return this.run((context, id) =>
          syncGroup(context, { ...identity, protocolType: null, protocolName: null, assignments }, id),
        )
      }
      case 'leave':
        return this.run((context, id) =>
          leaveGroup(context, { groupId, memberId, members: [{ memberId, groupInstanceId, reason: null }] }, id),
        )
      case 'heartbeat':
        return this.run((context, id) => heartbeat(context, identity, id))
      case 'commit': {
        const partition = {
          partitionIndex: 0,
          committedOffset: BigInt(action.offset),
          commitTimestamp: -1n,
          committedLeaderEpoch: 0,
          committedMetadata: null,
        }
        const topics = [{ name: `t${action.offset % 3}`, topicId: ZERO_UUID, partitions: [partition] }]
        const member =
          action.who < 0
            ? { memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 }
            : { ...identity, generationIdOrMemberEpoch: generationId }
        return this.run((context, id) =>
          commitOffsets(context, { groupId, ...member, retentionTimeMs: -1n, topics }, 8, id),
        )
      }
      case 'delete':
        return this.run((context, id) => deleteGroups(context, [groupId], id))
    }
  }

  #join(groupId: string, memberId: string, groupInstanceId: string | null, apiVersion: number): void {
    const request = {
      groupId,
      memberId,
      groupInstanceId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription('t0') }],
      reason: null,
    }
    const input = {
      request,
      apiVersion,
      clientId: 'c',
      clientHost: '/h',
      memberUuid: `${++this.#uuid}`,
      consumerMemberId: 'm',
    }
    this.run((context, id) => joinGroup(context, input, id))
  }

  /** Everything that is under way comes to its end. */
  async settle(): Promise<void> {
    this.log.isSlow = false
    for (let i = 0; i < 30; i++) this.log.finishAppend()
    this.log.failure = null
    this.clock.turn()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

const explain = (error: unknown) => (error instanceof Error ? error.stack : String(error))

t.test(
  'whatever clients, disks and clocks do: a replay of the log is the state, and everybody is answered',
  async (t) => {
    const config = (await GroupBench.start()).config
    let groupsSeen = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120 }), async (steps) => {
        const chaos = new Chaos({ ...config, maxGroupSize: 3 })
        await chaos.start()
        for (const [index, action] of steps.entries()) {
          chaos.take(action)
          if (index % 3 === 0) chaos.clock.turn()
          if (index % 7 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
        }
        await chaos.settle()
        const before = dump(chaos.shard.state)
        groupsSeen += chaos.shard.state.groups.size
        const reloaded = new Chaos(chaos.config, chaos.log)
        await reloaded.start()
        const after = dump(reloaded.shard.state)
        reloaded.runtime.stop()
        if (before !== after) throw new Error(`before ${before}\nafter ${after}`)

        // Members that say nothing more leave nobody waiting for them.
        chaos.clock.advance(10 * MINUTE_MS)
        await chaos.settle()
        if (chaos.unanswered > 0) throw new Error(`${chaos.unanswered} requests are parked for ever`)
        if (chaos.errors.length > 0) throw new Error(chaos.errors.flat().map(explain).join('\n'))
      }),
      { numRuns: Number(process.env.NUM_RUNS ?? repetitions(300)) },
    )
    t.ok(groupsSeen > repetitions(100), `${groupsSeen} groups were compared`)
  },
)
