/** Bodies that are not what an endpoint wants are the caller's mistake: 400, in words, and nothing was done or logged. */
import t from 'tap'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import type { TopicRow } from '../../../src/web/page/model.ts'
import { open } from './support.ts'

const TOPIC = { name: 'made', partitions: 1, replicas: 1, configs: {} }
const ACL = {
  resourceType: 'TOPIC',
  resourceName: 'orders',
  patternType: 'LITERAL',
  principal: 'User:a',
  host: '*',
  operation: 'READ',
  permission: 'ALLOW',
}
const CHANGE = { topic: 'orders', partition: 0, from: -1, to: 0, end: 0 }
const PRODUCER = { topic: 'orders', partition: 0, producerId: 1, producerEpoch: 0, coordinatorEpoch: 0 }

/** The paths, with bodies that each have one thing wrong. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  '/topics': [
    ...[{}, [], null, 7, 'text', { ...TOPIC, name: 7 }, { ...TOPIC, name: null }, { ...TOPIC, configs: undefined }],
    ...[
      { ...TOPIC, configs: { 'retention.ms': 1 } },
      { ...TOPIC, partitions: '1' },
      { ...TOPIC, partitions: 1.5 },
    ],
    // A topic could be made from their last 32 and 16 bits.
    ...[
      { ...TOPIC, partitions: 2 ** 32 + 1 },
      { ...TOPIC, replicas: 2 ** 16 + 1 },
      { ...TOPIC, validateOnly: 'no' },
    ],
  ],
  '/topics/orders/partitions': [{}, { count: null }, { count: 2 ** 32 + 3 }],
  '/topics/orders/empty': [{ before: {} }, { before: { partition: 0 } }, { before: { partition: 0, offset: 0.5 } }],
  '/topics/orders/configs': [[], { 'retention.ms': 1 }, { 'retention.ms': {} }],
  '/records/orders': [
    ...[{}, { records: null }, { records: {} }, { records: [null] }, { records: [{ value: 1 }] }],
    ...[{ records: [{ value: 'x', valueEncoding: 'hex' }] }, { records: [{ value: 'x', headers: null }] }],
    ...[{ records: [{ value: 'x', headers: [{ key: 'k' }] }] }, { records: [{ value: 'x', timestamp: 'now' }] }],
    ...[{ records: [{ value: 'x', partition: 2 ** 32 }] }, { records: [{ value: 'x' }], compression: 'none of them' }],
  ],
  '/records/orders/page': [
    ...[{}, { from: 'middle' }, { from: {} }, { from: { offset: null } }, { from: { timeMs: 0.5 } }],
    ...[
      { from: 'newest', limit: 'all' },
      { from: 'newest', partitions: 0 },
      { from: 'newest', partitions: [2 ** 32] },
    ],
    ...[
      { from: 'oldest', next: null },
      { from: 'oldest', next: { x: 0 } },
      { from: 'oldest', contains: 7 },
    ],
  ],
  '/groups/g/preview': [{}, { to: 'nowhere' }, { to: 'latest', topic: 7 }, { to: 'latest', partitions: 0 }],
  '/groups/g/offsets': [
    ...[{}, { changes: null }, { changes: [null] }, { changes: [{ ...CHANGE, to: undefined }] }],
    ...[{ changes: [{ ...CHANGE, to: 0.5 }] }, { changes: [{ ...CHANGE, partition: 2 ** 32 }] }],
  ],
  '/transactions/abort': [{}, { ...PRODUCER, producerId: 'x' }, { ...PRODUCER, producerEpoch: 2 ** 16 }],
  '/cluster/configs/broker/1': [[], { 'log.cleaner.threads': 1 }],
  '/access/acls': [{}, { ...ACL, host: null }, { ...ACL, operation: 'WISH' }],
  '/access/acls/delete': [{}, { ...ACL, principal: 7 }],
  '/access/users': [{}, { name: 'a', mechanism: 'SCRAM-SHA-256' }, { name: 'a', mechanism: 7, password: 'x' }],
  '/access/quotas': [{}, { entity: {}, values: {} }, { entity: [{ type: 'user', name: 'a' }], values: { x: 'much' } }],
}

t.test(
  'a body that is wrong is answered 400 with a sentence, changes nothing, and is no error of the broker',
  async (t) => {
    const errors: unknown[] = []
    const logger = { ...silentLogger(), error: (...line: unknown[]) => errors.push(line) }
    const { ask, get } = await open(t, { logger })
    for (const [path, bodies] of Object.entries(WRONG)) {
      for (const body of bodies) {
        const words = `${path} ${JSON.stringify(body)}`
        t.match(await ask('POST', path, body), { status: 400, body: { error: String, message: /^\S.+\.$/ } }, words)
      }
    }
    t.match((await ask('POST', '/records/orders', { records: [{ value: 7 }] })).body, {
      error: 'INVALID_REQUEST',
      message: 'The body of the request is wrong at records.0.value: Invalid input: expected string, received number.',
    })
    t.same(
      (await get<TopicRow[]>('/topics')).map(({ name, partitions, records }) => [name, partitions, records]),
      [['orders', 2, 0]],
    )
    t.same(errors, [])
  },
)

t.test('a partition that no request can name is none, and not the one of its last 32 bits', async (t) => {
  const { ask } = await open(t)
  t.match(await ask('POST', '/records/orders', { records: [{ partition: 0, value: 'x' }] }), { status: 200 })
  t.match(await ask('GET', '/records/orders/0/0'), { status: 200 })
  for (const partition of [2 ** 32, -1]) {
    t.match(await ask('GET', `/records/orders/${partition}/0`), { status: 400, body: { error: 'INVALID_REQUEST' } })
    t.match(await ask('GET', `/records/orders/export?partitions=${partition}`), { status: 400 })
  }
})
