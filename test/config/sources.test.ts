import t from 'tap'
import { keyOfVariable } from '../../src/config/environment-variables.ts'
import { ConfigError, loadConfig, parseTopicsToCreate, propertiesOfEnvironment } from '../../src/config/index.ts'
import { nearestName } from '../../src/config/nearest-name.ts'

t.test('variables to keys', (t) => {
  // The rules are those of Apache's image (KafkaDockerWrapper).
  t.equal(keyOfVariable('KAFKA_LOG_RETENTION_MS'), 'log.retention.ms')
  t.equal(keyOfVariable('KAFKA_A__B'), 'a_b')
  t.equal(keyOfVariable('KAFKA_A___B'), 'a-b')
  t.equal(keyOfVariable('KAFKA_TOPIC_UNDERSCORE__NAME_SUB___KEY'), 'topic.underscore_name.sub-key')
  t.end()
})

/** Of docker/examples/docker-compose-files/single-node/plaintext in Apache's repository. */
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
  t.same(warnings, ['Without effect in samsa, which has one node and no JVM: controller.quorum.voters.'])
  t.same(notes, ['The listener CONTROLLER on port 29093 is not opened: the controller is within this process.'])
  t.end()
})

t.test('the command line beats the environment beats the file', (t) => {
  const { config } = loadConfig({
    file: new Map([
      ['num.partitions', '1'],
      ['message.max.bytes', '1'],
      ['log.segment.bytes', '2000000'],
    ]),
    environment: new Map([
      ['num.partitions', '2'],
      ['message.max.bytes', '2'],
    ]),
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
    'There is no configuration brokers. It is ignored.',
  ])
  t.throws(() => loadConfig({ file: new Map([['num.partitions', 'x']]) }), ConfigError)
  t.throws(() => loadConfig({ environment: propertiesOfEnvironment({ KAFKA_CREATE_TOPICS: 'a:x' }) }), ConfigError)
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
