/** The requests are ApiVersions v0 of Frames.json with another correlation id; the bodies are answered by the test. */
import t, { type Test } from 'tap'
import { requestFrame } from '../../protocol/frame.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import type { ApiHandler } from '../../src/dispatch/handler.ts'
import { Outcome, Staged } from '../../src/dispatch/outcome.ts'
import { HandlerRegistry } from '../../src/dispatch/registry.ts'
import { NetworkError } from '../../src/env/index.ts'
import { Server } from '../../src/server/server.ts'
import { FakeClock, FakeNetwork, MemoryLogger, settled } from './support.ts'

const request = (correlationId: number): Buffer => {
  const frame = Buffer.from('0000000a0012000000000000ffff', 'hex')
  frame.writeInt32BE(correlationId, 8)
  return frame
}
/** The same with so long a client id. */
const largeRequest = (correlationId: number, clientIdBytes: number): Buffer => {
  const header = request(correlationId).subarray(4)
  header.writeInt16BE(clientIdBytes, 8)
  const frame = Buffer.concat([Buffer.alloc(4), header, Buffer.alloc(clientIdBytes, 'c')])
  frame.writeInt32BE(frame.length - 4)
  return frame
}
/** Correlation id, error code, no APIs. */
const answer = (correlationId: number): string => `0000000a${correlationId.toString(16).padStart(8, '0')}000000000000`

type Answer = Outcome<typeof ApiVersionsResponse>
const ANSWERED: Answer = new Outcome({ errorCode: 0 })

