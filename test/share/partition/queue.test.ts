/**
 * A queue held to its promise, from seeds: members acquire, acknowledge, are slow or die; the share coordinator stores,
 * refuses, or answers late; the leader dies and another one reads what was stored. A checker that knows nothing of the
 * machine judges what members saw. Ten bugs are planted to prove that it looks.
 */
import t from 'tap'
import { KafkaError } from '../../../protocol/errors.ts'
import { combineBatches, DeliveryState, type StateBatch } from '../../../src/coordinator/share/state-batches.ts'
import { AcknowledgeType, acknowledge } from '../../../src/share/partition/acknowledge.ts'
import { acquire } from '../../../src/share/partition/acquire.ts'
import { type Change, SharePartition } from '../../../src/share/partition/share-partition.ts'

const RECORDS = 120
const BATCH = 5
const LOCK_MS = 1000
const MAX_DELIVERIES = 4
const MEMBERS = ['a', 'b', 'c']
const SEEDS = Number(process.env.SEEDS ?? 150)

interface Bugs {
  readonly name: string
  /** Alters what is stored. */
  store?(batches: readonly StateBatch[], startOffset: number): { batches: readonly StateBatch[]; startOffset: number }
  /** Alters what a new leader reads. */
  load?(state: Stored): Stored
  readonly endsNoLocks?: boolean
  readonly ignoresLimit?: boolean
  readonly forgetsRelease?: boolean
  readonly settlesFailures?: boolean
  readonly givesToTwo?: boolean
  readonly skips?: boolean
}

interface Stored {
  startOffset: number
  batches: readonly StateBatch[]
}

/** mulberry32 */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Judges what members saw and were told; throws at the first broken promise. */
class Checker {
  readonly #deliveries = new Map<number, number>()
  readonly #done = new Set<number>()
  readonly #held = new Map<number, { member: string; untilMs: number }>()

