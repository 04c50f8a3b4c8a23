/** As Apache's ConsumerGroupHeartbeatRequestTest expects it where the protocol is disabled by configuration. */
import t from 'tap'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { ask } from './support/wire-client.ts'

const CONSUMER_GROUP_HEARTBEAT = 68
const UNSUPPORTED_VERSION = 35

t.test('ConsumerGroupHeartbeat is UNSUPPORTED_VERSION without a word', async (t) => {
  const broker = await startBroker({ port: 0, config: { 'group.coordinator.rebalance.protocols': 'classic' } })
  t.teardown(() => broker.stop())
  const request = { groupId: 'group', memberId: '', memberEpoch: 0 }
  t.match(await ask(broker.port, apisByKey.get(CONSUMER_GROUP_HEARTBEAT)!, 0, request), {
    errorCode: UNSUPPORTED_VERSION,
    errorMessage: null,
    memberId: null,
  })
})
