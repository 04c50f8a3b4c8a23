import t from 'tap'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { requestFrame } from '../../protocol/frame.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { apiVersionsHandler } from '../../src/api/api-versions.ts'
import { CLOSE, Dispatcher, type Outcome } from '../../src/dispatch/dispatcher.ts'
import { type ApiHandler, CloseConnection, type ConnectionContext } from '../../src/dispatch/handler.ts'
import { HandlerRegistry } from '../../src/dispatch/registry.ts'
import { MemoryLogger } from '../server/support.ts'
import { facts } from '../support/facts.ts'

const connection = (): ConnectionContext => ({
  id: '127.0.0.1:9092-127.0.0.1:50000-0-0',
  listenerName: 'PLAINTEXT',
  securityProtocol: 'PLAINTEXT',
  localAddress: '127.0.0.1',
  localPort: 9092,
  remoteAddress: '127.0.0.1',
  remotePort: 50_000,
  principal: { type: 'User', name: 'ANONYMOUS' },
  clientSoftwareName: 'unknown',
  clientSoftwareVersion: 'unknown',
  onClose: () => () => {},
  lend: () => {},
  roomForAnswerBytes: Number.MAX_SAFE_INTEGER,
  proceed: () => {},
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
    handle,
    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
  const unreached = { handle: () => null, errorResponse: () => ({}) }
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
    ...{ apiKey: 1, name: 'Fetch', request: FetchRequest, response: FetchResponse, minVersion: 4, maxVersion: 18 },
    ...unreached,
  }
  const registry = new HandlerRegistry([heartbeat, produce, fetch] as ApiHandler[])
  const features = { supported: [], finalized: [], finalizedEpoch: -1n }
  registry.add(apiVersionsHandler({ apis: () => registry.all(), features: () => features }))
  return { dispatcher: new Dispatcher(registry, logger), lines }
}

const heartbeatFrame = (version = 0): Buffer =>
  Buffer.concat(
    requestFrame(apisByKey.get(12)!, version, { correlationId: 7, clientId: 'c' }, { groupId: 'g', memberId: 'm' }),
  ).subarray(4)

const hex = (outcome: Outcome): string => {
  if (outcome === null || outcome === CLOSE) return String(outcome)
  return Buffer.concat(outcome).toString('hex')
}

t.test('an answer that is there at once needs no promise', (t) => {
  const { dispatcher } = dispatcherOf((context, request) => {
    t.match(context, {
      apiKey: 12,
      apiVersion: 0,
      correlationId: 7,
      clientId: 'c',
      requestBytes: heartbeatFrame().length,
    })
    t.equal(request.groupId, 'g')
    return { errorCode: 0 }
  })
  const outcome = dispatcher.dispatch(connection(), heartbeatFrame())
  t.notOk(outcome instanceof Promise)
  t.equal(hex(outcome as Outcome), '00000006000000070000')
  t.end()
})

t.test('an answer that comes later, and none at all', async (t) => {
  const later = dispatcherOf(async () => ({ errorCode: 0 })).dispatcher
  t.equal(hex(await later.dispatch(connection(), heartbeatFrame(1))), '0000000a00000007000000000000')
  const none = dispatcherOf(() => null).dispatcher
  t.equal(none.dispatch(connection(), heartbeatFrame()), null)
})

t.test('a typed error is answered in the shape of the API', async (t) => {
  const error = new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  const expected = '00000006000000070016'
  const now = dispatcherOf(() => {
    throw error
  })
  t.equal(hex(await now.dispatcher.dispatch(connection(), heartbeatFrame())), expected)
  const later = dispatcherOf(async () => {
    throw error
  })
  t.equal(hex(await later.dispatcher.dispatch(connection(), heartbeatFrame())), expected)
  t.same([...now.lines, ...later.lines], [], 'nothing to log: it is an answer like any other')
})

t.test('any other error is a bug: logged, answered UNKNOWN_SERVER_ERROR', async (t) => {
  const { dispatcher, lines } = dispatcherOf(() => {
    throw new TypeError('undefined is not a function')
  })
  t.equal(hex(await dispatcher.dispatch(connection(), heartbeatFrame())), '0000000600000007ffff')
  t.match(lines, [/Heartbeat failed unexpectedly/])
})

t.test('a handler can end the connection', async (t) => {
  const { dispatcher, lines } = dispatcherOf(() => {
    throw new CloseConnection('acks 0 failed')
  })
  t.equal(await dispatcher.dispatch(connection(), heartbeatFrame()), CLOSE)
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
  t.test(`${name} closes the connection`, (t) => {
    const { dispatcher, lines } = dispatcherOf()
    t.equal(dispatcher.dispatch(connection(), Buffer.from(frame, 'hex')), CLOSE)
    t.equal(lines.length, 1)
    t.match(lines[0], /^Closing 127\.0\.0\.1:9092-127\.0\.0\.1:50000-0-0 because /)
    t.end()
  })
}

t.test('ApiVersions of a version to come is answered in version 0 (KIP-511)', (t) => {
  const { dispatcher } = dispatcherOf()
  // Error 35 and the versions 0 to 4 of API 18.
  const expected = '00000010000000010023000000010012' + '00000004'
  t.equal(hex(dispatcher.dispatch(connection(), Buffer.from('0012006300000001ffff00', 'hex')) as Outcome), expected)
  t.equal(hex(dispatcher.dispatch(connection(), Buffer.from('0012ffff00000001ffff', 'hex')) as Outcome), expected)
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
    const outcome = await dispatcher.dispatch(connection(), Buffer.from(bytes, 'hex').subarray(4))
    t.ok(outcome !== null && outcome !== CLOSE, `version ${version}`)
    const answer = Buffer.concat(outcome as Buffer[])
    t.equal(answer.readInt32BE(0), answer.length - 4)
    t.equal(answer.readInt32BE(4), header.correlationId)
  }
})
