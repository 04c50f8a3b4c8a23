import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { startBroker } from 'samsa'
import { placeOrder } from './orders.mjs'

const broker = await startBroker({ topics: ['orders'] })
afterEach(() => broker.reset())
after(() => broker.stop())

test('an order gets through while the leader moves', async () => {
  const fault = broker.faults.on('Produce', { topic: 'orders' }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  await placeOrder(broker.bootstrapServers, 'a')
  await fault.hit(2)
  assert.equal((await broker.records('orders', { count: 1 }))[0].value.toString(), 'a')
})
