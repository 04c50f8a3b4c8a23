/**
 * Every way in which a request can end, seen from its connection: what is sent, what is read next, whether the connection
 * stays, and that bytes which were lent to an answer are released once, whatever becomes of it.
 */
import t, { type Test } from 'tap'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { requestFrame } from '../../protocol/frame.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import type { ApiHandler } from '../../src/dispatch/handler.ts'
import { type Answer, Outcome, Staged } from '../../src/dispatch/outcome.ts'
import type { Peer } from '../../src/dispatch/peer.ts'
import { HandlerRegistry } from '../../src/dispatch/registry.ts'
import { SlabPool, slabChecks, slabOf } from '../../src/env/slab-pool.ts'
import { Server } from '../../src/server/server.ts'
import { FakeClock, FakeNetwork, MemoryLogger, settled } from './support.ts'

const HEARTBEAT = 12
const ID_OFFSET = 4
const ERROR_OFFSET = 12
const THROTTLE_OFFSET = 8

type Handler = ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse>
type End = Answer<typeof HeartbeatResponse>

/** Heartbeats whose ends a test decides: at once by `next`, or later by the functions in `waiting`. */
class Bench {
  readonly network = new FakeNetwork()
  readonly clock = new FakeClock()
  readonly peers: Peer[] = []
  readonly lines: string[]
  readonly waiting: { end: (value: End) => void; fail: (error: Error) => void; place: () => void }[] = []
  handled = 0
  /** null: the request waits. */
  next: (() => End) | null = () => ({})
  /** Requests that wait are staged, and have their place when the test says so. */
  isStaged = false
  readonly server: Server

  constructor(properties: Record<string, string> = {}) {
    const { lines, logger } = new MemoryLogger()
    this.lines = lines
    const heartbeat: Handler = {
      apiKey: HEARTBEAT,
      name: 'Heartbeat',
      request: HeartbeatRequest,
      response: HeartbeatResponse,
      minVersion: 0,
      maxVersion: 4,
      overlaps: true,
      access: { needs: [] },
      handle: ({ connection }) => {
        this.handled++
        this.peers.push(connection.peer)
        return this.next === null ? this.wait() : this.next()
      },
      errorResponse: (_context, _request, errorCode) => ({ errorCode }),
    }
    const dispatcher = new Dispatcher(new HandlerRegistry([heartbeat]), logger)
    const { network, clock } = this
    this.server = new Server({
      config: new BrokerConfig(properties),
      environment: { network, clock },
      dispatcher,
      logger,
    })
  }

  static async start(t: Test, properties: Record<string, string> = {}): Promise<Bench> {
    const bench = new Bench(properties)
    await bench.server.bind()
    bench.server.start()
    slabChecks.enabled = true
    t.teardown(() => {
      slabChecks.enabled = false
    })
    return bench
  }

  private wait(): Promise<End> | Staged<typeof HeartbeatResponse> {
    const request = { end: (_: End) => {}, fail: (_: Error) => {}, place: () => {} }
    this.waiting.push(request)
    const outcome = new Promise<End>((resolve, reject) => {
      request.end = resolve
      request.fail = reject
    })
    if (!this.isStaged) return outcome
    const placed = new Promise<void>((resolve) => {
      request.place = resolve
    })
    return new Staged(placed, outcome)
  }
}

const request = (correlationId: number): Buffer =>
  Buffer.concat(
    requestFrame(apisByKey.get(HEARTBEAT)!, 1, { correlationId, clientId: null }, { groupId: 'g', memberId: 'm' }),
  )

const correlationIds = (written: readonly Buffer[]): number[] => written.map((answer) => answer.readInt32BE(ID_OFFSET))
const errorCodes = (written: readonly Buffer[]): number[] => written.map((answer) => answer.readInt16BE(ERROR_OFFSET))

/** Bytes of a slab that the handler has retained once. */
const borrowed = () => new SlabPool().reserve(10)
const users = (bytes: Buffer): number | undefined => slabOf(bytes)?.users

t.test('a response is sent, and the next request read', async (t) => {
  const { network } = await Bench.start(t)
  const client = network.client()
  client.send(request(1), request(2))
  t.strictSame(correlationIds(client.written), [1, 2])
  t.notOk(client.isClosed)
})

