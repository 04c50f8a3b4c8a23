/** DescribeConfigs, AlterConfigs, IncrementalAlterConfigs. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

const TOPIC = 2
const BROKER = 4
const BROKER_LOGGER = 8
const CLIENT_METRICS = 16
const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

/** Resources of every type, there or not. */
const RESOURCES: [number, string][] = [
  [TOPIC, 'conf'],
  [TOPIC, 'conf-nope'],
  [TOPIC, ''],
  [TOPIC, 'a/b'],
  [TOPIC, '__consumer_offsets'],
  [BROKER, '1'],
  [BROKER, ''],
  [BROKER, '2'],
  [BROKER, 'one'],
  [BROKER, '-1'],
  [BROKER_LOGGER, '2'],
  [BROKER_LOGGER, 'x'],
  [BROKER_LOGGER, ''],
  [CLIENT_METRICS, ''],
  [CLIENT_METRICS, 'metrics'],
  [GROUP, ''],
  [GROUP, 'group'],
  [0, 'x'],
  [1, 'x'],
  [3, 'x'],
  [127, 'x'],
  [-1, 'x'],
]

const describe: Scenario = {
  name: 'configs: DescribeConfigs',
  quick: true,
  async run(session) {
    await session.createTopic('conf', 1, { 'retention.ms': '5000', 'cleanup.policy': 'compact' })
    for (const version of versionsOf('DescribeConfigs')) {
      const ask = (label: string, resources: object[], flags: object = {}) =>
        session.send('DescribeConfigs', version, { resources, includeSynonyms: true, ...flags }, { label })
      for (const [resourceType, resourceName] of RESOURCES) {
        const label = `type ${resourceType} ${resourceName}`
        await ask(label, [{ resourceType, resourceName, configurationKeys: null }], { includeDocumentation: true })
        await ask(label, [{ resourceType, resourceName, configurationKeys: null }], { includeSynonyms: false })
        await ask(`${label}, no keys`, [{ resourceType, resourceName, configurationKeys: [] }])
        const configurationKeys = ['retention.ms', 'log.retention.ms', 'nope', '', 'retention.ms']
        await ask(`${label}, keys`, [{ resourceType, resourceName, configurationKeys }])
      }
      const one = { resourceType: TOPIC, resourceName: 'conf', configurationKeys: ['retention.ms'] }
      await ask('twice', [one, one])
      await ask('two types', [one, { ...one, resourceType: BROKER, resourceName: '1' }])
      await ask('none', [])
    }
  },
}

const LEVELS: [string, string | null][] = [
  ['root', 'INFO'],
  ['root', 'debug'],
  ['root', ''],
  ['root', null],
  ['no.such', 'INFO'],
  ['no.such', null],
  ['root', 'WARN'],
]

/** Both brokers have the root; the other names are their own. */
const loggerConfigs: Scenario = {
  name: 'configs: of loggers',
  quick: true,
  async run(session) {
    const root = [{ resourceType: BROKER_LOGGER, resourceName: '1', configurationKeys: ['root', 'nope'] }]
    for (const version of versionsOf('IncrementalAlterConfigs')) {
      for (const operation of [SET, DELETE, APPEND, SUBTRACT, 9]) {
        for (const [name, value] of LEVELS) {
          await stepping(session, version, BROKER_LOGGER, '1', [[name, operation, value]])
          await session.send('DescribeConfigs', 4, { resources: root, includeSynonyms: true })
        }
      }
      await stepping(session, version, BROKER_LOGGER, '1', [])
      await stepping(session, version, BROKER_LOGGER, '1', [
        ['root', SET, 'INFO'],
        ['no.such', SET, 'INFO'],
      ])
      await stepping(session, version, BROKER_LOGGER, '1', [['root', SET, 'WARN']])
    }
    for (const version of versionsOf('DescribeConfigs')) {
      await session.send('DescribeConfigs', version, { resources: root, includeDocumentation: true })
    }
    for (const version of versionsOf('AlterConfigs')) {
      await altering(session, version, [[BROKER_LOGGER, '1', [['root', 'INFO']]]])
    }
  },
}

