import t from 'tap'
import { unchecked } from '../../protocol/unchecked.ts'
import { advertisedEndpoints } from '../../src/api/support/advertised-endpoint.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import type { ConnectionContext } from '../../src/dispatch/handler.ts'
import type { BrokerRegistration } from '../../src/metadata/image/cluster-image.ts'

const broker = unchecked<BrokerRegistration>({
  brokerId: 1,
  endPoints: [{ name: 'PLAINTEXT', host: 'registered', port: 7, securityProtocol: 0 }],
})

/** Where a client is sent that came over PLAINTEXT to `localAddress`, port 1234. */
function sentTo(advertised: string, localAddress: string) {
  const config = new BrokerConfig({ 'advertised.listeners': advertised })
  const connection = { listenerName: 'PLAINTEXT', localAddress, localPort: 1234 } as ConnectionContext
  return advertisedEndpoints(config)(connection, broker)
}

t.test('no client is ever sent to an empty host', (t) => {
  t.same(sentTo('PLAINTEXT://:39095', '127.0.0.1'), { host: 'localhost', port: 39095 })
  t.same(sentTo('PLAINTEXT://:39095', '10.1.2.3'), { host: '10.1.2.3', port: 39095 })
  t.same(sentTo('PLAINTEXT://[]:39095', '::ffff:10.1.2.3'), { host: '10.1.2.3', port: 39095 })
  t.same(sentTo('PLAINTEXT://:0', '10.1.2.3'), { host: '10.1.2.3', port: 1234 })
  t.same(sentTo('auto', '10.1.2.3'), { host: '10.1.2.3', port: 1234 })
  t.match(sentTo('PLAINTEXT://elsewhere:5', '10.1.2.3'), { host: 'registered', port: 7 })
  t.end()
})
