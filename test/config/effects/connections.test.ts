/** Keys of connections that are seen without a broker behind them; `test/server` has the others. */
import t from 'tap'
import { BrokerConfig } from '../../../src/config/index.ts'
import { Dispatcher } from '../../../src/dispatch/dispatcher.ts'
import { HandlerRegistry } from '../../../src/dispatch/registry.ts'
import { ConnectionQuotas } from '../../../src/server/connection-quotas.ts'
import { Server } from '../../../src/server/server.ts'
import { FakeClock, FakeNetwork, MemoryLogger } from '../../server/support.ts'
import type { Values } from './bench.ts'

t.test('socket.listen.backlog.size is how many connections may wait to be accepted', async (t) => {
  const { logger } = new MemoryLogger()
  const backlogOf = async (values: Values) => {
    const [network, clock] = [new FakeNetwork(), new FakeClock()]
    const dispatcher = new Dispatcher(new HandlerRegistry([]), logger)
    const server = new Server({ config: new BrokerConfig(values), environment: { network, clock }, dispatcher, logger })
    await server.bind()
    return network.listening[0]?.backlog
  }
  t.equal(await backlogOf({}), 4096)
  t.equal(await backlogOf({ 'socket.listen.backlog.size': '7' }), 7)
})

t.test('quota.window.num and quota.window.size.seconds are how long a rate is looked at', async (t) => {
  /** How many of many connections are served at once, at ten a second. */
  const admitted = (values: Values) => {
    const config = new BrokerConfig({ 'max.connection.creation.rate': '10', ...values })
    const quotas = new ConnectionQuotas(config, new FakeClock(), ['PLAINTEXT'])
    return Array.from({ length: 500 }, (_, i) => quotas.arrive('PLAINTEXT', `a${i}`)).filter(
      ({ kind }) => kind === 'admit',
    ).length
  }
  // Kafka takes a short history for a window that is nearly over: all samples but one.
  t.equal(admitted({}), 100)
  t.equal(admitted({ 'quota.window.num': '3' }), 20)
  t.equal(admitted({ 'quota.window.size.seconds': '2' }), 200)
})

t.test('limits of connections may change while the broker runs', async (t) => {
  const config = new BrokerConfig()
  const quotas = new ConnectionQuotas(config, new FakeClock(), ['PLAINTEXT'])
  const kinds = (address: string) => [1, 2].map(() => quotas.arrive('PLAINTEXT', address).kind)
  const change = (values: Values) => {
    config.setDynamic('cluster', new Map(Object.entries(values)))
    quotas.reconfigure()
  }
  t.same(kinds('a'), ['admit', 'admit'])
  change({ 'max.connections.per.ip': '1' })
  t.same(kinds('b'), ['admit', 'refuse'])
  change({ 'max.connections.per.ip.overrides': 'c:1' })
  t.same(
    [kinds('c'), kinds('d')],
    [
      ['admit', 'refuse'],
      ['admit', 'admit'],
    ],
  )
  change({ 'max.connection.creation.rate': '0' })
  t.same(kinds('e'), ['wait', 'wait'])
})