t.test('without a response nothing is sent, and the next request is read', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => new Outcome(null)
  const client = bench.network.client()
  client.send(request(1), request(2))
  t.equal(bench.handled, 2)
  t.strictSame(client.written, [])
  t.notOk(client.isClosed)
})

t.test('an end without a response sends nothing, reads nothing else, and says why', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => new Outcome(null, { closeReason: 'the records were refused' })
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  t.equal(bench.handled, 1)
  t.strictSame(client.written, [])
  t.ok(client.ended)
  t.match(bench.lines, [/^Closing .* because the records were refused$/])
})

t.test('an end behind a response sends that first', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => new Outcome({ errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED }, { closeReason: 'of a password' })
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  t.strictSame(errorCodes(client.written), [ErrorCode.SASL_AUTHENTICATION_FAILED])
  t.equal(bench.handled, 1)
  t.ok(client.ended)
})

t.test('a typed error is an answer like any other', async (t) => {
  const bench = await Bench.start(t)
  bench.next = null
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  bench.waiting[0]?.fail(new KafkaError(ErrorCode.ILLEGAL_GENERATION))
  await settled()
  bench.waiting[1]?.fail(new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID))
  await settled()
  t.strictSame(errorCodes(client.written), [ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID])
  t.notOk(client.isClosed)
  t.strictSame(bench.lines, [])
})

t.test('an unexpected error is logged and answered, and the connection goes on', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => {
    throw new TypeError('undefined is not a function')
  }
  const client = bench.network.client()
  client.send(request(1))
  bench.next = () => ({})
  client.send(request(2))
  t.strictSame(errorCodes(client.written), [ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.NONE])
  t.match(bench.lines, [/Heartbeat failed unexpectedly/])
})

t.test('a throttled client has its answer at once, and then silence (KIP-219)', async (t) => {
  const bench = await Bench.start(t)
  const { clock, network } = bench
  bench.next = () => new Outcome({}, { throttleTimeMs: 1000 })
  const client = network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  client.send(request(3))
  t.strictSame(correlationIds(client.written), [1])
  t.equal(client.written[0]?.readInt32BE(THROTTLE_OFFSET), 1000, 'and is told')
  t.ok(client.paused, 'what else it sends stays with it')
  bench.next = () => ({})
  await clock.advance(999)
  t.equal(bench.handled, 1)
  await clock.advance(1)
  t.strictSame(correlationIds(client.written), [1, 2, 3])
  t.notOk(client.paused)
  client.send(request(4))
  t.strictSame(correlationIds(client.written), [1, 2, 3, 4])
})

t.test('a client without an answer is silenced, too', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => new Outcome(null, { throttleTimeMs: 500 })
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  t.equal(bench.handled, 1)
  await bench.clock.advance(500)
  t.equal(bench.handled, 2)
})

t.test('of requests that overlap the longest silence counts, and those begun before it are answered', async (t) => {
  const bench = await Bench.start(t)
  bench.next = null
  bench.isStaged = true
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2), request(3)]))
  bench.waiting[0]?.place()
  await settled()
  t.equal(bench.handled, 2)
  bench.waiting[0]?.end(new Outcome({}, { throttleTimeMs: 1000 }))
  bench.waiting[1]?.end(new Outcome({}, { throttleTimeMs: 400 }))
  await settled()
  t.strictSame(correlationIds(client.written), [1, 2])
  await bench.clock.advance(999)
  t.equal(bench.handled, 2)
  await bench.clock.advance(1)
  t.equal(bench.handled, 3)
})

t.test('silence is not idleness, and does not outlive its connection', async (t) => {
  const bench = await Bench.start(t, { 'connections.max.idle.ms': '1000' })
  bench.next = () => new Outcome({}, { throttleTimeMs: 5000 })
  const [muted, gone] = [bench.network.client(), bench.network.client()]
  muted.send(request(1))
  gone.send(request(1))
  gone.destroy()
  await bench.clock.advance(4000)
  t.notOk(muted.isClosed)
  await bench.clock.advance(3000)
  t.ok(muted.destroyed, 'from then on it is idle')
  t.equal(bench.clock.pendingTimers, 0)
})

