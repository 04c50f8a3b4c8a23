/** Keys of transactions and of producers, as producers see them. */
import { errorName } from '../../../protocol/errors.ts'
import type { Bench } from './bench.ts'
import { prove } from './prove.ts'

const initialize = async (bench: Bench, transactionalId: string | null = 'tx', body: object = {}, version = 5) => {
  for (;;) {
    const answer = await bench.ask('InitProducerId', version, {
      transactionalId,
      transactionTimeoutMs: 10_000,
      ...body,
    })
    if (
      !['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'].includes(
        errorName(answer.errorCode),
      )
    )
      return answer
    await bench.ask('FindCoordinator', 4, { keyType: 1, coordinatorKeys: [transactionalId ?? ''] })
    await bench.runFor(100)
  }
}

/** The state of each transactional id. */
const transactions = async (bench: Bench): Promise<string[]> =>
  (await bench.ask('ListTransactions', 1, {})).transactionStates.map(
    ({ transactionState }: { transactionState: string }) => transactionState,
  )

const begin = async (bench: Bench) => {
  await bench.createTopic('t')
  const { producerId, producerEpoch } = await initialize(bench)
  const transaction = { transactionalId: 'tx', producerId, producerEpoch, topics: [{ name: 't', partitions: [0] }] }
  const body = {
    v3AndBelowTransactionalId: 'tx',
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: transaction.topics,
  }
  await bench.ask('AddPartitionsToTxn', 3, body)
  return transaction
}

const producers = async (bench: Bench): Promise<number> => {
  const { topics } = await bench.ask('DescribeProducers', 0, { topics: [{ name: 't', partitionIndexes: [0] }] })
  return topics[0].partitions[0].activeProducers.length
}

const idempotent = async (bench: Bench) => {
  await bench.createTopic('t')
  const { producerId, producerEpoch } = await initialize(bench, null)
  await bench.produce('t', [{ value: 'a' }], { producerId, producerEpoch, baseSequence: 0 })
}

const topicOf = async (bench: Bench) => {
  await initialize(bench)
  return '__transaction_state'
}

prove([
  {
    title: 'transaction.max.timeout.ms is the longest transaction that a producer may ask for',
    config: { 'transaction.max.timeout.ms': '5000' },
    see: async (bench) => errorName((await initialize(bench)).errorCode),
    without: 'NONE',
    with: 'INVALID_TRANSACTION_TIMEOUT',
  },
  {
    title: 'transaction.abort.timed.out.transaction.cleanup.interval.ms is how often transactions are looked at',
    config: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '60000' },
    see: async (bench) => {
      await begin(bench)
      await bench.runFor(30_000)
      return transactions(bench)
    },
    without: ['CompleteAbort'],
    with: ['Ongoing'],
  },
  {
    title: 'transactional.id.expiration.ms is how long an id that nobody uses is known',
    config: { 'transactional.id.expiration.ms': '60000' },
    always: { 'transaction.remove.expired.transaction.cleanup.interval.ms': '10000' },
    see: async (bench) => {
      await initialize(bench)
      await bench.runFor(120_000)
      return transactions(bench)
    },
    without: ['Empty'],
    with: [],
  },
  {
    title: 'transaction.remove.expired.transaction.cleanup.interval.ms is how often such ids are looked for',
    config: { 'transaction.remove.expired.transaction.cleanup.interval.ms': '10000' },
    always: { 'transactional.id.expiration.ms': '60000' },
    see: async (bench) => {
      await initialize(bench)
      await bench.runFor(120_000)
      return transactions(bench)
    },
    without: ['Empty'],
    with: [],
  },
  {
    title: 'transaction.partition.verification.enable refuses records of transactions that are not begun',
    config: { 'transaction.partition.verification.enable': 'false' },
    dynamic: { 'transaction.partition.verification.enable': 'false' },
    see: async (bench) => {
      await bench.createTopic('t')
      const { producerId, producerEpoch } = await initialize(bench)
      const batch = { producerId, producerEpoch, baseSequence: 0, isTransactional: true }
      return (await bench.produce('t', [{ value: 'a' }], batch, 0, { version: 11, transactionalId: 'tx' })).error
    },
    without: 'TRANSACTION_ABORTABLE',
    with: 'NONE',
  },
  {
    title: 'transaction.state.log.load.buffer.size is how much a coordinator reads at a time when it loads',
    config: { 'transaction.state.log.load.buffer.size': '500' },
    see: async (bench) => {
      for (let i = 0; i < 40; i++) await initialize(bench, `tx-${i}`)
      await bench.stop()
      const before = bench.story.length
      await bench.startAgain()
      await initialize(bench)
      const reads = bench.story
        .slice(before)
        .filter((line) => / read \/data\/__transaction_state-0\/0+\.log/.test(line))
      return [reads.length > 6, (await transactions(bench)).length]
    },
    without: [false, 41],
    with: [true, 41],
  },
  {
    title: 'transaction.state.log.num.partitions is how many the topic of the coordinators gets',
    config: { 'transaction.state.log.num.partitions': '3' },
    see: async (bench) => {
      const { topics } = await bench.ask('Metadata', 12, { topics: [{ name: await topicOf(bench) }] })
      return topics[0].partitions.length
    },
    without: 1,
    with: 3,
  },
  {
    title: 'transaction.state.log.segment.bytes is how large its segments are',
    config: { 'transaction.state.log.segment.bytes': '2000000' },
    see: async (bench) => bench.topicValue(await topicOf(bench), 'segment.bytes'),
    without: '104857600',
    with: '2000000',
  },
  {
    title: 'transaction.state.log.min.isr is how many replicas a record of it needs',
    config: { 'transaction.state.log.min.isr': '2' },
    see: async (bench) => bench.topicValue(await topicOf(bench), 'min.insync.replicas'),
    without: '1',
    with: '2',
  },
  {
    title: 'transaction.state.log.replication.factor is how many replicas it gets, or cannot have',
    config: { 'transaction.state.log.replication.factor': '2' },
    see: async (bench) => {
      await bench.ask('FindCoordinator', 4, { keyType: 1, coordinatorKeys: ['tx'] })
      await bench.runFor(2000)
      const { coordinators } = await bench.ask('FindCoordinator', 4, { keyType: 1, coordinatorKeys: ['tx'] })
      return errorName(coordinators[0].errorCode)
    },
    without: 'NONE',
    with: 'COORDINATOR_NOT_AVAILABLE',
  },
  {
    title: 'producer.id.expiration.ms is how long a silent producer is remembered',
    config: { 'producer.id.expiration.ms': '60000' },
    dynamic: { 'producer.id.expiration.ms': '60000' },
    always: { 'producer.id.expiration.check.interval.ms': '30000' },
    see: async (bench) => {
      await idempotent(bench)
      await bench.runFor(120_000)
      return producers(bench)
    },
    without: 1,
    with: 0,
  },
  {
    title: 'producer.id.expiration.check.interval.ms is how often silent producers are looked for',
    config: { 'producer.id.expiration.check.interval.ms': '30000' },
    always: { 'producer.id.expiration.ms': '60000' },
    see: async (bench) => {
      await idempotent(bench)
      await bench.runFor(120_000)
      return producers(bench)
    },
    without: 1,
    with: 0,
  },
])
