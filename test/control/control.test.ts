/** The hand over HTTP: rules and waits do to a real client what they say, and a mistake is answered with a sentence. */
import t from 'tap'
import { control } from '../../src/control/app.ts'
import { nodeClock } from '../../src/env/node/clock.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { clientOf, consumeAll, produce } from '../testing/support.ts'

t.setTimeout(120_000)

function handOf(broker: RunningBroker) {
  const { app, stop } = control({ broker, clock: nodeClock, whyNotReady: () => null })
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
    const response = await app.request(path, init)
    // biome-ignore lint/suspicious/noExplicitAny: each test looks at another body.
    return { status: response.status, body: (await response.json()) as any }
  }
  return { ask, stop }
}

t.test('a rule: made, met by a client, waited for, taken away', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { ask } = handOf(broker)
  const made = await ask('POST', '/rules', {
    api: 'Produce',
    topic: 'orders',
    error: 'NOT_LEADER_OR_FOLLOWER',
    times: 2,
  })
  t.same(made.body, {
    id: '1',
    rule: 'The rule on Produce { topic: orders } that answers NOT_LEADER_OR_FOLLOWER',
    hits: 0,
  })
  const hit = ask('POST', '/rules/1/wait', { hits: 2 })
  await produce(broker, 'orders', ['a'])
  t.match(await hit, { status: 200, body: { hits: 2 } })
  t.match(await ask('DELETE', '/rules/1'), { status: 200 })
  t.match(await ask('GET', '/rules/1'), { status: 404, body: { error: 'There is no rule 1.' } })
})

t.test('an answer that is patched, for requests that a pattern fits', async (t) => {
  await using broker = await startBroker({ topics: ['orders', 'users'] })
  const { ask } = handOf(broker)
  await produce(broker, 'orders', ['a'])
  const reply = { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 4711, timestamp: '-1' }] }] }
  const rule = { api: 'ListOffsets', where: { topics: [{ name: 'orders' }] }, reply }
  const made = await ask('POST', '/rules', rule)
  t.equal(made.status, 200, JSON.stringify(made.body))
  const admin = clientOf(broker).admin()
  await admin.connect()
  t.match(await admin.fetchTopicOffsets('orders'), [{ partition: 0, high: '4711' }])
  t.match(await admin.fetchTopicOffsets('users'), [{ partition: 0, high: '0' }])
  await admin.disconnect()
})

t.test('a held request goes on when it is released, or its rule is gone', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { ask } = handOf(broker)
  await ask('POST', '/rules', { api: 'Produce', hold: true })
  for (const [method, path] of [
    ['POST', '/rules/1/release'],
    ['DELETE', '/faults'],
  ] as const) {
    const produced = produce(broker, 'orders', ['a'])
    t.equal((await ask('POST', '/requests/wait', { api: 'Metadata' })).status, 200)
    while (broker.requests({ api: 'Produce' }).every(({ tookMs }) => tookMs !== null)) await new Promise(setImmediate)
    await ask(method, path)
    await produced
  }
  t.equal((await broker.records('orders')).length, 2)
})

t.test('waits in vain say what was there instead', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { ask } = handOf(broker)
  await produce(broker, 'orders', ['a', 'b'])
  const records = await ask('GET', '/topics/orders/records?count=3&timeoutMs=20')
  t.match(records, { status: 504, body: { error: /in vain for 3 records of orders: there are 2.*0:1 b/ } })
  await ask('POST', '/rules', { api: 'JoinGroup' })
  const hit = await ask('POST', '/rules/1/wait', { hits: 1, timeoutMs: 20 })
  t.match(hit, {
    status: 504,
    body: { error: /for 1 hits of The rule on JoinGroup that counts: it has 0\. The last of/ },
  })
  const requests = await ask('POST', '/requests/wait', { api: 'EndTxn', timeoutMs: 20 })
  t.match(requests, { status: 504, body: { error: /for 1 requests {"api":"EndTxn"}: there were 0\. The last of/ } })
  const settled = await ask('GET', '/groups/g/settled?members=2&timeoutMs=20')
  t.match(settled, { status: 504, body: { error: /the group g with 2 members: there is no such group/ } })
})