const VALUES: [string, string | null][] = [
  ['retention.ms', '7000'],
  ['retention.ms', '-1'],
  ['retention.ms', '-2'],
  ['retention.ms', 'x'],
  ['retention.ms', ''],
  ['retention.ms', null],
  ['retention.ms', ' 9 '],
  ['cleanup.policy', 'delete'],
  ['cleanup.policy', 'compact, delete'],
  ['cleanup.policy', ''],
  ['cleanup.policy', 'none'],
  ['cleanup.policy', 'delete,delete'],
  ['segment.bytes', '1048576'],
  ['segment.bytes', '1'],
  ['segment.bytes', '99999999999'],
  ['max.message.bytes', '-1'],
  ['preallocate', 'maybe'],
  ['preallocate', 'TRUE'],
  ['compression.type', 'zstd'],
  ['compression.type', 'ZSTD'],
  ['compression.lz4.level', '18'],
  ['min.cleanable.dirty.ratio', '2'],
  ['min.cleanable.dirty.ratio', '0.7'],
  ['message.timestamp.type', 'LogAppendTime'],
  ['message.timestamp.type', 'now'],
  ['message.format.version', '2.0'],
  ['remote.storage.enable', 'true'],
  ['min.insync.replicas', '2'],
  ['leader.replication.throttled.replicas', '*'],
  ['follower.replication.throttled.replicas', '0:1,1:1'],
  ['no.such', '1'],
  ['no.such', null],
  ['', '1'],
]

const topicConfigs: Scenario = {
  name: 'configs: of topics',
  quick: true,
  async run(session) {
    await session.createTopic('alter')
    for (const version of versionsOf('AlterConfigs')) {
      for (const [name, value] of VALUES) await altering(session, version, [[TOPIC, 'alter', [[name, value]]]])
      await altering(session, version, [[TOPIC, 'alter', []]])
      await altering(session, version, [
        [TOPIC, 'alter', VALUES.slice(0, 1)],
        [TOPIC, 'nope', []],
      ])
    }
    for (const version of versionsOf('IncrementalAlterConfigs')) {
      // An operation that does not exist costs Apache's controller its leadership: nothing to compare with.
      for (const operation of [SET, DELETE, APPEND, SUBTRACT]) {
        for (const [name, value] of VALUES) await stepping(session, version, TOPIC, 'alter', [[name, operation, value]])
        await described(session, TOPIC, 'alter')
      }
      await stepping(session, version, TOPIC, 'alter', [
        ['retention.ms', SET, '1'],
        ['retention.ms', DELETE, null],
      ])
      await stepping(session, version, TOPIC, 'alter', [
        ['retention.ms', SET, '1'],
        ['segment.bytes', SET, '1'],
      ])
      await stepping(session, version, TOPIC, 'alter', [['cleanup.policy', APPEND, 'delete']])
      await stepping(session, version, TOPIC, 'alter', [['cleanup.policy', APPEND, 'compact,delete']])
      await stepping(session, version, TOPIC, 'alter', [['cleanup.policy', SUBTRACT, 'delete']])
      await stepping(session, version, TOPIC, 'alter', [['cleanup.policy', SUBTRACT, 'compact']])
      await described(session, TOPIC, 'alter')
      await stepping(session, version, TOPIC, 'alter', [])
    }
  },
}

/** Changes that either broker can take back; each is followed by what it left. */
const BROKER_VALUES: [string, string | null][] = [
  ['log.retention.ms', '8000'],
  ['log.retention.ms', 'x'],
  ['log.cleaner.threads', '2'],
  ['log.cleaner.threads', '9'],
  ['num.io.threads', '9'],
  ['num.io.threads', '1000'],
  ['num.network.threads', '4'],
  ['message.max.bytes', '2000000'],
  ['message.max.bytes', '-5'],
  ['log.segment.bytes', '10'],
  ['compression.type', 'rar'],
  ['log.dirs', '/x'],
  ['node.id', '3'],
  ['zookeeper.connect', 'x'],
  ['retention.ms', '1'],
  ['no.such.key', '1'],
  ['no.such.key', null],
  ['', '1'],
  ['max.connections.per.ip', '100'],
  ['max.connections', '1000'],
  ['background.threads', '7'],
  ['unclean.leader.election.enable', 'true'],
  ['min.insync.replicas', '1'],
  ['auto.create.topics.enable', 'false'],
  ['ssl.keystore.location', '/nope'],
  ['producer.id.expiration.ms', '86400000'],
  ['transaction.partition.verification.enable', 'false'],
  ['log.cleanup.policy', 'compact'],
  ['listener.name.plaintext.max.connections', '50'],
  ['listener.name.plaintext.ssl.keystore.password', 'secret'],
  ['group.consumer.assignors', 'x'],
  ['group.initial.rebalance.delay.ms', '5'],
]

