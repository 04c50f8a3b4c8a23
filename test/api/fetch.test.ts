/**
 * Fetch as a leader of Apache Kafka answers it (KafkaApis.handleFetchRequest, ReplicaManager.fetchMessages, KIP-74,
 * KIP-227, KIP-320): offsets, limits, waiting, sessions, errors, and the bytes that are lent to the answer.
 */
import t, { type Test } from 'tap'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/build.ts'
import { decodeBatches } from '../../protocol/records/decode.ts'
import type { Encodable } from '../../protocol/schema.ts'
import { fetchHandler } from '../../src/api/fetch.ts'
import type { Outcome } from '../../src/dispatch/outcome.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { FetchSessionCache } from '../../src/replication/fetch-session.ts'
import { requestContext, TOPIC_IDS } from './support/api-bench.ts'
import { outcomeOf } from './support/outcome-of.ts'
import { TransactionBroker } from './support/transaction-broker.ts'

const BY_NAME = 12
const LATEST = 17
const LONG_MS = 600_000

interface Wanted {
  readonly topic?: string
  readonly topicId?: string
  readonly partition?: number
  readonly fetchOffset?: bigint
  readonly partitionMaxBytes?: number
  readonly currentLeaderEpoch?: number
}

type Request = Encodable<typeof FetchRequest>

const requestOf = (wanted: Wanted[], more: Request = {}): Request => ({
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1_000_000,
  topics: wanted.map(({ topic, topicId, ...partition }) => ({
    topic,
    topicId,
    partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1_000_000, ...partition }],
  })),
  ...more,
})

class Bench {
  readonly broker: TransactionBroker
  readonly handler: ReturnType<typeof fetchHandler>

  private constructor(broker: TransactionBroker) {
    const { clock, random } = nodeEnvironment()
    const sessions = new FetchSessionCache({ clock, random, slots: () => 10, evictionMs: 120_000 })
    this.broker = broker
    this.handler = fetchHandler({ ...broker, sessions, maxBytes: () => 50_000_000 })
  }

  static async start(t: Test): Promise<Bench> {
    return new Bench(await TransactionBroker.start(t))
  }

  async produce(values: string[], partition = 0, options: BatchOptions = {}, transactionalId: string | null = null) {
    const records = buildBatch(
      options,
      values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1_700_000_000_000 })),
    )
    const topicData = [{ name: 'topic', partitionData: [{ index: partition, records }] }]
    const { responses } = await this.broker.send(ProduceRequest, ProduceResponse, 9, {
      transactionalId,
      acks: -1,
      topicData,
    })
    if (responses[0]?.partitionResponses[0]?.errorCode !== ErrorCode.NONE) throw new Error('not written')
  }

  outcome(request: Request, version = BY_NAME, answerRoomBytes = 1_000_000): Promise<Outcome<typeof FetchResponse>> {
    const decoded = decodeMessage(FetchRequest, version, encodeMessage(FetchRequest, version, request))
    const context = { ...requestContext(1, version), answerRoomBytes }
    return outcomeOf(this.handler, context, decoded)
  }

  /** As the client reads the answer. */
  async fetch(...all: Parameters<Bench['outcome']>) {
    const version = all[1] ?? BY_NAME
    const { response } = await this.outcome(...all)
    const decoded = decodeMessage(FetchResponse, version, encodeMessage(FetchResponse, version, response ?? {}))
    const partitions = decoded.responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ records, ...partition }) => ({ topic, ...partition, values: valuesOf(records) })),
    )
    return { ...decoded, partitions }
  }
}

const valuesOf = (records: Buffer | null): string[] =>
  decodeBatches(records ?? Buffer.alloc(0)).flatMap(({ records }) => records.map(({ value }) => String(value)))

t.test('records from the offset on, with the offsets around them', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'])
  await bench.produce(['b', 'c'])
  const { errorCode, partitions } = await bench.fetch(requestOf([{ topic: 'topic', fetchOffset: 1n }]))
  t.equal(errorCode, 0)
  t.match(partitions, [
    {
      topic: 'topic',
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 3n,
      lastStableOffset: 3n,
      logStartOffset: 0n,
      values: ['b', 'c'],
    },
  ])
  t.match((await bench.fetch(requestOf([{ topic: 'topic', fetchOffset: 3n }]))).partitions, [{ values: [] }])
})

