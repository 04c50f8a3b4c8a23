import t from 'tap'
import {
  BrokerConfig,
  ConfigError,
  ConfigSource,
  describeBroker,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
  validateDynamicConfigs,
  validateGroupConfigs,
  validateTopicConfigs,
} from '../../src/config/index.ts'
import { brokerDefinition } from '../../src/config/tables.ts'

const { TOPIC_CONFIG, DYNAMIC_BROKER_CONFIG, DYNAMIC_DEFAULT_BROKER_CONFIG, STATIC_BROKER_CONFIG, DEFAULT_CONFIG } =
  ConfigSource

t.test('precedence: this broker, the cluster, the file, the default', (t) => {
  const config = new BrokerConfig({ 'log.segment.bytes': '2000000' })
  t.equal(new BrokerConfig().get('log.segment.bytes'), 1_073_741_824)
  t.equal(config.get('log.segment.bytes'), 2_000_000)
  config.setDynamic('cluster', new Map([['log.segment.bytes', '3000000']]))
  t.equal(config.get('log.segment.bytes'), 3_000_000)
  config.setDynamic('broker', new Map([['log.segment.bytes', '4000000']]))
  t.equal(config.get('log.segment.bytes'), 4_000_000)
  t.equal(config.topicConfig()['segment.bytes'], 4_000_000)
  t.equal(config.topicConfig({ 'segment.bytes': '5000000' })['segment.bytes'], 5_000_000)
  config.setDynamic('broker', new Map())
  config.setDynamic('cluster', new Map())
  t.equal(config.get('log.segment.bytes'), 2_000_000)
  t.end()
})

t.test('a bad value does not make a config', (t) => {
  t.throws(() => new BrokerConfig({ 'log.segment.bytes': 'big' }), {
    name: 'ConfigError',
    message: 'Invalid value big for configuration log.segment.bytes: Not a number of type INT',
  })
  t.end()
})

t.test('subscribers hear of what changed, and only of that', (t) => {
  const config = new BrokerConfig({ 'message.max.bytes': '2000' })
  const heard: string[][] = []
  const unsubscribe = config.subscribe((changed) => heard.push([...changed].sort()))
  const dynamic = new Map([
    ['message.max.bytes', '2000'],
    ['log.segment.bytes', '3000000'],
  ])
  config.setDynamic('cluster', dynamic)
  t.same(heard, [['log.segment.bytes']], 'the same value again is no change')
  config.setDynamic('cluster', dynamic)
  t.equal(heard.length, 1)
  t.same(config.setDynamic('broker', new Map([['log.segment.bytes', 'x']])), [
    'Invalid value x for configuration log.segment.bytes: Not a number of type INT',
  ])
  t.equal(config.get('log.segment.bytes'), 3_000_000, 'what does not parse is left out')
  unsubscribe()
  config.setDynamic('cluster', new Map())
  t.equal(heard.length, 1)
  t.end()
})

t.test('retention in ms beats minutes beats hours', (t) => {
  const retentionMs = (properties: Record<string, string>) => new BrokerConfig(properties).topicConfig()['retention.ms']
  t.equal(retentionMs({}), 604_800_000)
  t.equal(retentionMs({ 'log.retention.hours': '2' }), 7_200_000)
  t.equal(retentionMs({ 'log.retention.hours': '2', 'log.retention.minutes': '3' }), 180_000)
  t.equal(retentionMs({ 'log.retention.hours': '2', 'log.retention.minutes': '3', 'log.retention.ms': '5' }), 5)
  t.equal(retentionMs({ 'log.retention.hours': '-1' }), -1)
  t.equal(retentionMs({ 'log.retention.ms': '-2' }), -1)
  t.end()
})

t.test('the flush interval of topics is that of the scheduler where nobody set it', (t) => {
  t.equal(new BrokerConfig({ 'log.flush.scheduler.interval.ms': '7' }).topicConfig()['flush.ms'], 7)
  t.equal(new BrokerConfig().topicConfig()['flush.ms'], 2 ** 63)
  t.end()
})

