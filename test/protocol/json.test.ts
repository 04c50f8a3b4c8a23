import t from 'tap'
import { fromJson, toJson } from '../../protocol/json.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'

t.test('JSON in the form of the JsonConverter of Kafka', (t) => {
  t.strictSame(toJson(FetchRequest, 4, {}), {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 2147483647,
    isolationLevel: 0,
    topics: [],
  })
  const value = { responses: [{ topic: 't', partitions: [{ highWatermark: 5n, records: Buffer.from('abc') }] }] }
  t.match(toJson(FetchResponse, 12, value), {
    responses: [{ topic: 't', partitions: [{ highWatermark: '5', records: 'YWJj' }] }],
  })
  t.throws(() => toJson(FetchRequest, 15, { replicaId: 3 }), { name: 'ProtocolError', reason: 'unwritable' })
  t.end()
})

t.test('JSON that does not fit', (t) => {
  const json = toJson(FetchRequest, 4, {})
  const cases: [string, Record<string, unknown>][] = [
    ['maxWaitMs is missing', { maxWaitMs: undefined }],
    ['maxWaitMs must be a number', { maxWaitMs: '5' }],
    ['topics must be an array', { topics: {} }],
    ['topics must be something, not null', { topics: null }],
    ['topics must be an object', { topics: [7] }],
    ['topic must be a string', { topics: [{ topic: 5, partitions: [] }] }],
    [
      'fetchOffset must be a decimal string',
      { topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 5, partitionMaxBytes: 1 }] }] },
    ],
  ]
  for (const [problem, change] of cases) {
    t.throws(
      () => fromJson(FetchRequest, 4, { ...json, ...change } as never),
      { message: new RegExp(problem) },
      problem,
    )
  }
  t.end()
})
