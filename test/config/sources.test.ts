import t from 'tap'
import {
  brokerListeners,
  ConfigError,
  type ConfigSources,
  loadConfig,
  parseTopicsToCreate,
  propertiesOfEnvironment,
} from '../../src/config/index.ts'
import { nearestName } from '../../src/config/nearest-name.ts'
import { keyOfVariable } from '../../src/config/sources/environment-variables.ts'

t.test('variables to keys', (t) => {
  // The rules are those of Apache's image (KafkaDockerWrapper).
  t.equal(keyOfVariable('KAFKA_LOG_RETENTION_MS'), 'log.retention.ms')
  t.equal(keyOfVariable('KAFKA_A__B'), 'a_b')
  t.equal(keyOfVariable('KAFKA_A___B'), 'a-b')
  t.equal(keyOfVariable('KAFKA_TOPIC_UNDERSCORE__NAME_SUB___KEY'), 'topic.underscore_name.sub-key')
  t.end()
})

/** The environment of docker/examples/docker-compose-files/single-node/plaintext in Apache's repository. */
const COMPOSE = {
  KAFKA_NODE_ID: '1',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
  KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT_HOST://localhost:9092,PLAINTEXT://broker:19092',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@broker:29093',
  KAFKA_LISTENERS: 'CONTROLLER://:29093,PLAINTEXT_HOST://:9092,PLAINTEXT://:19092',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_LOG_DIRS: '/tmp/kraft-combined-logs',
}

t.test("the environment of Apache's compose example", (t) => {
  const environment = propertiesOfEnvironment({
    ...COMPOSE,
    PATH: '/bin',
    KAFKA_HEAP_OPTS: '-Xmx1g',
    KAFKA_OPTS: '-Da=b',
  })
  const { config, warnings, notes } = loadConfig({ environment })
  t.equal(config.get('samsa.cluster.id'), '4L6g3nShT-eMCtK--X86sw')
  t.same(config.logDirs, ['/tmp/kraft-combined-logs'])
  t.same(warnings, [])
  t.same(notes, [])
  t.end()
})

t.test('the command line beats the environment beats the file', (t) => {
  const { config } = loadConfig({
    file: new Map([
      ['num.partitions', '1'],
      ['message.max.bytes', '1'],
      ['log.segment.bytes', '2000000'],
    ]),
    environment: propertiesOfEnvironment({ KAFKA_NUM_PARTITIONS: '2', KAFKA_MESSAGE_MAX_BYTES: '2' }),
    given: new Map([['num.partitions', '3']]),
  })
  t.equal(config.get('num.partitions'), 3)
  t.equal(config.get('message.max.bytes'), 2)
  t.equal(config.get('log.segment.bytes'), 2_000_000)
  t.end()
})

t.test('an unknown key is a mistake where somebody has just written it, a warning elsewhere', (t) => {
  t.throws(() => loadConfig({ given: new Map([['log.retention.hour', '1']]) }), {
    name: 'ConfigError',
    message: 'There is no configuration log.retention.hour; did you mean log.retention.hours?',
  })
  t.throws(() => loadConfig({ given: new Map([['retention.ms', '1']]) }), {
    message: "retention.ms is a configuration of topics; the broker's is log.retention.ms.",
  })
  t.same(loadConfig({ environment: propertiesOfEnvironment({ KAFKA_BROKERS: 'localhost:9092' }) }).warnings, [
    'Variables that name no configuration of Kafka, and are ignored: KAFKA_BROKERS.',
  ])
  t.throws(() => loadConfig({ file: new Map([['num.partitions', 'x']]) }), ConfigError)
  t.throws(() => loadConfig({ environment: propertiesOfEnvironment({ KAFKA_CREATE_TOPICS: 'a:x' }) }), ConfigError)
  t.end()
})

const started = (variables: Record<string, string>, more: Partial<ConfigSources> = {}) =>
  loadConfig({ environment: propertiesOfEnvironment(variables), ...more })