  delivered(member: string, first: number, last: number, count: number, nowMs: number): void {
    for (let offset = first; offset <= last; offset++) {
      if (this.#done.has(offset)) throw new Error(`${offset} was delivered after it was done with`)
      const holder = this.#held.get(offset)
      if (holder !== undefined && holder.untilMs > nowMs) throw new Error(`${offset} is ${holder.member}'s`)
      if (count > MAX_DELIVERIES) throw new Error(`${offset} was delivered more often than the limit allows`)
      this.#deliveries.set(offset, count)
      this.#held.set(offset, { member, untilMs: nowMs + LOCK_MS })
    }
  }

  /** The member was told that it is stored. */
  acknowledged(first: number, last: number, isFinal: boolean): void {
    for (let offset = first; offset <= last; offset++) {
      this.#held.delete(offset)
      if (!isFinal) continue
      if (this.#done.has(offset)) throw new Error(`${offset} was acknowledged twice`)
      this.#done.add(offset)
    }
  }

  /** A leader that dies has lent its records to nobody. */
  crashed(): void {
    this.#held.clear()
  }

  /** At the end everything was done with, or delivered as often as the limit allows. */
  finished(): void {
    for (let offset = 0; offset < RECORDS; offset++) {
      const count = this.#deliveries.get(offset) ?? 0
      if (count === 0) throw new Error(`${offset} was never delivered`)
      if (!this.#done.has(offset) && count < MAX_DELIVERIES)
        throw new Error(`${offset} was lost after ${count} deliveries`)
    }
  }
}

class World {
  readonly #random: (below: number) => number
  readonly #bugs: Bugs
  readonly #checker = new Checker()
  #stored: Stored = { startOffset: 0, batches: [] }
  #share: SharePartition
  #nowMs = 1
  #limit = MAX_DELIVERIES
  readonly #held: { member: string; first: number; last: number; untilMs: number }[] = []
  #pending: { change: Change; told: (isStored: boolean) => unknown }[] = []

  constructor(seed: number, bugs: Bugs) {
    this.#random = randomOf(seed)
    this.#bugs = bugs
    if (bugs.ignoresLimit) this.#limit = MAX_DELIVERIES + 3
    this.#share = this.#load()
  }

  #load(): SharePartition {
    const state = this.#bugs.load?.(this.#stored) ?? this.#stored
    const limits = { maxInFlight: 60, maxDeliveryCount: this.#limit, lockMs: LOCK_MS, mayRenew: true }
    return new SharePartition({ ...state, stateEpoch: 0 }, () => ({ ...limits, hasDeadLetterQueue: false }))
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) this.#step()
    this.#drain()
    this.#checker.finished()
  }

  #step(): void {
    const what = this.#random(20)
    if (what < 7) this.#acquire(MEMBERS[this.#random(MEMBERS.length)] ?? 'a', this.#random(2) === 0)
    else if (what < 14) this.#acknowledge()
    else if (what < 16) this.#settle(this.#random(4) > 0)
    else if (what < 18) this.#pass(1 + this.#random(LOCK_MS))
    else if (what === 18) this.#release(MEMBERS[this.#random(MEMBERS.length)] ?? 'a')
    else this.#crash()
  }

  #acquire(member: string, isExact: boolean): void {
    if (!this.#share.canAcquire()) return
    let fetchOffset = this.#share.nextFetchOffset()
    if (this.#bugs.skips && this.#random(10) === 0) fetchOffset += BATCH
    const batches: { baseOffset: number; lastOffset: number }[] = []
    const base = fetchOffset - (fetchOffset % BATCH)
    for (let at = base; at < Math.min(RECORDS, base + BATCH * (1 + this.#random(4))); at += BATCH) {
      batches.push({ baseOffset: at, lastOffset: at + BATCH - 1 })
    }
    const maxRecords = 1 + this.#random(20)
    const input = { memberId: member, batches, aborted: [], fetchOffset, maxRecords, batchSize: BATCH, isExact }
    const acquired = acquire(this.#share, { ...input, nowMs: this.#nowMs })
    for (const { firstOffset: first, lastOffset: last, deliveryCount } of acquired) {
      this.#checker.delivered(member, first, last, deliveryCount, this.#nowMs)
      this.#held.push({ member, first, last, untilMs: this.#nowMs + LOCK_MS })
      if (this.#bugs.givesToTwo && this.#random(20) === 0)
        this.#checker.delivered('x', first, last, deliveryCount, this.#nowMs)
    }
  }

  #acknowledge(
    type = [AcknowledgeType.ACCEPT, AcknowledgeType.RELEASE, AcknowledgeType.REJECT][this.#random(3)] ?? 1,
  ): void {
    const at = this.#random(Math.max(1, this.#held.length))
    const [held] = this.#held.splice(at, 1)
    if (held === undefined) return
    const { member, first, last } = held
    try {
      const change = acknowledge(
        this.#share,
        member,
        [{ firstOffset: first, lastOffset: last, types: [type] }],
        this.#nowMs,
      )
      this.#pending.push({ change, told: (isStored) => isStored && this.#mark(change) })
    } catch (error) {
      // Its lock has ended, or its leader has died.
      if (!(error instanceof KafkaError)) throw error
    }
  }

  /** The share coordinator answers the oldest request. */
  #settle(isStored: boolean): void {
    const next = this.#pending.shift()
    if (next === undefined) return
    if (isStored) this.#store(next.change)
    this.#share.settle(next.change, isStored || this.#bugs.settlesFailures === true, this.#nowMs)
    next.told(isStored || this.#bugs.settlesFailures === true)
  }

  #store({ batches }: Change): void {
    const { startOffset } = this.#share
    const what = this.#bugs.store?.(batches, startOffset) ?? { batches, startOffset }
    const start = Math.max(what.startOffset, this.#stored.startOffset)
    this.#stored = { startOffset: start, batches: combineBatches(this.#stored.batches, what.batches, start) }
  }

  #pass(ms: number): void {
    this.#nowMs += ms
    if (this.#bugs.endsNoLocks) return
    const change = this.#share.endLocks(this.#nowMs)
    if (change.batches.length > 0) this.#store(change)
    this.#share.settle(change, true, this.#nowMs)
  }

  #release(member: string): void {
    for (const held of this.#held.filter((each) => each.member === member))
      this.#held.splice(this.#held.indexOf(held), 1)
    if (this.#bugs.forgetsRelease) return
    const change = this.#share.release(member)
    if (change.batches.length === 0) return
    this.#pending.push({ change, told: (isStored) => isStored && this.#mark(change) })
  }

  #crash(): void {
    // A request that is under way may have been stored or not; nobody is told.
    for (const { change } of this.#pending) {
      if (this.#random(2) === 0) break
      this.#store(change)
      this.#mark(change)
    }
    this.#pending = []
    this.#checker.crashed()
    this.#share = this.#load()
  }

  /** The records are done with, or somebody may get them again. */
  #mark({ batches }: Change): void {
    for (const { firstOffset, lastOffset, deliveryState } of batches) {
      const isFinal = deliveryState === DeliveryState.ACKNOWLEDGED || deliveryState === DeliveryState.ARCHIVED
      this.#checker.acknowledged(firstOffset, lastOffset, isFinal)
    }
  }

  /** Everybody is well from now on: what can be delivered is, and is accepted. */
  #drain(): void {
    for (let round = 0; round < 400; round++) {
      while (this.#pending.length > 0) this.#settle(true)
      this.#pass(LOCK_MS + 1)
      this.#acquire('a', false)
      while (this.#held.length > 0) this.#acknowledge(AcknowledgeType.ACCEPT)
    }
  }
}

/** The first seed whose world breaks a promise, and how; null when none does. */
function firstBroken(bugs: Bugs, seeds = SEEDS): string | null {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      new World(seed, bugs).run(300)
    } catch (error) {
      return `seed ${seed}: ${(error as Error).message}`
    }
  }
  return null
}

t.test('a queue keeps its promise', (t) => {
  t.equal(firstBroken({ name: 'none' }), null)
  t.end()
})

const without = (state: number) => (batches: readonly StateBatch[], startOffset: number) => {
  return { batches: batches.filter(({ deliveryState }) => deliveryState !== state), startOffset }
}

const PLANTED: readonly Bugs[] = [
  { name: 'an acknowledgement is not stored', store: without(DeliveryState.ACKNOWLEDGED) },
  { name: 'a rejection is not stored', store: without(DeliveryState.ARCHIVED) },
  { name: 'a lock never ends, nor does a session', endsNoLocks: true, forgetsRelease: true },
  {
    name: 'the start offset is stored too far on',
    store: (batches, startOffset) => ({ batches, startOffset: startOffset + 3 }),
  },
  { name: 'a leader reads the start offset and no batches', load: ({ startOffset }) => ({ startOffset, batches: [] }) },
  {
    name: 'a leader reads a state without its tail',
    load: ({ startOffset, batches }) => ({ startOffset, batches: batches.slice(0, -1) }),
  },
  { name: 'the delivery limit is another one', ignoresLimit: true },
  { name: 'a refused acknowledgement counts', settlesFailures: true },
  { name: 'two members get the same record', givesToTwo: true },
  { name: 'records are skipped', skips: true },
]

for (const bug of PLANTED) {
  t.test(`planted: ${bug.name}`, (t) => {
    t.not(firstBroken(bug), null)
    t.end()
  })
}
