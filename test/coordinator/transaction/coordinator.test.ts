/** Limits, failures, producer ids that run out, and what administrators see. */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { compileIdPattern } from '../../../src/api/support/id-pattern.ts'
import { encodeBatch } from '../../../src/coordinator/runtime/batch-records.ts'
import { newTransaction, reinitialized } from '../../../src/coordinator/transaction/transaction-metadata.ts'
import { encodeTransactionRecord } from '../../../src/coordinator/transaction/transaction-records.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { TransactionBench, type World } from '../support/transaction-bench.ts'
import { play } from '../support/transaction-transcript.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const { CONCURRENT_TRANSACTIONS, INVALID_TRANSACTION_TIMEOUT } = ErrorCode

/** A world whose log holds one producer with this epoch. */
function worldWithEpoch(producerEpoch: number): World {
  const log = new MemoryLog()
  const clock = new VirtualClock()
  const producer = { producerId: 7n, producerEpoch, lastProducerEpoch: -1 }
  const value = reinitialized(newTransaction(7n, 60_000, clock.nowMs()), producer, 60_000, clock.nowMs())
  const record = encodeTransactionRecord({ transactionalId: 'tx', value, valueVersion: 1 })
  log.write(encodeBatch([{ ...record, timestamp: clock.nowMs() }], 0))
  log.commit()
  return { log, clock, markers: [], nextProducerId: 100n }
}

t.test('timeouts that are not possible', async (t) => {
  const bench = await TransactionBench.start()
  for (const timeoutMs of [-1, 0, 900_001]) t.equal(await bench.init(null, timeoutMs), INVALID_TRANSACTION_TIMEOUT)
  t.same(await bench.init(null, 900_000), { producerId: 0n, producerEpoch: 0 })
})

t.test('requests that make no sense', async (t) => {
  const bench = await TransactionBench.start()
  t.equal(await bench.init(null, 1_000, ''), ErrorCode.INVALID_REQUEST)
  t.equal(await bench.add({ producerId: 0n, producerEpoch: 0 }, ['a-0'], 2, ''), ErrorCode.INVALID_REQUEST)
  t.equal(await bench.end({ producerId: 0n, producerEpoch: 0 }, true, 2, ''), ErrorCode.INVALID_REQUEST)
  t.equal((await bench.state('')).errorCode, ErrorCode.INVALID_REQUEST)
  const twoPhase = { transactionalId: 'tx', timeoutMs: 1, expected: null, enableTwoPhaseCommit: true }
  t.equal(
    await bench.ask(bench.coordinator.initProducerId({ ...twoPhase, keepPreparedTransaction: false })),
    ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  )
})

t.test('the last epoch of a producer id is not given away: the next transaction goes on with a new id', async (t) => {
  const bench = await TransactionBench.start({}, worldWithEpoch(32_766))
  const script = '> add 7/32766 a-0\n> commit 7/32766\n> commit 7/32766\n> add 100/0 a-0\n> abort 7/32766'
  t.equal(
    await play(bench, script, 2),
    [
      '> add 7/32766 a-0',
      '  Ongoing 7/32766 a-0',
      '< ok',
      '> commit 7/32766',
      '  PrepareCommit 7/32767 then 100 a-0',
      '  CompleteCommit 100/0',
      '  COMMIT 7/32767 by 1 to a-0',
      '< 100/0',
      // The answer was lost.
      '> commit 7/32766',
      '< 100/0',
      '> add 100/0 a-0',
      '  Ongoing 100/0 a-0',
      '< ok',
      '> abort 7/32766',
      '< INVALID_PRODUCER_ID_MAPPING',
    ].join('\n'),
  )
})

t.test('InitProducerId rotates the producer id too', async (t) => {
  const bench = await TransactionBench.start({}, worldWithEpoch(32_766))
  t.same(await bench.init({ producerId: 7n, producerEpoch: 32_766 }), { producerId: 100n, producerEpoch: 0 })
  const again = await bench.init({ producerId: 7n, producerEpoch: 32_766 })
  t.same(again, { producerId: 100n, producerEpoch: 0 }, 'the answer was lost')
})

t.test('what cannot be written has not happened', async (t) => {
  const bench = await TransactionBench.start()
  const producer = await bench.initialized()
  for (const [failure, code] of [
    [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR],
  ]) {
    bench.world.log.failure = new KafkaError(failure)
    t.equal(await bench.add(producer, ['a-0']), code)
    t.equal((await bench.state()).transactionState, 'Empty')
  }
  await bench.add(producer, ['a-0'])
  bench.world.log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
  t.equal(await bench.end(producer, true), ErrorCode.COORDINATOR_NOT_AVAILABLE)
  t.equal((await bench.state()).transactionState, 'Ongoing')
  t.same(bench.world.markers, [], 'no marker without a decision')
  t.same(await bench.end(producer, true), { producerId: 0n, producerEpoch: 1 })
})

