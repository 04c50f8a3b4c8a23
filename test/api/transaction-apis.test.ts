/** The APIs of transactions on real logs: what each version is told, and what the logs hold. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../../protocol/messages/add-partitions-to-txn.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/messages/describe-producers.ts'
import { EndTxnRequest, EndTxnResponse } from '../../protocol/messages/end-txn.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/messages/list-transactions.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/messages/txn-offset-commit.ts'
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from '../../protocol/messages/write-txn-markers.ts'
import { facts } from '../support/facts.ts'
import { TransactionBroker, transactionalBatch } from './support/transaction-broker.ts'

const { NONE, INVALID_TXN_STATE, TRANSACTION_ABORTABLE, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED } = ErrorCode
const transactionalId = 'tx'

type Producer = { producerId: bigint; producerEpoch: number }

async function init(broker: TransactionBroker, version = 5, current: Partial<Producer> = {}) {
  const request = { transactionalId, transactionTimeoutMs: 60_000, ...current }
  return broker.send(InitProducerIdRequest, InitProducerIdResponse, version, request)
}

async function addPartition(broker: TransactionBroker, producer: Producer, version = 3, partition = 0) {
  const answer = await broker.send(AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, version, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: 'topic', partitions: [partition] }],
  })
  return answer.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode
}

async function produce(
  broker: TransactionBroker,
  producer: Producer,
  version: number,
  baseSequence = 0,
  id = transactionalId,
) {
  const records = transactionalBatch({ ...producer, baseSequence })
  const answer = await broker.send(ProduceRequest, ProduceResponse, version, {
    transactionalId: id,
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitionData: [{ index: 0, records }] }],
  })
  return answer.responses[0].partitionResponses[0].errorCode
}

async function end(broker: TransactionBroker, producer: Producer, committed: boolean, version: number) {
  return broker.send(EndTxnRequest, EndTxnResponse, version, { transactionalId, ...producer, committed })
}

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

async function commitOffset(broker: TransactionBroker, producer: Producer, version: number, fields: object = {}) {
  const answer = await broker.send(TxnOffsetCommitRequest, TxnOffsetCommitResponse, version, {
    transactionalId,
    groupId: 'group',
    ...producer,
    topics: [
      {
        name: 'topic',
        topicId: TOPIC_ID,
        partitions: [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: null }],
      },
    ],
    ...fields,
  })
  return answer.topics[0].partitions[0].errorCode
}

async function offset(broker: TransactionBroker, requireStable: boolean) {
  const topics = [{ name: 'topic', topicId: TOPIC_ID, partitionIndexes: [0] }]
  const group = { groupId: 'group', memberId: null, memberEpoch: -1, topics }
  const { committedOffset, errorCode } = (await broker.groups.offsets.fetch(group, requireStable)).topics[0]
    .partitions[0]
  return errorCode === NONE ? Number(committedOffset) : errorCode
}

const producerOf = ({ producerId, producerEpoch }: Producer): Producer => ({ producerId, producerEpoch })

t.test('versions are those that Kafka advertises', async (t) => {
  const { handlers } = await TransactionBroker.start(t)
  t.equal(handlers.length, 10)
  for (const { apiKey, name, minVersion, advertisedMinVersion: min = minVersion, maxVersion: max } of handlers) {
    const api = facts('api-keys.json').apis.find(({ id }: { id: number }) => id === apiKey)
    t.strictSame({ name, min, max }, { name: api.name, ...api.advertisedBroker })
  }
})

t.test('the classic protocol: partitions are added before they are written to', async (t) => {
  const broker = await TransactionBroker.start(t)
  const producer = producerOf(await init(broker))
  t.equal(await produce(broker, producer, 10), INVALID_TXN_STATE, 'not added')
  t.equal(await produce(broker, producer, 11), TRANSACTION_ABORTABLE, 'a client that knows the code')
  t.equal(broker.log('topic', 0).logEndOffset, 0)
  t.equal(await addPartition(broker, producer), NONE)
  t.equal(await produce(broker, producer, 10), NONE)
  t.equal(await produce(broker, producer, 10), NONE, 'a retry')
  t.equal(broker.log('topic', 0).logEndOffset, 1)
  t.equal(broker.log('topic', 0).replica.lastStableOffset, 0)
  t.match(await end(broker, producer, true, 4), { errorCode: NONE, producerId: -1n, producerEpoch: -1 })
  await broker.completed(transactionalId)
  t.equal(broker.log('topic', 0).replica.lastStableOffset, 2)
  t.equal(await produce(broker, producer, 10, 1), INVALID_TXN_STATE, 'the next transaction has not been begun')
  t.equal(broker.log('topic', 0).replica.lastStableOffset, broker.log('topic', 0).logEndOffset)
})

t.test('transaction version 2: producing adds the partition', async (t) => {
  const broker = await TransactionBroker.start(t)
  const producer = producerOf(await init(broker))
  t.equal(await produce(broker, producer, 12), NONE)
  const next = await end(broker, producer, false, 5)
  await broker.completed(transactionalId)
  t.match(next, { errorCode: NONE, producerId: producer.producerId, producerEpoch: 1 })
  t.equal(await produce(broker, producer, 12, 1), INVALID_PRODUCER_EPOCH, 'it came late')
  t.equal(await produce(broker, producerOf(next), 13), NONE)
  t.equal(await produce(broker, producerOf(next), 13, 5), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  t.match(await end(broker, producerOf(next), true, 5), { errorCode: NONE, producerEpoch: 2 })
  await broker.completed(transactionalId)
  const log = broker.log('topic', 0)
  t.equal(log.replica.lastStableOffset, 4)
  const read = await log.read(0, { maxBytes: 1 << 20, upToOffset: 4, minOneBatch: true })
  t.same(await log.abortedTransactions(read), [{ producerId: Number(producer.producerId), firstOffset: 0 }])
})

t.test('what a transactional request must not be', async (t) => {
  const broker = await TransactionBroker.start(t)
  const producer = producerOf(await init(broker))
  const send = (id: string | null, batches: Buffer[]) =>
    broker.send(ProduceRequest, ProduceResponse, 12, {
      transactionalId: id,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: 'topic', partitionData: batches.map((records, index) => ({ index, records })) }],
    })
  const codes = async (answer: ReturnType<typeof send>) =>
    (await answer).responses[0].partitionResponses.map(({ errorCode }) => errorCode)
  t.same(await codes(send(null, [transactionalBatch(producer)])), [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED])
  const other = transactionalBatch({ ...producer, producerId: 99n })
  const { INVALID_PRODUCER_ID_MAPPING } = ErrorCode
  t.same(await codes(send('tx', [transactionalBatch(producer), other])), Array(2).fill(INVALID_PRODUCER_ID_MAPPING))
  t.equal(await produce(broker, producer, 12, 0, 'nobody'), INVALID_PRODUCER_ID_MAPPING)
  t.equal(await produce(broker, { ...producer, producerEpoch: 4 }, 12), INVALID_PRODUCER_EPOCH)
})

t.test('clients before KIP-588 know a newer producer by another code', async (t) => {
  const broker = await TransactionBroker.start(t)
  const zombie = producerOf(await init(broker))
  await init(broker)
  t.equal(await addPartition(broker, zombie, 1), INVALID_PRODUCER_EPOCH)
  t.equal(await addPartition(broker, zombie, 2), PRODUCER_FENCED)
  for (const [version, code] of [
    [1, INVALID_PRODUCER_EPOCH],
    [2, PRODUCER_FENCED],
  ]) {
    t.equal((await end(broker, zombie, true, version)).errorCode, code)
    const request = { transactionalId, ...zombie, groupId: 'group' }
    const answer = await broker.send(AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, version, request)
    t.equal(answer.errorCode, code)
  }
  await init(broker)
  t.equal((await init(broker, 3, zombie)).errorCode, INVALID_PRODUCER_EPOCH)
  t.match(await init(broker, 4, zombie), { errorCode: PRODUCER_FENCED, producerId: -1n, producerEpoch: -1 })
  t.equal((await init(broker, 5, { producerId: 7n })).errorCode, ErrorCode.INVALID_REQUEST)
})

t.test('AddPartitionsToTxn: all or nothing, and in batches between brokers', async (t) => {
  const broker = await TransactionBroker.start(t)
  const producer = producerOf(await init(broker))
  const transaction = (verifyOnly: boolean, ...partitions: number[]) => ({
    transactionalId,
    ...producer,
    verifyOnly,
    topics: [{ name: 'topic', partitions }],
  })
  const send = async (verifyOnly: boolean, ...partitions: number[]) => {
    const request = { transactions: [transaction(verifyOnly, ...partitions)] }
    const answer = await broker.send(AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, 5, request)
    return answer.resultsByTransaction[0].topicResults[0].resultsByPartition.map((one) => one.partitionErrorCode)
  }
  const { OPERATION_NOT_ATTEMPTED, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode
  t.same(await send(false, 0, 9), [OPERATION_NOT_ATTEMPTED, UNKNOWN_TOPIC_OR_PARTITION])
  t.same(await send(true, 0), [TRANSACTION_ABORTABLE])
  t.same(await send(false, 0), [NONE])
  t.same(await send(true, 0, 1), [NONE, TRANSACTION_ABORTABLE])
})

t.test('offsets wait for the marker', async (t) => {
  for (const [version, committed] of [
    [3, true],
    [4, false],
    [5, true],
    [5, false],
  ] as const) {
    const broker = await TransactionBroker.start(t)
    const producer = producerOf(await init(broker))
    const addsItself = version >= 5
    const refusal = version >= 4 ? TRANSACTION_ABORTABLE : INVALID_TXN_STATE
    if (!addsItself) {
      t.equal(await commitOffset(broker, producer, version), refusal)
      const request = { transactionalId, ...producer, groupId: 'group' }
      t.match(await broker.send(AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, 3, request), { errorCode: NONE })
    }
    t.equal(await commitOffset(broker, producer, version), NONE)
    t.equal(await offset(broker, false), -1)
    t.equal(await offset(broker, true), ErrorCode.UNSTABLE_OFFSET_COMMIT)
    await end(broker, producer, committed, addsItself ? 5 : 4)
    await broker.completed(transactionalId)
    t.equal(await offset(broker, true), committed ? 5 : -1)
    if (addsItself) t.equal(await commitOffset(broker, producer, 5), INVALID_PRODUCER_EPOCH, 'it came late')
  }
})

t.test('TxnOffsetCommit: who may, and which partitions', async (t) => {
  const broker = await TransactionBroker.start(t)
  const producer = producerOf(await init(broker))
  const partitions = [{ partitionIndex: 9, committedOffset: 5n, committedMetadata: null }]
  t.equal(
    await commitOffset(broker, producer, 5, { topics: [{ name: 'topic', partitions }] }),
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  )
  t.equal(
    await commitOffset(broker, producer, 6, { topics: [{ topicId: TOPIC_ID, partitions }] }),
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  )
  for (const topicId of ['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAYw']) {
    const byId = { topics: [{ topicId, partitions }] }
    t.equal(await commitOffset(broker, producer, 6, byId), ErrorCode.UNKNOWN_TOPIC_ID)
  }
  t.equal(await commitOffset(broker, producer, 5, { groupId: '' }), ErrorCode.INVALID_GROUP_ID)
  const asMember = { memberId: 'gone', generationIdOrMemberEpoch: 3 }
  t.equal(await commitOffset(broker, producer, 5, asMember), ErrorCode.ILLEGAL_GENERATION)
  t.equal(await commitOffset(broker, producer, 6, asMember), ErrorCode.GROUP_ID_NOT_FOUND)
  t.equal(await commitOffset(broker, producer, 6), NONE)
  t.equal(await commitOffset(broker, producer, 5), NONE)
  t.equal(await commitOffset(broker, producer, 5, asMember), ErrorCode.UNKNOWN_MEMBER_ID)
})

t.test('a transaction that hangs is found, and aborted by hand', async (t) => {
  const broker = await TransactionBroker.start(t, { 'transaction.partition.verification.enable': 'false' })
  const producer = { producerId: 1_234n, producerEpoch: 3 }
  t.equal(await produce(broker, producer, 9), NONE, 'from before verification')
  const topics = [{ name: 'topic', partitionIndexes: [0, 9] }]
  const described = await broker.send(DescribeProducersRequest, DescribeProducersResponse, 0, { topics })
  t.match(described.topics[0].partitions, [
    { errorCode: NONE, activeProducers: [{ ...producer, currentTxnStartOffset: 0n, coordinatorEpoch: -1 }] },
    { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
  ])
  const marker = { ...producer, transactionResult: false, coordinatorEpoch: 0, topics }
  const written = await broker.send(WriteTxnMarkersRequest, WriteTxnMarkersResponse, 2, { markers: [marker] })
  t.same(written.markers[0].topics[0].partitions, [
    { partitionIndex: 0, errorCode: NONE },
    { partitionIndex: 9, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
  ])
  t.equal(broker.log('topic', 0).replica.lastStableOffset, 2)
  const late = { ...marker, producerEpoch: 2 }
  const refused = await broker.send(WriteTxnMarkersRequest, WriteTxnMarkersResponse, 1, { markers: [late] })
  t.equal(refused.markers[0].topics[0].partitions[0].errorCode, INVALID_PRODUCER_EPOCH)
})

/**
 * As Apache 4.4.0 answers (its WriteTxnMarkersResponse is built from a map, and read into one): a coordinator that has two
 * markers for one producer, where leaders have moved, would never hear of the first.
 */
