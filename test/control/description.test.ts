/** The description of the control is true: each path is there, answers as it says, and nothing else is there. */
import t from 'tap'
import { z } from 'zod'
import { control } from '../../src/control/app.ts'
import { nodeClock } from '../../src/env/node/clock.ts'
import { startBroker } from '../../src/index.ts'
import { produce } from '../testing/support.ts'

type Schema = Readonly<Record<string, unknown>>
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content: { 'application/json': { schema: Schema } } }>>
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One request of each kind, in an order in which each of them finds what it needs. */
const REQUESTS: readonly (readonly [operation: string, path: string, body?: unknown])[] = [
  ['GET /live', '/live'],
  ['GET /ready', '/ready'],
  ['GET /broker', '/broker'],
  ['GET /clock', '/clock'],
  ['POST /clock/advance', '/clock/advance', { by: '1s' }],
  ['POST /topics/{topic}/records', '/topics/orders/records', ['a', { key: 'k', value: 'b', headers: { h: 'x' } }]],
  ['GET /topics/{topic}/records', '/topics/orders/records?count=2'],
  ['GET /topics', '/topics'],
  ['POST /topics/{topic}/compact', '/topics/orders/compact'],
  ['POST /topics/{topic}/retention', '/topics/orders/retention'],
  ['GET /groups', '/groups'],
  ['GET /groups/{group}/settled', '/groups/billing/settled?members=0'],
  ['GET /groups/{group}/caught-up', '/groups/billing/caught-up'],
  ['POST /groups/{group}/expire-offsets', '/groups/billing/expire-offsets'],
  ['POST /rules', '/rules', { api: 'Produce', topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER' }],
  ['GET /rules', '/rules?unused=true'],
  ['GET /rules/{id}', '/rules/1'],
  ['POST /rules/{id}/release', '/rules/1/release'],
  ['DELETE /rules/{id}', '/rules/1'],
  ['POST /rules', '/rules', { api: ['Metadata', 'ApiVersions'], clientId: 'kafkajs' }],
  ['POST /rules/{id}/wait', '/rules/2/wait', { hits: 1 }],
  ['GET /requests', '/requests?api=Metadata'],
  ['POST /requests/wait', '/requests/wait', { api: 'Produce', where: { acks: -1 } }],
  ['POST /network', '/network', { latencyMs: 0 }],
  ['GET /conditions', '/conditions'],
  ['DELETE /network/{id}', '/network/1'],
  ['POST /disk', '/disk', { stallMs: 0, path: 'nothing' }],
  ['DELETE /disk/{id}', '/disk/2'],
  ['POST /cut', '/cut', { clientId: 'nobody' }],
  ['DELETE /faults', '/faults'],
  ['POST /forks', '/forks'],
  ['GET /forks', '/forks'],
  ['DELETE /forks/{id}', '/forks/1'],
  ['POST /groups/{group}/move-coordinator', '/groups/billing/move-coordinator'],
  ['POST /transactional-ids/{id}/move-coordinator', '/transactional-ids/tx/move-coordinator'],
  [
    'POST /topics/{topic}/partitions/{partition}/change-leader-epoch',
    '/topics/orders/partitions/0/change-leader-epoch',
  ],
  ['POST /topics/{topic}/recreate', '/topics/orders/recreate'],
  ['POST /reset', '/reset'],
]

t.test('the document and the implementation say the same', async (t) => {
  await using broker = await startBroker({ topics: ['orders'], clock: 'manual' })
  const { app, stop } = control({ broker, clock: nodeClock, whyNotReady: () => null })
  t.teardown(stop)
  const description = (await (await app.request('/openapi.json')).json()) as Description

  const described = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.same([...new Set(REQUESTS.map(([operation]) => operation))].sort(), described.sort(), 'each is asked for below')
  const served = app.routes
    .filter(({ path }) => path !== '/*' && path !== '/openapi.json' && !path.startsWith('/forks/:id/*'))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  t.same(
    [...new Set(served)].filter((each) => !described.includes(each)),
    [],
    'nothing else is served',
  )

  await makeGroup(broker)
  await makeTransactionalId(broker)
  for (const [operation, path, body] of REQUESTS) {
    if (operation === 'POST /rules/{id}/wait') await produce(broker, 'orders', ['c'])
    const [method = '', template = ''] = operation.split(' ')
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: JSON_HEADERS }
    const response = await app.request(path, init)
    const answer: unknown = await response.json()
    t.equal(response.status, 200, `${operation} ${JSON.stringify(answer)}`)
    const of = description.paths[template]?.[method.toLowerCase()]?.responses[200]?.content['application/json'].schema
    const verdict = z.fromJSONSchema(inlined(of, description) as never).safeParse(answer)
    t.ok(verdict.success, `${operation} answers as described ${verdict.error ?? ''}`)
  }
})

const JSON_HEADERS = { 'content-type': 'application/json' }

/** A group without members that has committed the end of its partition. */
async function makeGroup(broker: { bootstrapServers: string }): Promise<void> {
  const { clientOf } = await import('../testing/support.ts')
  const admin = clientOf(broker).admin()
  await admin.connect()
  await admin.setOffsets({ groupId: 'billing', topic: 'orders', partitions: [{ partition: 0, offset: '2' }] })
  await admin.disconnect()
}

async function makeTransactionalId(broker: { bootstrapServers: string }): Promise<void> {
  const { clientOf } = await import('../testing/support.ts')
  const producer = clientOf(broker).producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  await (await producer.transaction()).abort()
  await producer.disconnect()
}

/** The schema with all that it refers to in its place. */
function inlined(schema: unknown, description: Description): unknown {
  if (Array.isArray(schema)) return schema.map((each) => inlined(each, description))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref } = schema as { $ref?: string }
  if ($ref !== undefined) return inlined(description.components.schemas[$ref.replace(/^.*\//, '')], description)
  return Object.fromEntries(Object.entries(schema).map(([name, each]) => [name, inlined(each, description)]))
}