t.test('a listener has values of its own', (t) => {
  const config = new BrokerConfig({ 'max.connections': '10', 'listener.name.internal.max.connections': '3' })
  t.equal(config.getForListener('INTERNAL', 'max.connections'), 3)
  t.equal(config.getForListener('EXTERNAL', 'max.connections'), 10)
  t.throws(() => new BrokerConfig({ 'listener.name.internal.max.connections': 'x' }), ConfigError)
  t.end()
})

const synonymsOf = (entries: readonly { name: string }[], name: string) => {
  const entry = entries.find((candidate) => candidate.name === name) as ReturnType<typeof describeBroker>[number]
  return { value: entry.value, source: entry.configSource, synonyms: entry.synonyms, readOnly: entry.readOnly }
}

t.test('DescribeConfigs of a topic names every value that could apply', (t) => {
  const config = new BrokerConfig({ 'log.retention.hours': '2' })
  config.setDynamic('cluster', new Map([['log.retention.ms', '9']]))
  t.same(synonymsOf(describeTopic(config, new Map([['retention.ms', '5']])), 'retention.ms'), {
    value: '5',
    source: TOPIC_CONFIG,
    readOnly: false,
    synonyms: [
      { name: 'retention.ms', value: '5', source: TOPIC_CONFIG },
      { name: 'log.retention.ms', value: '9', source: DYNAMIC_DEFAULT_BROKER_CONFIG },
      { name: 'log.retention.hours', value: '2', source: STATIC_BROKER_CONFIG },
      { name: 'log.retention.hours', value: '168', source: DEFAULT_CONFIG },
    ],
  })
  const inherited = synonymsOf(
    describeTopic(new BrokerConfig({ 'log.retention.hours': '2' }), new Map()),
    'retention.ms',
  )
  t.equal(inherited.value, '7200000')
  // Apache looks for the source under the broker's first name alone.
  t.equal(inherited.source, DEFAULT_CONFIG)
  t.notOk(describeTopic(config, new Map()).some(({ name }) => name === 'internal.segment.bytes'))
  t.end()
})

t.test('DescribeConfigs of a broker', (t) => {
  const config = new BrokerConfig({ 'log.segment.bytes': '2000000', 'ssl.key.password': 'secret', 'my.plugin': 'x' })
  config.setDynamic('broker', new Map([['log.segment.bytes', '4000000']]))
  const entries = describeBroker(config)
  t.same(synonymsOf(entries, 'log.segment.bytes'), {
    value: '4000000',
    source: DYNAMIC_BROKER_CONFIG,
    readOnly: false,
    synonyms: [
      { name: 'log.segment.bytes', value: '4000000', source: DYNAMIC_BROKER_CONFIG },
      { name: 'log.segment.bytes', value: '2000000', source: STATIC_BROKER_CONFIG },
      { name: 'log.segment.bytes', value: '1073741824', source: DEFAULT_CONFIG },
    ],
  })
  for (const secret of ['ssl.key.password', 'my.plugin']) {
    const entry = entries.find(({ name }) => name === secret)
    t.match(entry, { value: null, isSensitive: true, synonyms: [{ value: null }] }, secret)
  }
  t.equal(entries.find(({ name }) => name === 'node.id')?.readOnly, true)
  t.notOk(
    entries.some(({ name }) => name === 'super.users'),
    'keys of the authorizer are shown once they are set',
  )
  const guarded = describeBroker(new BrokerConfig({ 'super.users': 'User:root' }))
  t.match(
    guarded.find(({ name }) => name === 'super.users'),
    { value: 'User:root' },
  )
  t.notOk(
    entries.some(({ name }) => name === 'unstable.api.versions.enable'),
    'internal keys are not shown',
  )
  t.same(describeClusterDefaults(config), [])
  config.setDynamic('cluster', new Map([['message.max.bytes', '5']]))
  t.match(describeClusterDefaults(config), [
    { name: 'message.max.bytes', value: '5', configSource: DYNAMIC_DEFAULT_BROKER_CONFIG, readOnly: false },
  ])
  t.end()
})