/** ApiVersions, answered at once, or when the test says so with `later`; and Fetch, which waits for ever. */
function handlers() {
  const waiting: ((value: Answer) => void)[] = []
  const produces: { acks: number; answer: () => void }[] = []
  const state = { later: false, waiting, handled: 0, produces, lendBytes: 0, rooms: [] as number[] }
  const apiVersions: ApiHandler<typeof ApiVersionsRequest, typeof ApiVersionsResponse> = {
    apiKey: 18,
    name: 'ApiVersions',
    request: ApiVersionsRequest,
    response: ApiVersionsResponse,
    minVersion: 0,
    maxVersion: 4,
    access: { needs: [] },
    handle: ({ answerRoomBytes }) => {
      state.handled++
      state.rooms.push(answerRoomBytes)
      if (state.later) return new Promise<Answer>((resolve) => waiting.push(resolve))
      return new Outcome({ errorCode: 0 }, { lent: [Buffer.alloc(state.lendBytes)] })
    },
    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
  const fetch: ApiHandler<typeof FetchRequest, typeof FetchResponse> = {
    apiKey: 1,
    name: 'Fetch',
    request: FetchRequest,
    response: FetchResponse,
    minVersion: 4,
    maxVersion: 18,
    access: { needs: [] },
    waitsByDesign: true,
    handle: () => new Promise(() => {}),
    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
  const produce: ApiHandler<typeof ProduceRequest, typeof ProduceResponse> = {
    apiKey: 0,
    name: 'Produce',
    request: ProduceRequest,
    response: ProduceResponse,
    minVersion: 3,
    maxVersion: 13,
    access: { needs: [] },
    overlaps: true,
    keepsNothing: true,
    handle: (_context, { acks, timeoutMs }) => {
      const outcome = new Promise<{ throttleTimeMs: number }>((resolve) => {
        produces.push({ acks, answer: () => resolve({ throttleTimeMs: timeoutMs }) })
      })
      return acks === 0 ? outcome : new Staged(null, outcome)
    },
    errorResponse: () => ({}),
  }
  return { state, all: [apiVersions, fetch, produce] }
}

async function whileTimePasses(clock: FakeClock, promise: Promise<void>): Promise<void> {
  let done = false
  void promise.then(() => {
    done = true
  })
  while (!done) {
    await settled()
    await clock.advance(1000)
  }
}

async function startServer(t: Test, properties: Record<string, string> = {}) {
  const network = new FakeNetwork()
  const clock = new FakeClock()
  const { lines, logger } = new MemoryLogger()
  const { state, all } = handlers()
  const config = new BrokerConfig(properties)
  const dispatcher = new Dispatcher(new HandlerRegistry(all), logger)
  const server = new Server({ config, environment: { network, clock }, dispatcher, logger })
  await server.bind()
  server.start()
  t.teardown(() => whileTimePasses(clock, server.stop(0)))
  return { server, network, clock, lines, state, config }
}

t.test('pipelined requests are answered in order, however they arrive', async (t) => {
  const { network } = await startServer(t)
  const client = network.client()
  const stream = Buffer.concat([request(1), request(2), request(3)])
  for (const byte of stream) client.send(Buffer.from([byte]))
  client.send(Buffer.concat([request(4), request(5)]))
  t.same(client.answers, [1, 2, 3, 4, 5].map(answer))
})

t.test('one request is in progress at a time; the rest stays unread', async (t) => {
  const { network, state } = await startServer(t)
  state.later = true
  const client = network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  t.equal(state.handled, 1)
  t.notOk(client.paused, 'one read may wait')
  client.send(request(3))
  t.equal(state.handled, 1)
  t.ok(client.paused, 'with the second nothing more is read')
  state.waiting[0](ANSWERED)
  await settled()
  t.same(client.answers, [answer(1)])
  t.equal(state.handled, 2)
  t.ok(client.paused)
  state.waiting[1](ANSWERED)
  await settled()
  t.equal(state.handled, 3)
  t.notOk(client.paused, 'nothing unread is left')
  client.send(Buffer.concat([request(4), request(5)]))
  t.notOk(client.paused, 'one read may wait again')
  client.send(request(6))
  t.ok(client.paused)
  for (let next = 2; next < 6; next++) {
    state.waiting[next](ANSWERED)
    await settled()
  }
  t.same(client.answers, [1, 2, 3, 4, 5, 6].map(answer))
  t.notOk(client.paused)
})

t.test('what waits is not read on to where it is much: what came next would be joined to it by a copy', async (t) => {
  const { network, state } = await startServer(t)
  state.later = true
  const client = network.client()
  client.send(request(1))
  client.send(largeRequest(2, 16 * 1024))
  t.ok(client.paused, 'a large request that waits stops the reading at once')
  state.waiting[0](ANSWERED)
  await settled()
  t.equal(state.handled, 2)
  t.notOk(client.paused)
})

t.test('a response of null is not sent, and the next request goes on', async (t) => {
  const { network, state } = await startServer(t)
  state.later = true
  const client = network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  state.waiting[0](new Outcome(null))
  await settled()
  state.waiting[1](ANSWERED)
  await settled()
  t.same(client.answers, [answer(2)])
})

t.test('a client that does not read its answers is not read', async (t) => {
  const { network, state } = await startServer(t)
  const client = network.client()
  client.peerReads = false
  client.send(Buffer.concat([request(1), request(2)]))
  client.send(request(3))
  t.same(client.answers, [answer(1)])
  t.ok(client.paused)
  client.drain()
  t.equal(state.handled, 3)
  t.notOk(client.paused)
})

t.test('what clients do not read leaves less room for the answers of all', async (t) => {
  const { network, state } = await startServer(t, { 'samsa.fetch.unread.bytes': '1000' })
  state.lendBytes = 600
  const [slow, gone, other] = [network.client(), network.client(), network.client()]
  slow.peerReads = false
  gone.peerReads = false
  slow.send(request(1))
  gone.send(request(1))
  other.send(request(1))
  slow.drain()
  other.send(request(2))
  gone.destroy()
  await settled()
  other.send(request(3))
  t.same(state.rooms, [1000, 400, 0, 400, 1000])
})

t.test('sizes beyond the limit close the connection', async (t) => {
  const { network, lines } = await startServer(t, { 'socket.request.max.bytes': '100' })
  for (const size of ['00000065', 'ffffffff']) {
    const client = network.client()
    client.send(request(1), Buffer.from(size, 'hex'))
    t.same(client.answers, [answer(1)], 'what came before is answered')
    t.ok(client.ended)
  }
  t.match(lines[0], /Invalid receive \(size = 101 larger than 100\)/)
})

t.test('queued.max.requests holds back the connections beyond it', async (t) => {
  const { network, state } = await startServer(t, { 'queued.max.requests': '2' })
  state.later = true
  const clients = [network.client(), network.client(), network.client(), network.client()]
  for (const [i, client] of clients.entries()) client.send(request(i))
  t.equal(state.handled, 2)
  t.notOk(clients[2].paused, 'what it has sent is there already')
  clients[3].send(request(4))
  t.ok(clients[3].paused, 'nothing more is read of one that sends on')
  state.waiting[0](ANSWERED)
  await settled()
  t.equal(state.handled, 3, 'the one that waited longest goes on')
  state.waiting[1](ANSWERED)
  state.waiting[2](ANSWERED)
  await settled()
  state.waiting[3](ANSWERED)
  await settled()
  t.same(
    clients.map(({ answers }) => answers),
    [0, 1, 2, 3].map((i) => [answer(i)]),
  )
})

const fetchRequest = (): Buffer =>
  Buffer.concat(requestFrame(apisByKey.get(1)!, 4, { correlationId: 1, clientId: null }, { replicaId: -1 }))

t.test('a long poll does not count among the queued requests', async (t) => {
  const { network, state } = await startServer(t, { 'queued.max.requests': '1' })
  network.client().send(fetchRequest())
  network.client().send(fetchRequest())
  const client = network.client()
  client.send(request(1))
  t.equal(state.handled, 1)
  t.same(client.answers, [answer(1)])
})

t.test('queued.max.request.bytes holds back, too', async (t) => {
  const { network, state } = await startServer(t, {
    'socket.request.max.bytes': '15',
    'queued.max.request.bytes': '15',
  })
  state.later = true
  const clients = [network.client(), network.client(), network.client()]
  for (const [i, client] of clients.entries()) client.send(request(i))
  t.equal(state.handled, 2, 'the last one in may exceed the limit')
  state.waiting[0](ANSWERED)
  await settled()
  t.equal(state.handled, 3)
})

t.test('a held back connection that goes away is forgotten', async (t) => {
  const { network, state } = await startServer(t, { 'queued.max.requests': '1' })
  state.later = true
  const [first, second, third] = [network.client(), network.client(), network.client()]
  for (const client of [first, second, third]) client.send(request(1))
  second.destroy()
  await settled()
  state.waiting[0](ANSWERED)
  await settled()
  t.equal(state.handled, 2)
  state.waiting[1](ANSWERED)
  await settled()
  t.same(third.answers, [answer(1)])
})

t.test('a silent connection is closed, one that is busy or talks is not', async (t) => {
  const { network, state, clock } = await startServer(t, { 'connections.max.idle.ms': '1000' })
  state.later = true
  const [silent, busy, talking] = [network.client(), network.client(), network.client()]
  busy.send(request(1))
  await clock.advance(600)
  talking.send(Buffer.from([0]))
  await clock.advance(401)
  t.same([silent.destroyed, busy.destroyed, talking.destroyed], [true, false, false])
  await clock.advance(700)
  t.same([busy.destroyed, talking.destroyed], [false, true], 'half a request is silence in the end')
})

t.test('an empty server has no timer', async (t) => {
  const { network, clock } = await startServer(t, { 'connections.max.idle.ms': '1000' })
  t.equal(clock.pendingTimers, 0)
  network.client()
  t.equal(clock.pendingTimers, 1)
  await clock.advance(2000)
  t.equal(clock.pendingTimers, 0)
})

t.test('max.connections.per.ip refuses, with overrides', async (t) => {
  const { network, lines } = await startServer(t, {
    'max.connections.per.ip': '1',
    'max.connections.per.ip.overrides': '10.0.0.9:2',
  })
  const clients = ['10.0.0.1', '10.0.0.1', '10.0.0.9', '10.0.0.9', '10.0.0.9'].map((ip) => network.client(0, ip))
  t.same(
    clients.map(({ destroyed }) => destroyed),
    [false, true, false, false, true],
  )
  t.match(lines[0], /Rejected connection from 10.0.0.1/)
  clients[0].destroy()
  await settled()
  t.notOk(network.client(0, '10.0.0.1').destroyed, 'there is room again')
})

t.test('beyond max.connections a connection waits for its turn', async (t) => {
  const { network } = await startServer(t, { 'max.connections': '1' })
  const [first, second] = [network.client(), network.client()]
  t.ok(second.paused)
  second.send(request(7))
  t.same(second.answers, [])
  first.destroy()
  await settled()
  t.same(second.answers, [answer(7)])
})

t.test('a listener has its own max.connections', async (t) => {
  const { network } = await startServer(t, {
    listeners: 'A://:1,B://:2',
    'listener.security.protocol.map': 'A:PLAINTEXT,B:PLAINTEXT',
    'inter.broker.listener.name': 'B',
    'listener.name.a.max.connections': '1',
  })
  const clients = [network.client(0), network.client(0), network.client(1)]
  t.same(
    clients.map(({ paused }) => paused),
    [false, true, false],
  )
})

t.test('a lowered max.connections closes those that were silent longest', async (t) => {
  const { network, clock, config } = await startServer(t)
  const clients = [network.client(), network.client(), network.client()]
  await clock.advance(5)
  clients[0].send(request(1))
  config.setDynamic('cluster', new Map([['max.connections', '1']]))
  t.same(
    clients.map(({ destroyed }) => destroyed),
    [false, true, true],
  )
})

t.test('connections that come too fast are served later', async (t) => {
  // Kafka's rate looks at 11 samples of a second: 10 a second allow 100 at once, the next one waits.
  const { network, clock } = await startServer(t, { 'max.connection.creation.rate': '10' })
  const clients = Array.from({ length: 101 }, (_, i) => network.client(0, `10.0.0.${i}`))
  t.same(
    clients.filter(({ paused }) => paused),
    [clients[100]],
  )
  await clock.advance(1000)
  t.notOk(clients[100].paused)
})

t.test('what connects before the start waits for it', async (t) => {
  const network = new FakeNetwork()
  const clock = new FakeClock()
  const { logger } = new MemoryLogger()
  const { all } = handlers()
  const dispatcher = new Dispatcher(new HandlerRegistry(all), logger)
  const server = new Server({ config: new BrokerConfig(), environment: { network, clock }, dispatcher, logger })
  await server.bind()
  const client = network.client()
  client.send(request(1))
  t.same(client.answers, [])
  server.start()
  t.same(client.answers, [answer(1)])
  await server.stop(0)
})

t.test('a stop answers what is in progress, reads nothing else, and closes', async (t) => {
  const { network, server, state } = await startServer(t)
  state.later = true
  const [idle, working, polling] = [network.client(), network.client(), network.client()]
  working.send(Buffer.concat([request(1), request(2)]))
  polling.send(fetchRequest())
  const stopped = server.stop(4000)
  await settled()
  t.ok(network.listening[0].closed)
  t.ok(idle.ended)
  t.ok(polling.ended, 'a long poll is not waited for')
  t.notOk(working.isClosed)
  state.waiting[0](ANSWERED)
  await stopped
  t.same(working.answers, [answer(1)])
  t.ok(working.ended)
})

t.test('a stop does not wait longer than it may', async (t) => {
  const { network, server, state, clock } = await startServer(t)
  state.later = true
  const stuck = network.client()
  stuck.send(request(1))
  await whileTimePasses(clock, server.stop(4000))
  t.ok(stuck.destroyed)
  t.ok(clock.nowMs() < 6000)
})

t.test('a client that has said all is answered, then closed', async (t) => {
  const { network, state } = await startServer(t)
  state.later = true
  const client = network.client()
  client.send(request(1))
  client.finish()
  t.notOk(client.isClosed)
  state.waiting[0](ANSWERED)
  await settled()
  t.same(client.answers, [answer(1)])
  t.ok(client.ended)
})

t.test('a port that is not to be had', async (t) => {
  const network = new FakeNetwork()
  const { logger } = new MemoryLogger()
  const dispatcher = new Dispatcher(new HandlerRegistry(), logger)
  const config = new BrokerConfig({
    listeners: 'A://:1,B://:2',
    'listener.security.protocol.map': 'A:PLAINTEXT,B:PLAINTEXT',
  })
  const listen = network.listen.bind(network)
  network.listen = async (options, accept) => {
    if (options.port === 2) throw new NetworkError('EADDRINUSE', 'Port 2 is already in use')
    return listen(options, accept)
  }
  const server = new Server({ config, environment: { network, clock: new FakeClock() }, dispatcher, logger })
  await t.rejects(server.bind(), { message: 'Port 2 is already in use' })
  t.ok(network.listening[0].closed, 'the ports that were taken are given back')
})

t.test('the host name of a container that is unknown here stands for this machine', async (t) => {
  const network = new FakeNetwork()
  const clock = new FakeClock()
  const { lines, logger } = new MemoryLogger()
  const listen = network.listen.bind(network)
  network.listen = async (options, accept) => {
    if (options.host === 'broker') throw new NetworkError('ENOTFOUND', 'broker is unknown')
    return listen(options, accept)
  }
  const config = new BrokerConfig({ listeners: 'PLAINTEXT://broker:9092' })
  const dispatcher = new Dispatcher(new HandlerRegistry(), logger)
  const server = new Server({ config, environment: { network, clock }, dispatcher, logger })
  t.match(await server.bind(), [{ listenerName: 'PLAINTEXT', host: 'localhost', port: 9092 }])
  t.match(lines, [/The host name broker of listener PLAINTEXT is unknown here/])
})

/** Tells itself by its timeout, which the handler of the test answers as the throttle time. */
const produceRequest = (number: number, acks = 1): Buffer =>
  Buffer.concat(
    requestFrame(apisByKey.get(0)!, 3, { correlationId: number, clientId: null }, { acks, timeoutMs: number }),
  )
const correlationIds = (answers: readonly string[]): number[] =>
  answers.map((answer) => Number.parseInt(answer.slice(8, 16), 16))

t.test('a Produce that has its place lets the next one begin; answers keep their order', async (t) => {
  const { network, state } = await startServer(t)
  const client = network.client()
  client.send(Buffer.concat([produceRequest(1), produceRequest(2), produceRequest(3), request(4), produceRequest(5)]))
  client.send(produceRequest(6))
  t.equal(state.produces.length, 3)
  t.equal(state.handled, 0, 'another API waits for the answers')
  t.equal(client.paused, true)
  state.produces[1].answer()
  state.produces[2].answer()
  await settled()
  t.strictSame(client.answers, [])
  state.produces[0].answer()
  await settled()
  t.strictSame(correlationIds(client.answers), [1, 2, 3, 4])
  t.equal(state.produces.length, 5)
  state.produces[3].answer()
  state.produces[4].answer()
  await settled()
  t.strictSame(correlationIds(client.answers), [1, 2, 3, 4, 5, 6])
  t.equal(client.paused, false)
})

t.test('a Produce without an answer keeps the next one waiting', async (t) => {
  const { network, state } = await startServer(t)
  network.client().send(Buffer.concat([produceRequest(1, 0), produceRequest(2)]))
  t.equal(state.produces.length, 1)
  state.produces[0].answer()
  await settled()
  t.equal(state.produces.length, 2)
})

t.test('how much of one connection may be in progress is bounded', async (t) => {
  const { network, state } = await startServer(t)
  network.client().send(Buffer.concat(Array.from({ length: 40 }, (_, i) => produceRequest(i))))
  t.equal(state.produces.length, 16)
  state.produces[0].answer()
  await settled()
  t.equal(state.produces.length, 17)
})

t.test('a connection that is lost keeps its requests until they are done', async (t) => {
  const { network, state, server } = await startServer(t, { 'queued.max.request.bytes': '20' })
  const client = network.client()
  client.send(Buffer.concat([produceRequest(1), produceRequest(2)]))
  t.equal(state.produces.length, 1)
  client.destroy()
  await settled()
  network.client().send(produceRequest(3))
  t.equal(state.produces.length, 1, 'there is no room')
  state.produces[0].answer()
  await settled()
  t.equal(state.produces.length, 2)
  t.ok(server)
})