t.test('names that configure nothing: a sentence for each kind of them', (t) => {
  const { warnings, notes } = started(
    {
      KAFKA_LIBS: '/opt/libs',
      KAFKA_TOPIC: 'orders',
      KAFKA_NUM_PARTITION: '3',
      KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
      KAFKA_INTER_BROKER_PROTOCOL_VERSION: '3.5',
      KAFKA_SERVICE_HOST: '10.0.0.1',
      KAFKA_SERVICE_PORT_CLIENTS: '9092',
      KAFKA_PORT: 'tcp://10.0.0.1:9092',
      KAFKA_PORT_9092_TCP_ADDR: '10.0.0.1',
      KAFKA_UI_PORT_8080_TCP: 'tcp://10.0.0.2:8080',
    },
    {
      file: new Map([
        ['port', '9092'],
        ['something.else.altogether', '1'],
        ['one.more.stranger.there', '2'],
      ]),
    },
  )
  t.same(warnings, [
    'There is no configuration num.partition; did you mean num.partitions? It is ignored.',
    'Removed in Kafka 4, and ignored: port (use listeners), zookeeper.connect, inter.broker.protocol.version.',
    'There is no configuration something.else.altogether, no one.more.stranger.there: ignored.',
    'Variables that name no configuration of Kafka, and are ignored: KAFKA_LIBS, KAFKA_TOPIC.',
  ])
  t.same(notes, [
    'Variables that describe services of the network configure nothing here: KAFKA_SERVICE_HOST, KAFKA_SERVICE_PORT_CLIENTS, KAFKA_PORT, KAFKA_PORT_9092_TCP_ADDR, KAFKA_UI_PORT_8080_TCP.',
  ])
  t.throws(() => loadConfig({ given: new Map([['advertised.host.name', 'a']]) }), {
    name: 'ConfigError',
    message: 'Removed in Kafka 4: advertised.host.name (use advertised.listeners).',
  })
  t.end()
})

t.test("Bitnami's names set what they say, and Kafka's own go before them", (t) => {
  const { config, warnings } = started({
    KAFKA_CFG_NODE_ID: '0',
    KAFKA_CFG_PROCESS_ROLES: 'controller,broker',
    KAFKA_CFG_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_CFG_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CFG_NUM_PARTITIONS: '3',
    KAFKA_NUM_PARTITIONS: '4',
    KAFKA_KRAFT_CLUSTER_ID: '4L6g3nShT-eMCtK--X86sw',
    ALLOW_PLAINTEXT_LISTENER: 'yes',
  })
  t.same(warnings, [])
  t.equal(config.get('node.id'), 0)
  t.equal(config.get('num.partitions'), 4)
  t.equal(config.get('samsa.cluster.id'), '4L6g3nShT-eMCtK--X86sw')
  t.same(started({ KAFKA_CFG_NO_SUCH_THING_ANYWHERE: '1' }).warnings, [
    'Variables that name no configuration of Kafka, and are ignored: KAFKA_CFG_NO_SUCH_THING_ANYWHERE.',
  ])
  t.end()
})

t.test('broker.id is the older name of node.id', (t) => {
  t.equal(started({ KAFKA_BROKER_ID: '2' }).config.get('node.id'), 2)
  t.equal(loadConfig({ file: new Map([['broker.id', '0']]) }).config.get('node.id'), 0)
  t.equal(loadConfig({ given: new Map([['broker.id', '7']]) }).config.get('node.id'), 7)
  // The stronger source decides for both names; within one source they have to agree.
  t.equal(started({ KAFKA_BROKER_ID: '2' }, { given: new Map([['node.id', '5']]) }).config.get('node.id'), 5)
  t.equal(started({ KAFKA_NODE_ID: '2' }, { file: new Map([['broker.id', '0']]) }).config.get('broker.id'), 2)
  t.throws(() => started({ KAFKA_BROKER_ID: '2', KAFKA_NODE_ID: '3' }), { message: /same value as `broker.id`/ })
  t.end()
})

