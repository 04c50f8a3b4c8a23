/**
 * Produce as a leader of Apache Kafka answers it (KafkaApis.handleProduceRequest, ReplicaManager.appendRecords): each
 * partition for itself, the errors' codes and the offsets beside them, and what a request without an answer does.
 */
import t, { type Test } from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import type { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/build.ts'
import { type Decoded, type Encodable, ZERO_UUID } from '../../protocol/schema.ts'
import type { ApiHandler, RequestContext } from '../../src/dispatch/handler.ts'
import { Outcome, Staged } from '../../src/dispatch/outcome.ts'
import { requestContext, TOPIC_IDS } from './support/api-bench.ts'
import { TransactionBroker } from './support/transaction-broker.ts'

const LATEST = 13
const BY_NAME = 12

type Handler = ApiHandler<typeof ProduceRequest, typeof ProduceResponse>
interface Partition {
  /** `topic-index`. */
  place: string
  errorCode: number
  baseOffset: bigint
  logStartOffset: bigint
}

/** A batch of records with these values. */
const batch = (values: string[], options: BatchOptions = {}): Buffer =>
  buildBatch(
    options,
    values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1_700_000_000_000 })),
  )

interface Written {
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly records?: Buffer | null
}

function requestOf(written: Written[], more: Partial<Decoded<typeof ProduceRequest>> = {}) {
  const topicData = written.map(({ topic = '', topicId = ZERO_UUID, partition = 0, records = batch(['a']) }) => ({
    name: topic,
    topicId,
    partitionData: [{ index: partition, records }],
  }))
  return { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData, ...more }
}

async function start(t: Test) {
  const broker = await TransactionBroker.start(t)
  const handler = broker.handlers.find(({ apiKey }) => apiKey === 0) as Handler
  const handle = (request: Decoded<typeof ProduceRequest>, version = BY_NAME, context: Partial<RequestContext> = {}) =>
    handler.handle({ ...requestContext(0, version), ...context }, request)
  /** The partitions of the answer, in order. */
  const send = async (...all: Parameters<typeof handle>): Promise<Partition[]> => {
    const handled = handle(...all)
    if (!(handled instanceof Staged)) throw new Error('the request is not staged')
    const { responses } = (await handled.outcome) as Encodable<typeof ProduceResponse>
    return (responses ?? []).flatMap(({ name, partitionResponses = [] }) =>
      partitionResponses.map((answer) => ({ ...(answer as Partition), place: `${name}-${answer.index}` })),
    )
  }
  return { broker, handler, handle, send }
}

t.test('records get the next offsets, each partition for itself', async (t) => {
  const { send } = await start(t)
  const first = await send(requestOf([{ topic: 'topic', records: batch(['a', 'b']) }]))
  t.match(first, [{ index: 0, errorCode: 0, baseOffset: 0n, logAppendTimeMs: -1n, logStartOffset: 0n }])
  const second = await send(
    requestOf([
      { topic: 'topic', records: batch(['c']) },
      { topic: 'topic', partition: 1, records: batch(['x', 'y', 'z']) },
    ]),
  )
  t.match(second, [
    { index: 0, errorCode: 0, baseOffset: 2n },
    { index: 1, errorCode: 0, baseOffset: 0n },
  ])
})

t.test('what can not be appended keeps nothing else out, and each error has the code of Kafka', async (t) => {
  const { send } = await start(t)
  const damaged = batch(['a'])
  damaged[damaged.length - 1] ^= 1
  const answers = await send(
    requestOf([
      { topic: 'topic', partition: 1, records: damaged },
      { topic: 'topic', partition: 7 },
      { topic: 'nowhere' },
      { topic: '__consumer_offsets' },
      { topic: 'topic', records: batch(['a', 'b']) },
    ]),
  )
  const found = answers.map(({ place, errorCode, baseOffset, logStartOffset }) => {
    return [place, [errorCode, baseOffset, logStartOffset]]
  })
  t.strictSame(Object.fromEntries(found), {
    'topic-0': [ErrorCode.NONE, 0n, 0n],
    'topic-1': [ErrorCode.CORRUPT_MESSAGE, -1n, -1n],
    'topic-7': [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1n, -1n],
    'nowhere-0': [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1n, -1n],
    '__consumer_offsets-0': [ErrorCode.INVALID_TOPIC_EXCEPTION, -1n, -1n],
  })
})

t.test('topics by id (KIP-516): an id that nobody knows, and one without that partition', async (t) => {
  const { send } = await start(t)
  const answers = [
    ...(await send(requestOf([{ topicId: TOPIC_IDS.topic }]), LATEST)),
    ...(await send(requestOf([{ topicId: TOPIC_IDS.topic, partition: 9 }]), LATEST)),
    ...(await send(requestOf([{ topicId: 'qHt4u7VWg-4n08mIC4jH_w' }]), LATEST)),
  ]
  t.strictSame(
    answers.map(({ errorCode }) => errorCode),
    [ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_ID],
  )
})

t.test('acks that do not exist refuse every partition', async (t) => {
  const { send, broker } = await start(t)
  const answers = await send(requestOf([{ topic: 'topic' }, { topic: 'topic', partition: 1 }], { acks: 2 }))
  t.match(answers, [
    { errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1n },
    { errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1n },
  ])
  t.equal(broker.log('topic', 0).logEndOffset, 0)
})

