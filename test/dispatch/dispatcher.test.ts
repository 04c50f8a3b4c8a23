import t from 'tap'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { requestFrame } from '../../protocol/frame.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { apiVersionsHandler } from '../../src/api/api-versions.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import type { ApiHandler, ConnectionContext } from '../../src/dispatch/handler.ts'
import { Outcome } from '../../src/dispatch/outcome.ts'
import { HandlerRegistry } from '../../src/dispatch/registry.ts'
import { CLOSE, Pending, Reply } from '../../src/dispatch/reply.ts'
import { MemoryLogger } from '../server/support.ts'
import { facts } from '../support/facts.ts'

const connection = (): ConnectionContext => ({
  id: '127.0.0.1:9092-127.0.0.1:50000-0-0',
  listenerName: 'PLAINTEXT',
  listenerType: 'broker',
  securityProtocol: 'PLAINTEXT',
  localAddress: '127.0.0.1',
  localPort: 9092,
  remoteAddress: '127.0.0.1',
  remotePort: 50_000,
  sasl: null,
  onClose: () => () => {},
  peer: { principal: { type: 'User', name: 'ANONYMOUS' }, softwareName: 'unknown', softwareVersion: 'unknown' },
})

type Heartbeat = ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse>

/** ApiVersions, a Heartbeat that does as the test says, and a Produce and a Fetch that nobody reaches. */
function dispatcherOf(handle: Heartbeat['handle'] = () => ({})) {
  const { lines, logger } = new MemoryLogger()
  const heartbeat: Heartbeat = {
    apiKey: 12,
    name: 'Heartbeat',
    request: HeartbeatRequest,
    response: HeartbeatResponse,
    minVersion: 0,
    maxVersion: 4,
    access: { needs: [] },
    handle,
    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
  const unreached = { access: { needs: [] }, handle: () => new Outcome(null), errorResponse: () => ({}) }
  const produce: ApiHandler<typeof ProduceRequest, typeof ProduceResponse> = {
    ...{
      apiKey: 0,
      name: 'Produce',
      request: ProduceRequest,
      response: ProduceResponse,
      minVersion: 0,
      maxVersion: 13,
    },
    ...unreached,
  }
  const fetch: ApiHandler<typeof FetchRequest, typeof FetchResponse> = {
    apiKey: 1,
    name: 'Fetch',
    request: FetchRequest,
    response: FetchResponse,
    minVersion: 4,
    maxVersion: 18,
    ...unreached,
  }
  const registry = new HandlerRegistry([heartbeat, produce, fetch])
  const features = { supported: [], finalized: [], finalizedEpoch: -1n }
  registry.add(
    apiVersionsHandler({
      identity: { clusterId: 'cluster', nodeId: 1 },
      apis: () => registry.all(),
      features: () => features,
    }),
  )
  return { dispatcher: new Dispatcher(registry, logger), lines }
}

const heartbeatFrame = (version = 0): Buffer =>
  Buffer.concat(
    requestFrame(apisByKey.get(12)!, version, { correlationId: 7, clientId: 'c' }, { groupId: 'g', memberId: 'm' }),
  ).subarray(4)

const ROOM_BYTES = 1000

/** The reply to a frame, at once or later. */
async function replyTo(dispatcher: Dispatcher, frame: Buffer): Promise<Reply> {
  const dispatched = dispatcher.dispatch(connection(), frame, ROOM_BYTES)
  return dispatched instanceof Pending ? dispatched.reply : dispatched
}

const hex = ({ frame }: Reply): string | null => (frame === null ? null : Buffer.concat(frame).toString('hex'))

t.test('an answer that is there at once needs no promise', (t) => {
  const { dispatcher } = dispatcherOf((context, request) => {
    t.match(context, {
      apiKey: 12,
      apiVersion: 0,
      correlationId: 7,
      clientId: 'c',
      requestBytes: heartbeatFrame().length,
      answerRoomBytes: ROOM_BYTES,
    })
    t.equal(request.groupId, 'g')
    return { errorCode: 0 }
  })
  const reply = dispatcher.dispatch(connection(), heartbeatFrame(), ROOM_BYTES)
  t.ok(reply instanceof Reply)
  t.equal(hex(reply as Reply), '00000006000000070000')
  t.end()
})

t.test('an answer that comes later, and none at all', async (t) => {
  const later = dispatcherOf(async () => ({ errorCode: 0 })).dispatcher
  t.equal(hex(await replyTo(later, heartbeatFrame(1))), '0000000a00000007000000000000')
  const none = dispatcherOf(() => new Outcome(null)).dispatcher
  t.strictSame(await replyTo(none, heartbeatFrame()), new Reply(null))
})

t.test('a typed error is answered in the shape of the API', async (t) => {
  const error = new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  const expected = '00000006000000070016'
  const now = dispatcherOf(() => {
    throw error
  })
  t.equal(hex(await replyTo(now.dispatcher, heartbeatFrame())), expected)
  const later = dispatcherOf(async () => {
    throw error
  })
  t.equal(hex(await replyTo(later.dispatcher, heartbeatFrame())), expected)
  t.same([...now.lines, ...later.lines], [], 'nothing to log: it is an answer like any other')
})

t.test('any other error is a bug: logged, answered UNKNOWN_SERVER_ERROR', async (t) => {
  const { dispatcher, lines } = dispatcherOf(() => {
    throw new TypeError('undefined is not a function')
  })
  t.equal(hex(await replyTo(dispatcher, heartbeatFrame())), '0000000600000007ffff')
  t.match(lines, [/Heartbeat failed unexpectedly/])
})

t.test('a handler can end the connection', async (t) => {
  const { dispatcher, lines } = dispatcherOf(() => new Outcome(null, { closeReason: 'acks 0 failed' }))
  t.strictSame(await replyTo(dispatcher, heartbeatFrame()), CLOSE)
  t.match(lines, [/because acks 0 failed/])
})

const closed: [name: string, frame: string][] = [
  ['nothing', ''],
  ['half a header', '000c0000'],
  ['an API that does not exist', '03e7000000000001ffff'],
  ['a negative API', 'ffff000000000001ffff'],
  ['an API without a handler', '0003000000000001ffff00000000'],
  ['an old version', '0001000300000001ffff'],
  ['a version to come', '000c000500000001ffff00'],
  ['a negative version', '000cffff00000001ffff'],
  ['Produce 0 to 2, which are advertised and gone', '0000000200000001ffff'],
  ['a body that ends too early', '000c000000000001ffff0005'],
  ['a string of negative length', '000c000000000001fffffff0'],
]
for (const [name, frame] of closed) {
  t.test(`${name} closes the connection`, async (t) => {
    const { dispatcher, lines } = dispatcherOf()
    t.equal(await replyTo(dispatcher, Buffer.from(frame, 'hex')), CLOSE)
    t.equal(lines.length, 1)
    t.match(lines[0], /^Closing 127\.0\.0\.1:9092-127\.0\.0\.1:50000-0-0 because /)
  })
}

t.test('ApiVersions of a version to come is answered in version 0 (KIP-511)', async (t) => {
  const { dispatcher } = dispatcherOf()
  // Error 35 and the versions 0 to 5 of API 18.
  const expected = '00000010000000010023000000010012' + '00000005'
  t.equal(hex(await replyTo(dispatcher, Buffer.from('0012006300000001ffff00', 'hex'))), expected)
  t.equal(hex(await replyTo(dispatcher, Buffer.from('0012ffff00000001ffff', 'hex'))), expected)
  t.end()
})

t.test('every ApiVersions request of the golden frames is answered or refused by its own rules', async (t) => {
  interface Frame {
    apiKey: number
    version: number
    direction: string
    hex: string
    header: { correlationId: number }
  }
  const frames: Frame[] = facts('vectors', 'Frames.json')
  const { dispatcher } = dispatcherOf()
  for (const { hex: bytes, header, version } of frames.filter((f) => f.apiKey === 18 && f.direction === 'request')) {
    const { frame } = await replyTo(dispatcher, Buffer.from(bytes, 'hex').subarray(4))
    t.ok(frame, `version ${version}`)
    const answer = Buffer.concat(frame ?? [])
    t.equal(answer.readInt32BE(0), answer.length - 4)
    t.equal(answer.readInt32BE(4), header.correlationId)
  }
})
