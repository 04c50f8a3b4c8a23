/** Quotas as connections feel them: requests that cost time, ends of all kinds, and addresses that connect too often. */
import t, { type Test } from 'tap'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { requestFrame } from '../../protocol/frame.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import type { ApiHandler, RequestContext } from '../../src/dispatch/handler.ts'
import { type Answer, Outcome } from '../../src/dispatch/outcome.ts'
import { HandlerRegistry } from '../../src/dispatch/registry.ts'
import { ClientQuotas } from '../../src/security/quotas/client-quotas.ts'
import { Server } from '../../src/server/server.ts'
import { FakeClock, FakeNetwork, MemoryLogger, settled } from './support.ts'

const HEARTBEAT = 12
const THROTTLE_OFFSET = 8
const WINDOW = { samples: 11, sampleMs: 1000 }

type End = Answer<typeof HeartbeatResponse>

/** Heartbeats that do as a test says. */
async function start(
  t: Test,
  percentage: number | null,
  handle: (context: RequestContext, clock: BusyClock) => End | Promise<End>,
) {
  const network = new FakeNetwork()
  const clock = new BusyClock()
  const { logger } = new MemoryLogger()
  const contexts: RequestContext[] = []
  const heartbeat: ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse> = {
    apiKey: HEARTBEAT,
    name: 'Heartbeat',
    request: HeartbeatRequest,
    response: HeartbeatResponse,
    minVersion: 0,
    maxVersion: 4,
    access: { needs: [] },
    handle: (context) => {
      contexts.push(context)
      return handle(context, clock)
    },
    errorResponse: (_context, _request, errorCode) => ({ errorCode }),
  }
  const quotas = new ClientQuotas(clock, WINDOW)
  if (percentage !== null) {
    const entity = [{ entityType: 'user', entityName: null }]
    quotas.setLimits([{ entity, quotas: new Map([['request_percentage', percentage]]) }])
  }
  const dispatcher = new Dispatcher(new HandlerRegistry([heartbeat]), logger, null, quotas)
  const server = new Server({ config: new BrokerConfig(), environment: { network, clock }, dispatcher, logger })
  await server.bind()
  server.start()
  t.teardown(() => server.stop(0))
  return { network, clock, server, contexts, client: network.client() }
}

/** A clock that goes on while somebody works. */
class BusyClock extends FakeClock {
  #worked = 0

  override monotonicMs(): number {
    return super.monotonicMs() + this.#worked
  }

  work(ms: number): void {
    this.#worked += ms
  }
}

const frame = Buffer.concat(
  requestFrame(apisByKey.get(HEARTBEAT)!, 1, { correlationId: 1, clientId: 'c' }, { groupId: 'g', memberId: 'm' }),
)
const throttleOf = (answer: Buffer | undefined) => answer?.readInt32BE(THROTTLE_OFFSET)

t.test('without quotas nothing is looked at', async (t) => {
  const { client, contexts } = await start(t, null, (_, clock) => {
    clock.work(60_000)
    return {}
  })
  client.send(frame)
  t.equal(throttleOf(client.written[0]), 0)
  t.equal(contexts[0]?.quota, null)
})

t.test('time counts, up to a sample of silence, and its answer comes first', async (t) => {
  // 10 percent in 10 s are a second.
  const { client, clock } = await start(t, 10, (_, clock) => {
    clock.work(600)
    return {}
  })
  client.send(frame)
  t.equal(throttleOf(client.written[0]), 0)
  client.send(frame)
  t.equal(throttleOf(client.written[1]), 1000)
  client.send(frame)
  t.equal(client.written.length, 2, 'silence')
  await clock.advance(999)
  t.equal(client.written.length, 2)
  await clock.advance(1)
  t.equal(client.written.length, 3)
})

t.test('the time of a request that waits is its own alone', async (t) => {
  const waiting: (() => void)[] = []
  const { client, clock } = await start(t, 1, (_, clock) => {
    clock.work(10)
    return new Promise((resolve) => waiting.push(() => resolve({})))
  })
  client.send(frame)
  await clock.advance(5000)
  clock.work(5000)
  waiting[0]?.()
  await settled()
  t.equal(throttleOf(client.written[0]), 0)
})

t.test('an error costs time as well; a request without an answer, and one of brokers, does not', async (t) => {
  const ends: ((context: RequestContext) => End)[] = [
    () => new Outcome(null),
    ({ quota }) => {
      quota?.exempt()
      return {}
    },
    () => {
      throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
    },
  ]
  const { client } = await start(t, 1, (context, clock) => {
    clock.work(2000)
    return ends.shift()!(context)
  })
  client.send(frame)
  client.send(frame)
  client.send(frame)
  t.equal(client.written.length, 2)
  t.equal(throttleOf(client.written[0]), 0)
  t.equal(throttleOf(client.written[1]), 1000)
})

t.test('the longer silence of two counts', async (t) => {
  const { client, clock } = await start(t, 1, (_, clock) => {
    clock.work(2000)
    return new Outcome({}, { throttleTimeMs: 3000 })
  })
  client.send(frame)
  t.equal(throttleOf(client.written[0]), 3000)
  client.send(frame)
  await clock.advance(2999)
  t.equal(client.written.length, 1)
  await clock.advance(1)
  t.equal(client.written.length, 2)
})

t.test('an address that connects too often is closed after a while, and others are not', async (t) => {
  const { network, server, clock } = await start(t, null, () => ({}))
  server.setAddressLimits(
    new Map([
      [null, 1],
      ['10.0.0.9', 2],
    ]),
  )
  const connect = (count: number, address: string) => Array.from({ length: count }, () => network.client(0, address))
  // One a second in ten seconds are ten at once.
  const many = connect(12, '10.0.0.1')
  const mapped = connect(21, '::ffff:10.0.0.9')
  const other = connect(1, '10.0.0.2')
  const served = (connections: { paused: boolean }[]) => connections.filter(({ paused }) => !paused).length
  t.strictSame([served(many), served(mapped), served(other)], [10, 20, 1])
  await clock.advance(1000)
  t.equal(many.filter(({ destroyed }) => destroyed).length, 2)
  t.equal(mapped.filter(({ destroyed }) => destroyed).length, 1)
  await clock.advance(11_000)
  t.equal(served(connect(1, '10.0.0.1')), 1)
  server.setAddressLimits(new Map())
  t.equal(served(connect(50, '10.0.0.1')), 50)
})