t.test('while markers are written, nothing else happens to the id; the client is not kept for long', async (t) => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const bench = await TransactionBench.start({ beforeMarker: () => gate })
  const producer = await bench.initialized()
  await bench.add(producer, ['a-0'])
  t.same(await bench.end(producer, true), { producerId: 0n, producerEpoch: 1 })
  t.equal((await bench.state()).transactionState, 'PrepareCommit')
  t.equal(await bench.add({ producerId: 0n, producerEpoch: 1 }, ['a-0']), CONCURRENT_TRANSACTIONS)
  t.equal(await bench.end(producer, true), CONCURRENT_TRANSACTIONS)
  t.equal(await bench.init(), CONCURRENT_TRANSACTIONS)
  open()
  await bench.settle()
  t.equal((await bench.state()).transactionState, 'CompleteCommit')
  t.equal(await bench.add({ producerId: 0n, producerEpoch: 1 }, ['a-0']), ErrorCode.NONE)
})

t.test('markers are tried again, unless the partition is gone or someone else ended the transaction', async (t) => {
  const refusals: number[] = [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.KAFKA_STORAGE_ERROR]
  const bench = await TransactionBench.start({
    beforeMarker: (partition) => {
      const code = partition === 'a-0' ? refusals.shift() : undefined
      if (code !== undefined) throw new KafkaError(code)
    },
  })
  const producer = await bench.initialized()
  await bench.add(producer, ['a-0', 'b-0'])
  bench.deleted.add('b-0')
  await bench.end(producer, true)
  t.equal((await bench.state()).transactionState, 'PrepareCommit')
  await bench.advance(100)
  await bench.advance(100)
  t.equal((await bench.state()).transactionState, 'CompleteCommit')
  t.match(bench.world.markers, [{ partition: 'a-0', committed: true, producerEpoch: 1, transactionVersion: 2 }])
  refusals.push(ErrorCode.TRANSACTION_COORDINATOR_FENCED)
  await bench.add({ producerId: 0n, producerEpoch: 1 }, ['a-0'])
  await bench.end({ producerId: 0n, producerEpoch: 1 }, false)
  await bench.advance(1_000)
  t.equal((await bench.state()).transactionState, 'PrepareAbort')
})

t.test('a coordinator that has resigned writes no more markers', async (t) => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let asked = 0
  const bench = await TransactionBench.start({
    beforeMarker: async () => {
      asked++
      await gate
      throw new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    },
  })
  const producer = await bench.initialized()
  await bench.add(producer, ['a-0'])
  await bench.end(producer, true)
  bench.coordinator.onResignation(0, 2)
  open()
  await bench.advance(1_000)
  t.equal(asked, 1)
  t.equal(await bench.init(), ErrorCode.NOT_COORDINATOR)
})

t.test('listing by state, producer, duration and pattern', async (t) => {
  const bench = await TransactionBench.start()
  const orders = await bench.initialized('orders-1')
  await bench.initialized('orders-2')
  await bench.initialized('billing')
  await bench.add(orders, ['a-0', 'a-2'], 2, 'orders-1')
  await bench.advance(5_000)
  const list = async (filter: object, pattern: string | null = null) => {
    const all = { stateFilters: [], producerIdFilters: [], durationFilter: -1n, transactionalIdPattern: null }
    const listed = await bench.ask(
      bench.coordinator.listTransactions({ ...all, ...filter }, await compileIdPattern(pattern, 'no pattern')),
    )
    return typeof listed === 'number' ? listed : listed.map(({ transactionalId }) => transactionalId).sort()
  }
  t.same(await list({}), ['billing', 'orders-1', 'orders-2'])
  t.same(await list({ stateFilters: ['Ongoing'] }), ['orders-1'])
  t.same(await list({ stateFilters: ['Ongoing', 'Empty'] }), ['billing', 'orders-1', 'orders-2'])
  t.same(await list({ stateFilters: ['Nonsense'] }), [])
  t.same(await list({ producerIdFilters: [orders.producerId] }), ['orders-1'])
  t.same(await list({}, 'orders-.*'), ['orders-1', 'orders-2'])
  t.same(await list({}, 'orders'), [], 'the whole id has to match')
  await t.rejects(list({}, '('), { code: ErrorCode.INVALID_REGULAR_EXPRESSION })
  t.same(await list({ stateFilters: ['Ongoing'], durationFilter: 4_999n }), ['orders-1'])
  t.same(await list({ stateFilters: ['Ongoing'], durationFilter: 5_000n }), [])
  t.same(await bench.state('orders-1'), {
    errorCode: ErrorCode.NONE,
    transactionalId: 'orders-1',
    transactionState: 'Ongoing',
    transactionTimeoutMs: 60_000,
    transactionStartTimeMs: BigInt(bench.world.clock.startMs),
    producerId: orders.producerId,
    producerEpoch: 0,
    topics: [{ topic: 'a', partitions: [0, 2] }],
  })
  t.equal((await bench.state('nobody')).errorCode, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
})
