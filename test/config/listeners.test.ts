import t from 'tap'
import {
  advertisedListeners,
  BrokerConfig,
  brokerListeners,
  checkBrokerConfig,
  controllerListeners,
} from '../../src/config/index.ts'

/** The environment of docker/examples/docker-compose-files/single-node/plaintext in Apache's repository. */
const COMPOSE = {
  listeners: 'CONTROLLER://:29093,PLAINTEXT_HOST://:9092,PLAINTEXT://:19092',
  'advertised.listeners': 'PLAINTEXT_HOST://localhost:9092,PLAINTEXT://broker:19092',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
}

t.test("the listeners of Apache's compose example", (t) => {
  const config = new BrokerConfig(COMPOSE)
  checkBrokerConfig(config)
  const plaintext = { securityProtocol: 'PLAINTEXT' }
  t.same(brokerListeners(config), [
    { listenerName: 'PLAINTEXT_HOST', host: '', port: 9092, ...plaintext },
    { listenerName: 'PLAINTEXT', host: '', port: 19092, ...plaintext },
  ])
  t.same(
    controllerListeners(config).map(({ listenerName }) => listenerName),
    ['CONTROLLER'],
  )
  t.same(advertisedListeners(config).get('PLAINTEXT'), {
    listenerName: 'PLAINTEXT',
    host: 'broker',
    port: 19092,
    ...plaintext,
  })
  t.end()
})

t.test('by default a client is sent back to where it reached the broker', (t) => {
  t.same([...advertisedListeners(new BrokerConfig())], [['PLAINTEXT', 'auto']])
  t.end()
})

t.test('IPv6 hosts stand in brackets', (t) => {
  t.match(brokerListeners(new BrokerConfig({ listeners: 'PLAINTEXT://[::1]:9092' })), [{ host: '::1', port: 9092 }])
  t.end()
})

const refused: [name: string, properties: Record<string, string>, message: RegExp][] = [
  ['no port', { listeners: 'PLAINTEXT://localhost' }, /expected NAME:\/\/host:port/],
  ['port too high', { listeners: 'PLAINTEXT://:70000' }, /expected NAME:\/\/host:port/],
  ['unknown protocol', { listeners: 'INTERNAL://:9092' }, /No security protocol defined for listener INTERNAL/],
  ['a name twice', { listeners: 'PLAINTEXT://:1,plaintext://:2' }, /different name/],
  [
    'a port twice',
    { listeners: 'A://:1,B://:1', 'listener.security.protocol.map': 'A:PLAINTEXT,B:PLAINTEXT' },
    /different port/,
  ],
  ['a bad map', { 'listener.security.protocol.map': 'PLAINTEXT:TLS' }, /Invalid security protocol `TLS`/],
  ['advertising every address', { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' }, /nonroutable/],
  ['advertising what is not there', { 'advertised.listeners': 'SSL://a:1' }, /not in listeners/],
  ['only the controller', { listeners: 'CONTROLLER://:1' }, /no listener for clients/],
  ['unknown inter broker listener', { 'inter.broker.listener.name': 'INTERNAL' }, /inter.broker.listener.name must be/],
  [
    'both ways to say it',
    { 'inter.broker.listener.name': 'PLAINTEXT', 'security.inter.broker.protocol': 'PLAINTEXT' },
    /Only one of/,
  ],
  [
    "SASL with Kafka's default mechanism",
    { listeners: 'SASL_SSL://:1' },
    /GSSAPI \(Kafka's default\), which samsa does/,
  ],
  [
    'Kerberos',
    { listeners: 'SASL_SSL://:1', 'sasl.enabled.mechanisms': 'PLAIN,GSSAPI' },
    /GSSAPI, which samsa does not/,
  ],
  ['no mechanism', { listeners: 'SASL_SSL://:1', 'sasl.enabled.mechanisms': '' }, /mechanism none/],
  ['classes of Java', { listeners: 'SSL://:1', 'principal.builder.class': 'com.acme.Mine' }, /classes of Java cannot/],
  ['users whom nobody asks', { 'samsa.users': 'alice:secret' }, /no listener asks for a password/],
  ['a user without a password', { 'samsa.users': 'alice' }, /is not NAME:PASSWORD/],
  [
    'a mechanism between brokers that is not enabled',
    {
      listeners: 'SASL_SSL://:1',
      'security.inter.broker.protocol': 'SASL_SSL',
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-256',
    },
    /must be included in sasl.enabled.mechanisms/,
  ],
  ['an old id that differs', { 'broker.id': '5', 'node.id': '6' }, /same value as `broker.id`/],
  ['a memory limit below one request', { 'queued.max.request.bytes': '5' }, /queued.max.request.bytes/],
  ['connections per address without a number', { 'max.connections.per.ip.overrides': 'a' }, /is not host:connections/],
  ['nobody may connect', { 'max.connections.per.ip': '0' }, /can be set to zero only if/],
  ['no broker', { 'process.roles': 'controller' }, /No listener of the controller is set/],
  [
    'a controller with clients',
    { 'process.roles': 'controller', listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093' },
    /must only contain KRaft controller listeners/,
  ],
  [
    'one of several voters',
    { 'controller.quorum.voters': '1@a:9093,2@b:9093,3@c:9093' },
    /the voters 1,2,3: the controller of samsa is the only voter/,
  ],
  ['another voter', { 'controller.quorum.voters': '2@b:9093' }, /the node id 1 must be included in the set of voters/],
]
for (const [name, properties, message] of refused) {
  t.throws(() => checkBrokerConfig(new BrokerConfig(properties)), { name: 'ConfigError', message }, name)
}
