/**
 * A coordinator may die between any two of its effects: the next one ends every transaction as its log says. An effect
 * is an append to `__transaction_state` or a marker in a partition; the dead coordinator's next one never happens.
 */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { AppendDone } from '../../../src/coordinator/runtime/coordinator-log.ts'
import {
  NO_PRODUCER_EPOCH,
  type TransactionMetadata,
} from '../../../src/coordinator/transaction/transaction-metadata.ts'
import { repetitions } from '../../support/repetitions.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { type Producer, TransactionBench, type World } from '../support/transaction-bench.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** How many effects a coordinator has left before it dies. */
interface Life {
  left: number
}

/** The log as a coordinator that dies sees it: it never hears of what comes after. */
class MortalLog extends MemoryLog {
  readonly #log: MemoryLog
  readonly #life: Life

  constructor(log: MemoryLog, life: Life) {
    super()
    this.#log = log
    this.#life = life
  }

  override endOffset(): number {
    return this.#log.endOffset()
  }

  override highWatermark(): number {
    return this.#log.highWatermark()
  }

  override read(topic: string, partition: number, fromOffset: number) {
    return this.#log.read(topic, partition, fromOffset)
  }

  override append(topic: string, partition: number, batch: Buffer, leaderEpoch: number, done: AppendDone): void {
    if (this.#life.left-- > 0) this.#log.append(topic, partition, batch, leaderEpoch, done)
  }

  override onHighWatermark(topic: string, partition: number, listener: (highWatermark: number) => void) {
    return this.#log.onHighWatermark(topic, partition, listener)
  }
}

function mortal(world: World, life: Life, transactionVersion: number): Promise<TransactionBench> {
  return TransactionBench.start(
    {
      transactionVersion,
      log: new MortalLog(world.log, life),
      beforeMarker: () => (life.left-- > 0 ? undefined : new Promise<void>(() => {})),
    },
    world,
  )
}

const newWorld = (): World => ({ log: new MemoryLog(), clock: new VirtualClock(), markers: [], nextProducerId: 0n })

/** Three transactions: one committed, one aborted, one left open and fenced. */
async function work(bench: TransactionBench, clientVersion: number): Promise<void> {
  let producer = await bench.init()
  for (const committed of [true, false]) {
    if (typeof producer !== 'object') return
    await bench.add(producer, ['a-0', 'a-1', 'b-0'], clientVersion)
    const ended = await bench.end(producer, committed, clientVersion)
    if (clientVersion >= 2) producer = ended
  }
  if (typeof producer === 'object') await bench.add(producer, ['b-0'], clientVersion)
  await bench.init()
  await bench.init()
}

/** The partitions of a transaction agree on its end, and it is the one in the log. */
function checkMarkers(t: Test, bench: TransactionBench): void {
  const decisions = bench.records().flatMap(({ value }) => (value !== null && isDecision(value) ? [value] : []))
  const { markers } = bench.world
  for (const decision of decisions) {
    for (const [topic, indexes] of decision.partitions) {
      for (const index of indexes) {
        const committed = decision.state === 'PrepareCommit'
        const isThere = markers.some(
          (marker) =>
            marker.partition === `${topic}-${index}` && isOf(marker, decision) && marker.committed === committed,
        )
        t.ok(isThere, `${decision.state} ${decision.producerId}/${decision.producerEpoch} in ${topic}-${index}`)
      }
    }
  }
  for (const marker of markers) {
    const isDecided = decisions.some(
      (decision) => isOf(marker, decision) && marker.committed === (decision.state === 'PrepareCommit'),
    )
    t.ok(isDecided, `the marker of ${marker.producerId}/${marker.producerEpoch} was decided`)
  }
}

const isDecision = ({ state }: TransactionMetadata) => state === 'PrepareCommit' || state === 'PrepareAbort'
const isOf = (one: Producer, other: Producer) =>
  one.producerId === other.producerId && one.producerEpoch === other.producerEpoch

for (const transactionVersion of [0, 2]) {
  t.test(`a crash after every effect, transaction version ${transactionVersion}`, async (t) => {
    for (let effects = 0; ; effects++) {
      const world = newWorld()
      const life = { left: effects }
      const bench = await mortal(world, life, transactionVersion)
      await Promise.race([work(bench, transactionVersion), ticks(400)])
      bench.coordinator.stop()
      const hasSurvived = life.left >= 0
      const next = await TransactionBench.start({ transactionVersion }, world, 2)
      checkMarkers(t, next)
      const { transactionState, errorCode } = await next.state()
      if (errorCode === ErrorCode.NONE) t.notMatch(transactionState, /^Prepare/, `after ${effects} effects`)
      // The next producer gets through, whatever was left open.
      let producer = await next.init()
      if (producer === ErrorCode.CONCURRENT_TRANSACTIONS) producer = await next.init()
      t.equal(typeof producer, 'object', `after ${effects} effects`)
      checkMarkers(t, next)
      next.coordinator.stop()
      if (hasSurvived) break
    }
  })
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

const step = fc.oneof(
  fc.record({ type: fc.constant('init' as const), knows: fc.boolean(), id: fc.constantFrom('x', 'y') }),
  fc.record({
    type: fc.constant('add' as const),
    partition: fc.constantFrom('a-0', 'b-1'),
    id: fc.constantFrom('x', 'y'),
  }),
  fc.record({ type: fc.constant('end' as const), committed: fc.boolean(), id: fc.constantFrom('x', 'y') }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 70_000), id: fc.constant('x') }),
  fc.record({ type: fc.constant('fail' as const), id: fc.constant('x') }),
)

t.test('after any history, what is replayed is what was there', async (t) => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 20 }),
    fc.constantFrom(0, 2),
    async (steps, version) => {
      const bench = await TransactionBench.start({ transactionVersion: version })
      const producers = new Map<string, Producer>()
      for (const { id, ...one } of steps) await take(bench, producers, id, one, version)
      const before = await Promise.all(['x', 'y'].map((id) => bench.state(id)))
      const replayed = await bench.restart()
      const after = await Promise.all(['x', 'y'].map((id) => replayed.state(id)))
      t.strictSame(after, before)
      checkMarkers(t, replayed)
      replayed.coordinator.stop()
    },
  )
  await fc.assert(property, { numRuns: repetitions(60) })
})

type Step = { type: 'init'; knows: boolean } | { type: 'add'; partition: string } | { type: 'end'; committed: boolean }
type AnyStep = Step | { type: 'wait'; ms: number } | { type: 'fail' }

async function take(
  bench: TransactionBench,
  producers: Map<string, Producer>,
  id: string,
  one: AnyStep,
  version: number,
): Promise<void> {
  const producer = producers.get(id) ?? { producerId: 0n, producerEpoch: NO_PRODUCER_EPOCH }
  const keep = (answer: Producer | number) => {
    if (typeof answer === 'object' && answer.producerId !== -1n) producers.set(id, answer)
  }
  switch (one.type) {
    case 'init':
      return keep(await bench.init(one.knows && producers.has(id) ? producer : null, 60_000, id))
    case 'add':
      await bench.add(producer, [one.partition], version, id)
      return
    case 'end':
      return keep(await bench.end(producer, one.committed, version, id))
    case 'wait':
      return bench.advance(one.ms)
    case 'fail':
      bench.failNextAppend()
      return
  }
}