const brokerConfigs: Scenario = {
  name: 'configs: of brokers',
  quick: true,
  async run(session) {
    for (const version of versionsOf('IncrementalAlterConfigs')) {
      for (const resourceName of ['1', '', '2', 'x']) {
        const isThere = resourceName === '1' || resourceName === ''
        for (const [name, value] of BROKER_VALUES) {
          await stepping(session, version, BROKER, resourceName, [[name, SET, value]])
          if (!isThere) continue
          await session.settle()
          await described(session, BROKER, '1', [name])
          await stepping(session, version, BROKER, resourceName, [[name, DELETE, null]])
          await session.settle()
        }
        await stepping(session, version, BROKER, resourceName, [['log.cleanup.policy', APPEND, 'compact']])
        await stepping(session, version, BROKER, resourceName, [['log.cleanup.policy', SUBTRACT, 'compact']])
        await stepping(session, version, BROKER, resourceName, [['log.retention.ms', APPEND, '1']])
        await stepping(session, version, BROKER, resourceName, [['log.cleanup.policy', DELETE, null]])
      }
      await session.settle()
      await described(session, BROKER, '1')
      await described(session, BROKER, '')
    }
  },
}

const otherConfigs: Scenario = {
  name: 'configs: of other resources',
  quick: true,
  async run(session) {
    const values: [number, string, string, string | null][] = [
      [GROUP, 'g1', 'consumer.session.timeout.ms', '50000'],
      [GROUP, 'g1', 'consumer.session.timeout.ms', '1'],
      [GROUP, 'g1', 'consumer.heartbeat.interval.ms', '6000'],
      [GROUP, 'g1', 'share.auto.offset.reset', 'earliest'],
      [GROUP, 'g1', 'share.auto.offset.reset', 'x'],
      [GROUP, 'g1', 'no.such', '1'],
      [GROUP, '', 'consumer.session.timeout.ms', '50000'],
      [CLIENT_METRICS, 'm1', 'interval.ms', '1000'],
      [CLIENT_METRICS, 'm1', 'interval.ms', '1'],
      [CLIENT_METRICS, 'm1', 'interval.ms', 'x'],
      [CLIENT_METRICS, 'm1', 'metrics', 'a,b'],
      [CLIENT_METRICS, 'm1', 'match', 'client_id=a'],
      [CLIENT_METRICS, 'm1', 'match', 'nope=a'],
      [CLIENT_METRICS, 'm1', 'match', 'client_id=('],
      [CLIENT_METRICS, 'm1', 'no.such', '1'],
      [CLIENT_METRICS, '', 'interval.ms', '1000'],
      [0, 'x', 'a', 'b'],
      [1, 'x', 'a', 'b'],
      [3, 'x', 'a', 'b'],
      [127, 'x', 'a', 'b'],
      [BROKER_LOGGER, 'x', 'root', 'INFO'],
      [BROKER_LOGGER, '2', 'root', 'INFO'],
      [BROKER_LOGGER, '', 'root', 'INFO'],
    ]
    for (const version of versionsOf('IncrementalAlterConfigs')) {
      for (const [type, name, key, value] of values) {
        for (const operation of [SET, APPEND, SUBTRACT, DELETE]) {
          await stepping(session, version, type, name, [[key, operation, value]])
        }
        await stepping(session, version, type, name, [[key, SET, value]])
        await session.settle()
        await described(session, type, name)
      }
    }
    for (const version of versionsOf('AlterConfigs')) {
      for (const [type, name, key, value] of values) await altering(session, version, [[type, name, [[key, value]]]])
      const broker = (name: string): [number, string, [string, string][]] => [BROKER, name, [['log.retention.ms', '9']]]
      for (const name of ['1', '', '2', 'x']) await altering(session, version, [broker(name)])
      await altering(session, version, [
        [BROKER, '1', []],
        [BROKER, '', []],
      ])
    }
  },
}

async function altering(
  session: Session,
  version: number,
  resources: [number, string, [string, string | null][]][],
): Promise<void> {
  const asked = resources.map(([resourceType, resourceName, configs]) => ({
    resourceType,
    resourceName,
    configs: configs.map(([name, value]) => ({ name, value })),
  }))
  for (const validateOnly of [true, false]) {
    await session.send('AlterConfigs', version, { resources: asked, validateOnly })
  }
}

async function stepping(
  session: Session,
  version: number,
  resourceType: number,
  resourceName: string,
  changes: [string, number, string | null][],
): Promise<void> {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  for (const validateOnly of [true, false]) {
    const body = { resources: [{ resourceType, resourceName, configs }], validateOnly }
    await session.send('IncrementalAlterConfigs', version, body)
  }
}

async function described(session: Session, resourceType: number, resourceName: string, keys: string[] | null = null) {
  const resources = [{ resourceType, resourceName, configurationKeys: keys }]
  await session.send('DescribeConfigs', 4, { resources, includeSynonyms: true })
}

export const configScenarios: readonly Scenario[] = [describe, topicConfigs, brokerConfigs, otherConfigs, loggerConfigs]