t.test('the markers of one producer are answered together', async (t) => {
  const broker = await TransactionBroker.start(t)
  const markerOf = (producerId: bigint, topics: object[]) => {
    return { producerId, producerEpoch: 0, transactionResult: true, coordinatorEpoch: 0, topics }
  }
  const markers = [
    markerOf(30n, [{ name: 'topic', partitionIndexes: [0] }]),
    markerOf(5n, []),
    markerOf(30n, [
      { name: 'topic', partitionIndexes: [9] },
      { name: 'gone', partitionIndexes: [0] },
    ]),
    markerOf(31n, [{ name: 'topic', partitionIndexes: [0] }]),
  ]
  const written = await broker.send(WriteTxnMarkersRequest, WriteTxnMarkersResponse, 1, { markers })
  const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  t.same(written.markers, [
    {
      producerId: 30n,
      topics: [
        {
          name: 'topic',
          partitions: [
            { partitionIndex: 0, errorCode: NONE },
            { partitionIndex: 9, errorCode: unknown },
          ],
        },
        { name: 'gone', partitions: [{ partitionIndex: 0, errorCode: unknown }] },
      ],
    },
    { producerId: 31n, topics: [{ name: 'topic', partitions: [{ partitionIndex: 0, errorCode: NONE }] }] },
  ])
})

t.test('ListTransactions names the states that it does not know', async (t) => {
  const broker = await TransactionBroker.start(t)
  await init(broker)
  const request = { stateFilters: ['Empty', 'Tired', 'Dead'] }
  const listed = await broker.send(ListTransactionsRequest, ListTransactionsResponse, 2, request)
  t.match(listed, { errorCode: NONE, unknownStateFilters: ['Tired'] })
  t.match(listed.transactionStates, [{ transactionalId, transactionState: 'Empty' }])
})