t.test('time, a clean state, and a fork with a control of its own', async (t) => {
  await using broker = await startBroker({ topics: ['orders'], clock: 'manual' })
  const { ask, stop } = handOf(broker)
  t.teardown(stop)
  const { body: before } = await ask('GET', '/clock')
  const { body: after } = await ask('POST', '/clock/advance', { by: '1h' })
  t.equal(after.nowMs - before.nowMs, 3_600_000)
  await ask('POST', '/topics/orders/records', ['a'])
  const { body: fork } = await ask('POST', '/forks')
  await ask('POST', '/topics/orders/records', ['b'])
  t.same((await ask('POST', `${fork.control}/topics/orders/records`, ['c'])).body, [{ partition: 0, offset: 1 }])
  await ask('POST', '/reset')
  t.same((await ask('GET', '/topics/orders/records')).body, [])
  const ofFork = await ask('GET', `${fork.control}/topics/orders/records`)
  t.match(ofFork.body, [{ value: 'a' }, { value: 'c' }])
  await ask('DELETE', fork.control)
  t.match(await ask('GET', `${fork.control}/topics`), { status: 404, body: { error: 'There is no fork 1.' } })
})

t.test('records in base64, and requests as they came', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { ask } = handOf(broker)
  await ask('POST', '/topics/orders/records?encoding=base64', [{ key: '/wA=', value: null, headers: { h: 'AQ==' } }])
  t.match((await ask('GET', '/topics/orders/records?encoding=base64')).body, [
    { key: '/wA=', value: null, headers: [{ key: 'h', value: 'AQ==' }] },
  ])
  await consumeAll(broker, 'orders', { groupId: 'g', count: 1 })
  const { body } = await ask('GET', '/requests?api=JoinGroup&clientId=kafkajs')
  t.match(body[0], { api: 'JoinGroup', request: { groupId: 'g', protocolType: 'consumer' }, response: {} })
  t.type(body[0].request.protocols[0].metadata, 'string', 'bytes are base64')
})

t.test('mistakes', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { ask } = handOf(broker)
  const wrong: [body: unknown, error: RegExp][] = [
    [{ api: 'Produze', error: 'NOT_LEADER_OR_FOLLOWER' }, /Kafka has no API Produze/],
    [{ api: 'Produce', error: 'NOT_LEADER' }, /Kafka has no error NOT_LEADER/],
    [{ api: 'Produce', error: 'GROUP_ID_NOT_FOUND' }, /never answers Produce with GROUP_ID_NOT_FOUND/],
    [{ api: 'Produce', error: 'INVALID_RECORD', delayMs: 5 }, /one thing: make 2 rules for error and delayMs/],
    [{ api: 'Produce', where: { ack: 0 } }, /There is no ack in a produce request: there are .*acks/],
    [{ api: 'Metadata', reply: { controler: 1 } }, /There is no controler in a metadata response/],
    [{ api: 'Produce', delay: 5 }, /delay/],
    [
      { api: 'Metadata', reply: { controllerId: 'x' } },
      /metadata response's controllerId is of the type int32: x is not/,
    ],
    [{ api: 'EndTxn', topic: 'orders' }, /Requests of EndTxn name no topics/],
  ]
  for (const [body, error] of wrong) t.match(await ask('POST', '/rules', body), { status: 400, body: { error } })
  t.same(broker.faults.unused(), [], 'none of them was made')
  t.match(await ask('POST', '/clock/advance', { by: '1s' }), { status: 409, body: { error: /clock: 'manual'/ } })
  t.match(await ask('GET', '/topics/nothing/records'), { status: 404, body: { error: /no topic nothing.*orders/ } })
  t.match(await ask('GET', '/nowhere'), { status: 404, body: { error: /There is no GET \/nowhere/ } })
  t.match(await ask('GET', '/topics/orders/records?count=many'), { status: 400, body: { error: /count/ } })
})
