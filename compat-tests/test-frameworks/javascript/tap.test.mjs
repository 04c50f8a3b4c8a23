import { startBroker } from 'samsa'
import t from 'tap'
import { placeOrder } from './orders.mjs'

const broker = await startBroker({ topics: ['orders'] })
t.afterEach(() => broker.reset())
t.teardown(() => broker.stop())

t.test('an order gets through while the leader moves', async (t) => {
  const fault = broker.faults.on('Produce', { topic: 'orders' }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  await placeOrder(broker.bootstrapServers, 'a')
  await fault.hit(2)
  t.match(await broker.records('orders', { count: 1 }), [{ value: Buffer.from('a') }])
})