t.test('what is read is lent to the answer', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'])
  const { response, lent } = await bench.outcome(requestOf([{ topic: 'topic' }]))
  t.equal(lent.length, 1)
  t.match(response?.responses, [{ partitions: [{ records: [lent[0]] }] }])
  t.strictSame((await bench.outcome(requestOf([{ topic: 'topic', fetchOffset: 1n }]))).lent, [])
})

t.test('each partition has its own error, and what is not here comes last', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'])
  const { partitions } = await bench.fetch(
    requestOf([
      { topic: 'nowhere' },
      { topic: 'topic', fetchOffset: 9n },
      { topic: 'topic', partition: 1, currentLeaderEpoch: 5 },
      { topic: 'topic', partition: 7 },
    ]),
  )
  t.strictSame(
    partitions.map(({ topic, partitionIndex, errorCode }) => [topic, partitionIndex, errorCode]),
    [
      ['topic', 0, ErrorCode.OFFSET_OUT_OF_RANGE],
      ['topic', 1, ErrorCode.UNKNOWN_LEADER_EPOCH],
      ['nowhere', 0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ['topic', 7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ],
  )
  t.match(partitions[0], { highWatermark: -1n, lastStableOffset: -1n, logStartOffset: -1n, values: [] })
})

t.test('topics by id (KIP-516)', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'])
  const request = requestOf([{ topicId: TOPIC_IDS.topic }, { topicId: 'qHt4u7VWg-4n08mIC4jH_w' }])
  const { responses, partitions } = await bench.fetch(request, LATEST)
  t.strictSame(
    responses.map(({ topicId }) => topicId),
    [TOPIC_IDS.topic, 'qHt4u7VWg-4n08mIC4jH_w'],
  )
  t.match(partitions, [{ errorCode: 0, values: ['a'] }, { errorCode: ErrorCode.UNKNOWN_TOPIC_ID }])
})

t.test('the first batch comes whole whatever the limits; what does not fit behind it stays (KIP-74)', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'.repeat(1000)])
  await bench.produce(['b'.repeat(1000)])
  await bench.produce(['c'], 1)
  const both = [{ topic: 'topic' }, { topic: 'topic', partition: 1 }]
  const lengths = async (request: Request, roomBytes?: number) =>
    (await bench.fetch(request, BY_NAME, roomBytes)).partitions.map(({ values }) => values.map(({ length }) => length))
  t.strictSame(await lengths(requestOf(both, { maxBytes: 10 })), [[1000], []])
  t.strictSame(await lengths(requestOf([{ topic: 'topic', partitionMaxBytes: 10 }])), [[1000]])
  t.strictSame(await lengths(requestOf(both)), [[1000, 1000], [1]])
  t.strictSame(await lengths(requestOf(both), 0), [[1000], []], 'no room for what clients do not read: one batch')
})

t.test('a fetch waits for enough bytes, and is answered when they come', async (t) => {
  const bench = await Bench.start(t)
  const waiting = bench.fetch(requestOf([{ topic: 'topic' }], { maxWaitMs: LONG_MS }))
  await bench.produce(['a'])
  t.match((await waiting).partitions, [{ values: ['a'], highWatermark: 1n }])
})

t.test('an error does not wait, and takes the others along', async (t) => {
  const bench = await Bench.start(t)
  const wanted = [{ topic: 'topic' }, { topic: 'topic', partition: 1, fetchOffset: 5n }]
  const { partitions } = await bench.fetch(requestOf(wanted, { maxWaitMs: LONG_MS }))
  t.match(partitions, [{ errorCode: 0, values: [] }, { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }])
})