t.test('of records that are given twice for a partition the last stand', async (t) => {
  const { send, broker } = await start(t)
  const answers = await send(
    requestOf([
      { topic: 'topic', records: batch(['a']) },
      { topic: 'topic', records: batch(['b', 'c']) },
    ]),
  )
  t.match(answers, [{ index: 0, errorCode: 0, baseOffset: 0n }])
  t.equal(broker.log('topic', 0).logEndOffset, 2)
})

t.test('only tools of Apache write to topics of coordinators', async (t) => {
  const { send } = await start(t)
  const request = requestOf([{ topic: '__consumer_offsets' }])
  t.match(await send(request), [{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: null }])
  t.match(await send(request, BY_NAME, { clientId: '__admin_client' }), [{ errorCode: 0, baseOffset: 0n }])
})

t.test('an idempotent producer: what was sent again has its first offsets, a gap is an error', async (t) => {
  const { send } = await start(t)
  const records = (baseSequence: number) => batch(['a', 'b'], { producerId: 9n, producerEpoch: 0, baseSequence })
  const write = (baseSequence: number) => send(requestOf([{ topic: 'topic', records: records(baseSequence) }]))
  t.match(await write(0), [{ errorCode: 0, baseOffset: 0n }])
  t.match(await write(2), [{ errorCode: 0, baseOffset: 2n }])
  t.match(await write(0), [{ errorCode: 0, baseOffset: 0n }])
  t.match(await write(9), [{ errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1n }])
})

t.test('transactional records without a transactional id refuse the whole request', async (t) => {
  const { handle } = await start(t)
  const records = batch(['a'], { producerId: 9n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
  t.throws(() => handle(requestOf([{ topic: 'topic', records }])), {
    code: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  })
  const other = batch(['a'], { producerId: 8n, producerEpoch: 0, baseSequence: 0, isTransactional: true })
  const both = requestOf(
    [
      { topic: 'topic', records },
      { topic: 'topic', partition: 1, records: other },
    ],
    { transactionalId: 'tx' },
  )
  t.throws(() => handle(both), { code: ErrorCode.INVALID_PRODUCER_ID_MAPPING })
})

t.test('an error of the whole request closes the connection of a client that expects no answer', async (t) => {
  const { handler } = await start(t)
  const request = { ...requestOf([{ topic: 'topic' }]), acks: 0 }
  t.equal(handler.errorResponse(requestContext(0, BY_NAME), request, 53, 'no'), null)
})

t.test('an error of the whole request is answered for every partition', async (t) => {
  const { handler } = await start(t)
  const request = requestOf([{ topic: 'topic' }, { topic: 'topic', partition: 1 }])
  const { responses = [] } = handler.errorResponse(requestContext(0, BY_NAME), request, 53, 'no') ?? {}
  t.match(
    responses.flatMap(({ partitionResponses }) => partitionResponses),
    [
      { index: 0, errorCode: 53, errorMessage: 'no', baseOffset: -1n, logStartOffset: -1n },
      { index: 1, errorCode: 53, errorMessage: 'no', baseOffset: -1n, logStartOffset: -1n },
    ],
  )
})

t.test('a request has its place in the log when the handler returns', async (t) => {
  const { handle } = await start(t)
  const [first, second] = [
    handle(requestOf([{ topic: 'topic' }])),
    handle(requestOf([{ topic: 'topic' }], { acks: 1 })),
  ]
  if (!(first instanceof Staged && second instanceof Staged)) return t.fail('not staged')
  t.strictSame([first.placed, second.placed], [null, null])
  const answers = (await Promise.all([second.outcome, first.outcome])) as Encodable<typeof ProduceResponse>[]
  t.strictSame(
    answers.map(({ responses }) => responses?.[0]?.partitionResponses?.[0]?.baseOffset),
    [1n, 0n],
  )
})

t.test('in a transaction it has its place once the coordinator has agreed', async (t) => {
  const { broker, handle } = await start(t)
  const { producerId, producerEpoch } = await broker.send(InitProducerIdRequest, InitProducerIdResponse, 4, {
    transactionalId: 'tx',
    transactionTimeoutMs: 60_000,
  })
  const write = (baseSequence: number) => {
    const records = batch(['a'], { producerId, producerEpoch, baseSequence, isTransactional: true })
    return handle(requestOf([{ topic: 'topic', records }], { transactionalId: 'tx' }))
  }
  const first = write(0)
  if (!(first instanceof Staged && first.placed !== null)) return t.fail('not staged')
  t.equal(broker.log('topic', 0).logEndOffset, 0)
  await first.placed
  const second = write(1)
  if (!(second instanceof Staged)) return t.fail('not staged')
  const answers = (await Promise.all([first.outcome, second.outcome])) as Encodable<typeof ProduceResponse>[]
  t.match(
    answers.map(({ responses }) => responses?.[0]?.partitionResponses?.[0]),
    [
      { errorCode: 0, baseOffset: 0n },
      { errorCode: 0, baseOffset: 1n },
    ],
  )
})

t.test('with acks 0 there is no answer and no overlap, and an error ends the connection', async (t) => {
  const { broker, handle } = await start(t)
  const well = handle(requestOf([{ topic: 'topic' }], { acks: 0 }))
  t.notOk(well instanceof Staged)
  t.strictSame(await well, new Outcome(null))
  t.equal(broker.log('topic', 0).logEndOffset, 1)
  const ill = handle(requestOf([{ topic: 'topic' }, { topic: 'nowhere' }], { acks: 0 }))
  t.match(await ill, {
    response: null,
    closeReason: 'Produce with acks 0 from client failed for nowhere-0: UNKNOWN_TOPIC_OR_PARTITION',
  })
  t.equal(broker.log('topic', 0).logEndOffset, 2, 'the others are written')
})