t.test('DescribeConfigs of a group', (t) => {
  const config = new BrokerConfig({ 'group.consumer.session.timeout.ms': '50000' })
  const entries = describeGroup(config, new Map([['consumer.heartbeat.interval.ms', '6000']]))
  t.match(synonymsOf(entries, 'consumer.session.timeout.ms'), { value: '50000', source: STATIC_BROKER_CONFIG })
  t.match(synonymsOf(entries, 'consumer.heartbeat.interval.ms'), { value: '6000', source: ConfigSource.GROUP_CONFIG })
  t.notOk(entries.some(({ name }) => name === 'share.assignor.offload.enable'))
  // AbstractKafkaConfig.extractGroupConfigMap
  const told = describeGroup(new BrokerConfig({ 'group.share.assignor.offload.enable': 'false' }), new Map())
  t.ok(told.some(({ name, value }) => name === 'share.assignor.offload.enable' && value === 'false'))
  t.end()
})

t.test('topic configs are judged as the controller judges them', (t) => {
  const judge = (overrides: Record<string, string>) => () =>
    validateTopicConfigs(new BrokerConfig(), new Map(Object.entries(overrides)))
  t.doesNotThrow(judge({ 'cleanup.policy': 'compact', 'retention.ms': '-1' }))
  t.throws(judge({ 'no.such.key': '1' }), { message: 'Unknown topic config name: no.such.key' })
  // Names that every object of this language has are unknown as well, to topics and to groups.
  for (const name of ['constructor', '__proto__', 'toString']) {
    t.throws(() => validateTopicConfigs(new BrokerConfig(), new Map([[name, '1']])), {
      message: `Unknown topic config name: ${name}`,
    })
    t.throws(() => validateGroupConfigs(new BrokerConfig(), new Map([[name, '1']])), {
      message: `Unknown group config name: ${name}`,
    })
    t.equal(brokerDefinition(name), undefined)
  }
  t.throws(judge({ 'min.compaction.lag.ms': '6', 'max.compaction.lag.ms': '5' }), {
    message: 'conflict topic config setting min.compaction.lag.ms (6) > max.compaction.lag.ms (5)',
  })
  t.throws(judge({ 'remote.storage.enable': 'true' }), ConfigError)
  t.end()
})

t.test('dynamic configs are judged before they are written', (t) => {
  const judge = (level: 'broker' | 'cluster', properties: Record<string, string>) => () =>
    validateDynamicConfigs(new BrokerConfig(), level, new Map(Object.entries(properties)))
  t.doesNotThrow(judge('cluster', { 'log.segment.bytes': '2000000', 'my.plugin': 'x' }))
  t.doesNotThrow(judge('cluster', { 'leader.replication.throttled.rate': '1000' }))
  t.throws(judge('broker', { 'node.id': '2' }), { message: 'Cannot update these configs dynamically: [node.id]' })
  t.throws(judge('broker', { 'ssl.keystore.location': '/x' }), {
    message: /only per-listener using the listener prefix/,
  })
  t.throws(judge('cluster', { listeners: 'PLAINTEXT://:1' }), {
    message: /broker id must be specified: \[listeners\]/,
  })
  t.throws(judge('cluster', { 'listener.name.a.ssl.protocol': 'x' }), { message: /broker id must be specified/ })
  t.doesNotThrow(judge('cluster', { 'listener.name.a.max.connections': '5' }))
  t.throws(judge('broker', { 'log.segment.bytes': '5' }), ConfigError)
  t.throws(
    judge('broker', { 'log.cleaner.min.compaction.lag.ms': '9', 'log.cleaner.max.compaction.lag.ms': '8' }),
    ConfigError,
  )
  t.end()
})