t.test('KAFKA_ADVERTISED_LISTENERS alone says where to listen, on every address', (t) => {
  const listeners = (variables: Record<string, string>, more: Partial<ConfigSources> = {}) =>
    brokerListeners(started(variables, more).config).map(
      ({ listenerName, host, port }) => `${listenerName} ${host}:${port}`,
    )
  const two = 'PLAINTEXT://broker:39097,PLAINTEXT_HOST://localhost:39095'
  const map = { KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT' }
  t.same(listeners({ ...map, KAFKA_ADVERTISED_LISTENERS: two }), [
    'PLAINTEXT 0.0.0.0:39097',
    'PLAINTEXT_HOST 0.0.0.0:39095',
  ])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://[::1]:39095' }), ['PLAINTEXT 0.0.0.0:39095'])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://:39095' }), ['PLAINTEXT 0.0.0.0:39095'])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'auto' }), ['PLAINTEXT localhost:9092'])
  t.same(listeners({ KAFKA_CFG_ADVERTISED_LISTENERS: 'PLAINTEXT://a:1' }), ['PLAINTEXT 0.0.0.0:1'])
  // A key that says where to listen decides.
  const own = new Map([['listeners', 'PLAINTEXT://localhost:5']])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://a:1' }, { given: own }), ['PLAINTEXT localhost:5'])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://a:1' }, { file: own }), ['PLAINTEXT localhost:5'])
  t.same(listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://a:1', KAFKA_LISTENERS: 'PLAINTEXT://:2' }), [
    'PLAINTEXT :2',
  ])
  t.throws(() => listeners({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://a' }), { name: 'ConfigError' })
  t.end()
})

t.test('an id that no broker has is one sentence, by either name', (t) => {
  for (const name of ['KAFKA_BROKER_ID', 'KAFKA_NODE_ID']) {
    for (const id of ['-1', '-5']) {
      const message = `Invalid value ${id} for configuration node.id: Value must be at least 0`
      t.throws(() => started({ [name]: id }), { name: 'ConfigError', message })
    }
    for (const id of ['2147483648', 'one']) {
      t.throws(() => started({ [name]: id }), { name: 'ConfigError', message: /: Not a number of type INT$/ })
    }
  }
  t.end()
})

t.test('a port that clients are sent to and nobody listens on is warned of, where nobody said what to open', (t) => {
  const warnings = (text: string, more: ConfigSources = {}) => {
    const own = new Map([['advertised.listeners', text]])
    const both = [loadConfig({ file: own, ...more }).warnings, loadConfig({ given: own, ...more }).warnings]
    t.same(both[0], both[1])
    return both[0]
  }
  t.match(warnings('PLAINTEXT://broker:9192'), [/clients to port 9192, and port 9092 is listened on: set listeners/])
  t.same(warnings('PLAINTEXT://broker:9092'), [])
  t.same(warnings('auto'), [])
  const environment = propertiesOfEnvironment({ KAFKA_LISTENERS: 'PLAINTEXT://:9092' })
  t.same(warnings('PLAINTEXT://broker:9192', { environment }), [])
  t.same(started({ KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://broker:9192' }).warnings, [])
  t.end()
})

t.test('the nearest name', (t) => {
  const known = ['log.retention.hours', 'log.retention.ms', 'num.partitions', 'listeners']
  t.equal(nearestName('log.retension.hours', known), 'log.retention.hours')
  t.equal(nearestName('num.partition', known), 'num.partitions')
  t.equal(nearestName('lisetners', known), 'listeners')
  t.equal(nearestName('something.else.altogether', known), null)
  t.end()
})

t.test('topics to create', (t) => {
  t.same(parseTopicsToCreate('orders:6, users:1:1:compact ,plain'), [
    { name: 'orders', partitions: 6, replicationFactor: null, configs: {} },
    { name: 'users', partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } },
    { name: 'plain', partitions: null, replicationFactor: null, configs: {} },
  ])
  t.same(parseTopicsToCreate('a:2:cleanup.policy=compact,delete:retention.ms=5;b'), [
    {
      name: 'a',
      partitions: 2,
      replicationFactor: null,
      configs: { 'cleanup.policy': 'compact,delete', 'retention.ms': '5' },
    },
    { name: 'b', partitions: null, replicationFactor: null, configs: {} },
  ])
  for (const wrong of ['a:x', 'a:0', 'a:-1', 'a b:1', ':1', 'a:1,a:2', '..:1', 'a:1:1:1']) {
    t.throws(() => parseTopicsToCreate(wrong), ConfigError, wrong)
  }
  t.end()
})