t.test('a stop does not wait for a client that is silenced', async (t) => {
  const bench = await Bench.start(t)
  bench.next = () => new Outcome({}, { throttleTimeMs: 60_000 })
  const client = bench.network.client()
  client.send(request(1))
  await bench.server.stop(1000)
  t.ok(client.ended)
  t.equal(bench.clock.nowMs(), 0)
})

t.test('a request that overlaps begins when the one before it has its place, not sooner', async (t) => {
  const bench = await Bench.start(t)
  bench.next = null
  bench.isStaged = true
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2), request(3)]))
  await settled()
  t.equal(bench.handled, 1)
  bench.waiting[0]?.place()
  await settled()
  t.equal(bench.handled, 2)
  bench.waiting[1]?.end({})
  await settled()
  t.strictSame(client.written, [], 'answers keep their order')
  t.equal(bench.handled, 2, 'the answer to the second one is no place for the third')
  bench.waiting[0]?.end({})
  await settled()
  t.strictSame(correlationIds(client.written), [1, 2])
  t.equal(bench.handled, 3)
})

t.test('the next request finds what the one before it has told of the client', async (t) => {
  const bench = await Bench.start(t)
  const peer: Peer = { principal: { type: 'User', name: 'alice' }, softwareName: 'kcat', softwareVersion: '1.7' }
  bench.next = () => new Outcome({}, { peer })
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  t.match(bench.peers[0], { principal: { type: 'User', name: 'ANONYMOUS' }, softwareName: 'unknown' })
  t.equal(bench.peers[1], peer)
})

t.test('bytes that are lent to an answer are released when it has left, not sooner', async (t) => {
  const bench = await Bench.start(t)
  const bytes = borrowed()
  bench.next = () => new Outcome({}, { lent: [bytes] })
  const client = bench.network.client()
  client.peerReads = false
  client.send(request(1))
  t.equal(users(bytes), 1)
  client.drain()
  t.equal(users(bytes), 0)
  client.destroy()
  await settled()
  t.equal(users(bytes), 0, 'once')
})

t.test('they are released when the connection dies with the answer on its way', async (t) => {
  const bench = await Bench.start(t)
  const bytes = borrowed()
  bench.next = () => new Outcome({}, { lent: [bytes] })
  const client = bench.network.client()
  client.peerReads = false
  client.send(request(1))
  client.destroy()
  await settled()
  t.equal(users(bytes), 0)
})

t.test('they are released when the connection has died before there is an answer', async (t) => {
  const bench = await Bench.start(t)
  bench.next = null
  const client = bench.network.client()
  client.send(request(1))
  client.destroy()
  await settled()
  const bytes = borrowed()
  bench.waiting[0]?.end(new Outcome({}, { lent: [bytes] }))
  await settled()
  t.equal(users(bytes), 0)
  t.strictSame(client.written, [])
})

t.test('they are released when the answer waits for others and the connection dies', async (t) => {
  const bench = await Bench.start(t)
  bench.next = null
  bench.isStaged = true
  const client = bench.network.client()
  client.send(Buffer.concat([request(1), request(2)]))
  bench.waiting[0]?.place()
  await settled()
  const bytes = borrowed()
  bench.waiting[1]?.end(new Outcome({}, { lent: [bytes] }))
  await settled()
  t.equal(users(bytes), 1, 'the first answer is still to come')
  client.destroy()
  await settled()
  bench.waiting[0]?.end({})
  await settled()
  t.equal(users(bytes), 0)
})

t.test('they are released when the answer can not be encoded, or is not to be sent', async (t) => {
  const bench = await Bench.start(t)
  const [unsayable, unsaid] = [borrowed(), borrowed()]
  const response = {
    get errorCode(): number {
      throw new RangeError('no such number')
    },
  }
  bench.next = () => new Outcome(response, { lent: [unsayable] })
  const client = bench.network.client()
  client.send(request(1))
  t.equal(users(unsayable), 0)
  t.strictSame(errorCodes(client.written), [ErrorCode.UNKNOWN_SERVER_ERROR])
  bench.next = () => new Outcome(null, { lent: [unsaid], closeReason: 'it is over' })
  client.send(request(2))
  t.equal(users(unsaid), 0)
})
