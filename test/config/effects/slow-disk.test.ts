/** Keys that are seen on a disk that takes its time: timeouts, retries, recovery, moves. */

import t from 'tap'
import { errorName } from '../../../protocol/errors.ts'
import { EndTxnRequest, EndTxnResponse } from '../../../protocol/messages/end-txn.ts'
import { Bench, text } from './bench.ts'
import { prove } from './prove.ts'

/** From here on each operation takes seconds. */
function slowDown({ node }: Bench): void {
  node.disk.slowness = 20_000
  node.disk.inlineWrites = 0
}

const coordinator = async (bench: Bench, keyType: number) => {
  for (;;) {
    const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType, coordinatorKeys: ['x'] })
    await bench.runFor(1000)
    if (coordinators[0].errorCode === 0) return
  }
}

const commitSlowly = async (bench: Bench) => {
  await bench.createTopic('t')
  await coordinator(bench, 0)
  slowDown(bench)
  const partitions = [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: '' }]
  const { topics } = await bench.ask('OffsetCommit', 8, { groupId: 'x', topics: [{ name: 't', partitions }] })
  return errorName(topics[0].partitions[0].errorCode)
}

const initialize = (bench: Bench) =>
  bench.ask('InitProducerId', 5, { transactionalId: 'x', transactionTimeoutMs: 60_000 })

/** How long a producer waits that begins its next transaction while the markers of the last one are written. */
const nextTransaction = async (bench: Bench) => {
  await bench.createTopic('t')
  await coordinator(bench, 1)
  const { producerId, producerEpoch } = await initialize(bench)
  const batch = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
  const send = (options: object) =>
    bench.produce('t', [{ value: 'a' }], { ...batch, ...options }, 0, { version: 12, transactionalId: 'x' })
  await send({})
  slowDown(bench)
  const ending = bench
    .client('other')
    .request(
      EndTxnRequest,
      EndTxnResponse,
      5,
      { transactionalId: 'x', producerId, producerEpoch, committed: true },
      60_000,
    )
  await bench.runFor(300)
  const startedMs = bench.world.timeMs
  const { error } = await send({ producerEpoch: producerEpoch + 1 })
  void ending.catch(() => {})
  return { error, tookMs: bench.world.timeMs - startedMs }
}

/** How often recovery goes from one log to another. */
const recovery = async (bench: Bench) => {
  for (const topic of ['t1', 't2', 't3', 't4']) {
    await bench.createTopic(topic)
    await bench.produce(topic, [{ value: text(100) }])
  }
  await bench.crash('kill')
  const before = bench.story.length
  await bench.startAgain()
  const topics = bench.story.slice(before).flatMap((line) => /\/data\/(t\d)-0\/0+\.log/.exec(line)?.[1] ?? [])
  return topics.filter((topic, i) => topic !== topics[i - 1]).length > 4
}

prove([
  {
    title: 'offsets.commit.timeout.ms is how long a commit may take',
    config: { 'offsets.commit.timeout.ms': '100' },
    see: commitSlowly,
    without: 'NONE',
    with: 'COORDINATOR_NOT_AVAILABLE',
  },
  {
    title: 'request.timeout.ms is how long what the transaction coordinator writes may take',
    config: { 'request.timeout.ms': '100' },
    see: async (bench) => {
      await coordinator(bench, 1)
      // The broker has producer ids in hand from now on.
      await initialize(bench)
      slowDown(bench)
      return (await initialize(bench)).errorCode === 0
    },
    without: true,
    with: false,
  },
  {
    title: 'add.partitions.to.txn.retry.backoff.max.ms is how long the next transaction waits for the last one',
    config: { 'add.partitions.to.txn.retry.backoff.max.ms': '1500' },
    see: async (bench) => (await nextTransaction(bench)).tookMs > 1000,
    without: false,
    with: true,
  },
  {
    title: 'add.partitions.to.txn.retry.backoff.ms is how long it waits before it asks again',
    config: { 'add.partitions.to.txn.retry.backoff.ms': '1500' },
    see: async (bench) => (await nextTransaction(bench)).tookMs > 1000,
    without: false,
    with: true,
  },
  {
    title: 'num.recovery.threads.per.data.dir is how many logs of a directory are recovered beside each other',
    config: { 'num.recovery.threads.per.data.dir': '1' },
    dynamic: { 'num.recovery.threads.per.data.dir': '1' },
    see: recovery,
    without: true,
    with: false,
  },
])

t.test('replica.alter.log.dirs.io.max.bytes.per.second is how fast replicas move', async (t) => {
  const moved = async (rate: string | null) => {
    const bench = await Bench.start({ 'log.dirs': '/data,/more' })
    await bench.createTopic('t')
    for (let i = 0; i < 20; i++) await bench.produce('t', [{ value: text(10_000) }])
    if (rate !== null) {
      t.equal(await bench.alter('BROKER', '', { 'replica.alter.log.dirs.io.max.bytes.per.second': rate }), 'NONE')
    }
    const path = bench.files(/^\/data\/t-0\//).length > 0 ? '/more' : '/data'
    await bench.ask('AlterReplicaLogDirs', 2, { dirs: [{ path, topics: [{ name: 't', partitions: [0] }] }] })
    await bench.runFor(10_000)
    return bench.files(new RegExp(`^${path}/t-0/`)).length > 0
  }
  t.equal(await moved(null), true)
  t.equal(await moved('1000'), false)
})