t.test('partitions that no broker has are answered with the others, which wait as if alone', async (t) => {
  const bench = await Bench.start(t)
  for (const [at, unknown] of [{ topic: 'nowhere' }, { topic: 'topic', partition: 77 }].entries()) {
    const wanted = [{ topic: 'topic', fetchOffset: BigInt(at) }, unknown]
    const waiting = bench.fetch(requestOf(wanted, { maxWaitMs: LONG_MS }), BY_NAME)
    await bench.produce(['a'])
    const { partitions } = await waiting
    t.same(partitions.find(({ errorCode }) => errorCode === 0)?.values, ['a'])
    t.match(
      partitions.filter(({ errorCode }) => errorCode !== 0),
      [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }],
    )
  }
  const alone = await bench.fetch(requestOf([{ topic: 'nowhere' }], { maxWaitMs: LONG_MS }), BY_NAME)
  t.match(alone.partitions, [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }])
})

t.test('a session tells only what is news (KIP-227)', async (t) => {
  const bench = await Bench.start(t)
  const wanted = [{ topic: 'topic' }, { topic: 'topic', partition: 1 }]
  const first = await bench.fetch(requestOf(wanted, { sessionId: 0, sessionEpoch: 0 }))
  t.ok(first.sessionId > 0)
  t.equal(first.partitions.length, 2)
  const next = (sessionEpoch: number, wanted: Wanted[] = []) =>
    bench.fetch(requestOf(wanted, { sessionId: first.sessionId, sessionEpoch }))
  t.match(await next(1), { errorCode: 0, sessionId: first.sessionId, partitions: [] })
  await bench.produce(['a'], 1)
  t.match((await next(2)).partitions, [{ partitionIndex: 1, values: ['a'] }])
  t.match((await next(3, [{ topic: 'topic', partition: 1, fetchOffset: 1n }])).partitions, [])
  t.match(await next(9), { errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH, partitions: [] })
  const unknown = requestOf([], { sessionId: first.sessionId + 1, sessionEpoch: 1 })
  t.match(await bench.fetch(unknown), { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, partitions: [] })
})

t.test('read_committed ends before what is undecided', async (t) => {
  const bench = await Bench.start(t)
  const { producerId, producerEpoch } = await bench.broker.send(InitProducerIdRequest, InitProducerIdResponse, 4, {
    transactionalId: 'tx',
    transactionTimeoutMs: 60_000,
  })
  await bench.produce(['before'])
  // Version 9 of Produce adds no partition to a transaction; its coordinator has to know of it.
  await bench.broker.transactions.addPartitions(
    { transactionalId: 'tx', producerId, producerEpoch, partitions: new Map([['topic', new Set([0])]]) },
    0,
  )
  await bench.produce(['open'], 0, { producerId, producerEpoch, baseSequence: 0, isTransactional: true }, 'tx')
  const read = async (isolationLevel: number) =>
    (await bench.fetch(requestOf([{ topic: 'topic' }], { isolationLevel }))).partitions
  t.match(await read(0), [{ highWatermark: 2n, lastStableOffset: 1n, values: ['before', 'open'] }])
  t.match(await read(1), [{ highWatermark: 2n, lastStableOffset: 1n, values: ['before'] }])
  t.match(await read(2), [{ errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, values: [] }])
})

t.test('this broker has no followers', async (t) => {
  const bench = await Bench.start(t)
  await bench.produce(['a'])
  const blind = await bench.fetch(requestOf([{ topic: 'topic' }], { replicaId: 2 }))
  t.match(blind.partitions, [{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, values: [] }])
  const early = await bench.fetch(requestOf([{ topic: 'topic', currentLeaderEpoch: 3 }], { replicaId: 2 }))
  t.match(early.partitions, [{ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH }])
})

t.test('an error of the whole request is said in the place that the version has for it', async (t) => {
  const bench = await Bench.start(t)
  const request = (version: number) =>
    decodeMessage(FetchRequest, version, encodeMessage(FetchRequest, version, requestOf([{ topic: 'topic' }])))
  const { code } = new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  const of = (version: number) => bench.handler.errorResponse(requestContext(1, version), request(version), code, null)
  t.match(of(BY_NAME), { errorCode: code, responses: [{ topic: 'topic', partitions: [{ errorCode: code }] }] })
  t.match(of(LATEST), { errorCode: code, responses: [] })
})