// Apache Kafka 4.4.0 answers IncrementalAlterConfigs with these messages (DynamicLogConfig.validateReconfiguration,
// GroupCoordinatorConfig); log.retention.ms is a week.
t.test('dynamic values of logs and of groups keep to the bounds that other keys set', (t) => {
  const current = new BrokerConfig({ 'log.retention.ms': '604800000' })
  const refusal = (properties: Record<string, string>): string => {
    try {
      validateDynamicConfigs(current, 'cluster', new Map(Object.entries(properties)))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const ofLogs = (why: string): string =>
    `Invalid value org.apache.kafka.common.config.ConfigException: Invalid value ${why} for configuration Invalid dynamic configuration`
  const cases: [properties: Record<string, string>, message: string][] = [
    [
      { 'log.local.retention.ms': '-1' },
      ofLogs(
        '-1 for configuration log.local.retention.ms: Value must not be -1 as log.retention.ms value is set as 604800000.',
      ),
    ],
    [
      { 'log.local.retention.ms': '604800001' },
      ofLogs(
        '604800001 for configuration log.local.retention.ms: Value must not be more than log.retention.ms property value: 604800000',
      ),
    ],
    [
      { 'log.local.retention.bytes': '200', 'log.retention.bytes': '100' },
      ofLogs(
        '200 for configuration log.local.retention.bytes: Value must not be more than log.retention.bytes property value: 100',
      ),
    ],
    [{ 'log.local.retention.ms': '604800000', 'log.local.retention.bytes': '200' }, ''],
    [
      { 'log.remote.copy.lag.ms': '604800001' },
      ofLogs(
        '604800001 for configuration log.remote.copy.lag.ms: Value must not exceed log.local.retention.ms (effective value: 604800000)',
      ),
    ],
    [
      { 'log.remote.copy.lag.bytes': '11', 'log.local.retention.bytes': '10' },
      ofLogs(
        '11 for configuration log.remote.copy.lag.bytes: Value must not exceed log.local.retention.bytes (effective value: 10)',
      ),
    ],
    [{ 'log.remote.copy.lag.bytes': '11' }, ''],
    [
      { 'group.streams.assignment.interval.ms': '30000' },
      'group.streams.assignment.interval.ms must be less than or equal to group.streams.max.assignment.interval.ms',
    ],
    [{ 'group.streams.assignment.interval.ms': '15000' }, ''],
  ]
  for (const [properties, message] of cases) t.equal(refusal(properties), message, Object.keys(properties).join())
  const unlimited = new BrokerConfig({ 'log.retention.ms': '604800000', 'log.local.retention.ms': '-1' })
  t.doesNotThrow(() => validateDynamicConfigs(unlimited, 'cluster', new Map([['num.io.threads', '9']])))
  t.throws(() => validateDynamicConfigs(unlimited, 'cluster', new Map([['log.segment.bytes', '2000000']])), ConfigError)
  t.end()
})

t.test('a group keeps to the limits of the broker, and its session outlives a heartbeat', (t) => {
  const broker = new BrokerConfig({ 'group.streams.max.heartbeat.interval.ms': '60000' })
  const refusal = (name: string, value: string): string => {
    try {
      validateGroupConfigs(broker, new Map([[name, value]]))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  // Apache Kafka 4.4.0 answers with these messages (GroupConfig.validateValues).
  const cases: [name: string, value: string, message: string][] = [
    [
      'streams.heartbeat.interval.ms',
      '1',
      'streams.heartbeat.interval.ms must be in the range 5000 to 60000 inclusive.',
    ],
    [
      'streams.heartbeat.interval.ms',
      '100000',
      'streams.heartbeat.interval.ms must be in the range 5000 to 60000 inclusive.',
    ],
    [
      'streams.heartbeat.interval.ms',
      '50000',
      'streams.session.timeout.ms must be greater than streams.heartbeat.interval.ms',
    ],
    ['streams.num.warmup.replicas', '21', 'streams.num.warmup.replicas must be less than or equal to 20'],
    ['streams.task.offset.interval.ms', '1', 'streams.task.offset.interval.ms must be greater than or equal to 15000'],
    ['streams.heartbeat.interval.ms', '44999', ''],
    ['consumer.session.timeout.ms', '60000', ''],
  ]
  for (const [name, value, message] of cases) t.equal(refusal(name, value), message, `${name}=${value}`)
  const slow = new BrokerConfig({
    'group.consumer.min.session.timeout.ms': '1000',
    'group.consumer.session.timeout.ms': '6000',
  })
  t.throws(() => validateGroupConfigs(slow, new Map([['consumer.session.timeout.ms', '5000']])), {
    message: 'consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms',
  })
  t.end()
})
