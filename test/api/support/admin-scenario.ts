/** Admin requests, right and wrong, in an order in which each meets a known state. */

export interface ScenarioStep {
  readonly api: string
  readonly version: number
  readonly request: object
}

const TOPIC = 2
const BROKER = 4
const CLIENT_METRICS = 16
const GROUP = 32
const UNKNOWN_ID = 'qHt4u7VWg-4n08mIC4jH_w'

const step = (api: string, version: number, request: object): ScenarioStep => ({ api, version, request })

const topic = (name: string, more: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
})

const create = (version: number, topics: object[], validateOnly = false): ScenarioStep =>
  step('CreateTopics', version, { topics, timeoutMs: 10_000, validateOnly })

const assigned = (name: string, assignments: object[], more: object = {}) =>
  topic(name, { numPartitions: -1, replicationFactor: -1, assignments, ...more })

const manual = (partitionIndex: number, brokerIds: number[]) => ({ partitionIndex, brokerIds })

const config = (name: string, value: string | null) => ({ name, value })

const creations: ScenarioStep[] = [
  create(7, [topic('plain', { numPartitions: 3, configs: [config('retention.ms', '100000')] })]),
  create(7, [topic('plain')]),
  create(7, [topic('only-validated')], true),
  create(5, [topic('a.b')]),
  create(7, [topic('a_b'), topic('fresh')]),
  create(7, [topic('twice'), topic('twice'), topic('once')]),
  create(7, [topic(''), topic('.'), topic('..'), topic('x'.repeat(250)), topic('sp ace'), topic('__cluster_metadata')]),
  create(7, [topic('p0', { numPartitions: 0 }), topic('p-2', { numPartitions: -2 })]),
  create(7, [topic('r0', { replicationFactor: 0 }), topic('r-2', { replicationFactor: -2 })]),
  create(7, [topic('r3', { replicationFactor: 3 })]),
  create(7, [topic('defaults', { numPartitions: -1, replicationFactor: -1 })]),
  create(7, [topic('bad-key', { configs: [config('no.such.key', '1')] })]),
  create(7, [topic('bad-value', { configs: [config('retention.ms', 'soon')] })]),
  create(7, [topic('bad-range', { configs: [config('min.insync.replicas', '0')] })]),
  create(7, [topic('bad-list', { configs: [config('cleanup.policy', 'shrink')] })]),
  create(7, [topic('null-value', { configs: [config('retention.ms', null)] })]),
  create(7, [
    topic('bad-lag', { configs: [config('min.compaction.lag.ms', '10'), config('max.compaction.lag.ms', '5')] }),
  ]),
  create(7, [assigned('manual', [manual(0, [1]), manual(1, [1])])]),
  create(7, [assigned('manual-count', [manual(0, [1])], { numPartitions: 1 })]),
  create(7, [assigned('manual-factor', [manual(0, [1])], { replicationFactor: 1 })]),
  create(7, [assigned('manual-twice', [manual(0, [1]), manual(0, [1])])]),
  create(7, [assigned('manual-gap', [manual(0, [1]), manual(2, [1])])]),
  create(7, [assigned('manual-nobody', [manual(0, [])])]),
  create(7, [assigned('manual-stranger', [manual(0, [9])])]),
  create(7, [assigned('manual-same', [manual(0, [1, 1])])]),
  create(7, [topic('too-many', { numPartitions: 10_001 })]),
  create(2, [topic('old', { configs: [config('cleanup.policy', 'compact,delete')] })]),
]

const extend = (topics: object[], validateOnly = false): ScenarioStep =>
  step('CreatePartitions', 3, { topics, timeoutMs: 10_000, validateOnly })

const extension = (name: string, count: number, assignments: number[][] | null = null) => ({
  name,
  count,
  assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
})

const extensions: ScenarioStep[] = [
  extend([extension('plain', 3)]),
  extend([extension('plain', 2)]),
  extend([extension('nowhere', 2)]),
  extend([extension('plain', 5)], true),
  extend([extension('plain', 4)]),
  extend([extension('plain', 6), extension('plain', 7), extension('manual', 3)]),
  extend([extension('plain', 6, [[1]])]),
  extend([extension('plain', 5, [[9]])]),
  extend([extension('plain', 5, [[]])]),
  extend([extension('plain', 5, [[1]])]),
]

const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

const change = (name: string, configOperation: number, value: string | null) => ({ name, configOperation, value })

const alter = (resourceType: number, resourceName: string, configs: object[], validateOnly = false): ScenarioStep =>
  step('IncrementalAlterConfigs', 1, { resources: [{ resourceType, resourceName, configs }], validateOnly })

const replace = (resourceType: number, resourceName: string, configs: object[]): ScenarioStep =>
  step('AlterConfigs', 2, { resources: [{ resourceType, resourceName, configs }], validateOnly: false })

const keys = (resourceType: number, resourceName: string, configurationKeys: string[] | null): ScenarioStep =>
  step('DescribeConfigs', 4, {
    resources: [{ resourceType, resourceName, configurationKeys }],
    includeSynonyms: true,
    includeDocumentation: false,
  })

const alterations: ScenarioStep[] = [
  keys(TOPIC, 'plain', null),
  alter(TOPIC, 'plain', [change('retention.ms', SET, '5000'), change('cleanup.policy', APPEND, 'compact')]),
  keys(TOPIC, 'plain', ['retention.ms', 'cleanup.policy', 'no.such.key']),
  alter(TOPIC, 'plain', [change('cleanup.policy', SUBTRACT, 'delete')]),
  alter(TOPIC, 'plain', [change('retention.ms', APPEND, '1')]),
  alter(TOPIC, 'plain', [change('retention.ms', DELETE, null), change('segment.bytes', SET, '2097152')]),
  keys(TOPIC, 'plain', ['retention.ms', 'cleanup.policy', 'segment.bytes']),
  alter(TOPIC, 'plain', [change('retention.ms', SET, null)]),
  alter(TOPIC, 'plain', [change('retention.ms', SET, '1'), change('retention.ms', SET, '2')]),
  alter(TOPIC, 'plain', [change('retention.ms', 9, '1')]),
  alter(TOPIC, 'plain', [change('no.such.key', SET, '1')]),
  alter(TOPIC, 'plain', [change('segment.bytes', SET, '1')]),
  alter(TOPIC, 'nowhere', [change('retention.ms', SET, '1')]),
  alter(TOPIC, '', [change('retention.ms', SET, '1')]),
  alter(TOPIC, 'plain', [change('flush.ms', SET, '1')], true),
  replace(TOPIC, 'plain', [config('max.message.bytes', '5000')]),
  keys(TOPIC, 'plain', ['retention.ms', 'cleanup.policy', 'segment.bytes', 'max.message.bytes', 'flush.ms']),
  replace(TOPIC, 'plain', [config('max.message.bytes', null)]),
  step('IncrementalAlterConfigs', 1, {
    resources: [
      { resourceType: TOPIC, resourceName: 'plain', configs: [] },
      { resourceType: TOPIC, resourceName: 'plain', configs: [] },
      { resourceType: 77, resourceName: 'x', configs: [] },
    ],
    validateOnly: false,
  }),
]

const brokerAlterations: ScenarioStep[] = [
  alter(BROKER, '1', [change('log.retention.ms', SET, '70000')]),
  keys(BROKER, '1', [
    'log.retention.ms',
    'log.retention.minutes',
    'log.retention.hours',
    'num.io.threads',
    'broker.rack',
  ]),
  keys(TOPIC, 'fresh', ['retention.ms']),
  alter(BROKER, '', [change('message.max.bytes', SET, '9000'), change('log.cleanup.policy', APPEND, 'compact')]),
  keys(BROKER, '', null),
  keys(BROKER, '1', ['message.max.bytes', 'log.cleanup.policy']),
  keys(TOPIC, 'fresh', ['max.message.bytes', 'cleanup.policy', 'retention.ms']),
  alter(BROKER, '1', [change('num.partitions', SET, '2')]),
  alter(BROKER, '1', [change('log.retention.ms', SET, 'soon')]),
  alter(BROKER, '1', [change('log.cleaner.threads', SET, '-1')]),
  alter(BROKER, '1', [change('message.max.bytes', APPEND, '2')]),
  alter(BROKER, '2', [change('message.max.bytes', SET, '2')]),
  alter(BROKER, 'one', [change('message.max.bytes', SET, '2')]),
  alter(BROKER, '', [change('listener.security.protocol.map', SET, 'PLAINTEXT:PLAINTEXT')]),
  alter(BROKER, '1', [change('ssl.keystore.password', SET, 'secret')]),
  alter(BROKER, '1', [change('min.insync.replicas', SET, '2')]),
  alter(BROKER, '', [change('min.insync.replicas', DELETE, null)]),
  alter(BROKER, '1', [change('my.own.key', SET, 'x')]),
  keys(BROKER, '1', ['my.own.key']),
  alter(BROKER, '1', [change('log.retention.ms', DELETE, null), change('my.own.key', DELETE, null)]),
  alter(BROKER, '', [change('message.max.bytes', DELETE, null), change('log.cleanup.policy', DELETE, null)]),
  keys(BROKER, '2', null),
  keys(BROKER, 'one', null),
  keys(TOPIC, 'nowhere', null),
  keys(TOPIC, 'sp ace', null),
]

const otherAlterations: ScenarioStep[] = [
  alter(GROUP, 'g', [change('consumer.session.timeout.ms', SET, '50000')]),
  keys(GROUP, 'g', ['consumer.session.timeout.ms', 'consumer.heartbeat.interval.ms']),
  alter(GROUP, 'g', [change('no.such.key', SET, '1')]),
  alter(GROUP, '', [change('consumer.session.timeout.ms', SET, '50000')]),
  keys(GROUP, '', null),
  alter(CLIENT_METRICS, 'm', [change('interval.ms', SET, '5000'), change('metrics', SET, 'org.apache')]),
  keys(CLIENT_METRICS, 'm', null),
  alter(CLIENT_METRICS, 'm', [change('interval.ms', SET, '5')]),
  alter(CLIENT_METRICS, 'm', [change('match', SET, 'no_such_key=x')]),
  alter(CLIENT_METRICS, 'm', [change('no.such.key', SET, '5')]),
  alter(CLIENT_METRICS, '', [change('interval.ms', SET, '5000')]),
]

const metadata = (version: number, topics: object[] | null, more: object = {}): ScenarioStep =>
  step('Metadata', version, { topics, allowAutoTopicCreation: false, ...more })

const descriptions: ScenarioStep[] = [
  ...[0, 1].map((version) => step('Metadata', version, { topics: [{ name: 'plain' }] })),
  ...[4, 5, 7, 8, 10, 12, 13].map((version) => metadata(version, [{ name: 'plain' }, { name: 'nowhere' }])),
  metadata(9, [{ name: 'sp ace' }]),
  metadata(9, []),
  metadata(12, [{ name: null, topicId: UNKNOWN_ID }]),
  metadata(10, [{ name: null }]),
  metadata(10, [{ name: 'plain' }], {
    includeClusterAuthorizedOperations: true,
    includeTopicAuthorizedOperations: true,
  }),
  step('DescribeCluster', 0, {}),
  step('DescribeCluster', 1, { includeClusterAuthorizedOperations: true }),
  step('DescribeCluster', 1, { endpointType: 2 }),
  step('DescribeCluster', 1, { endpointType: 5 }),
  step('DescribeCluster', 2, { includeFencedBrokers: true }),
  step('DescribeTopicPartitions', 0, { topics: [{ name: 'plain' }, { name: 'nowhere' }, { name: 'sp ace' }] }),
  step('DescribeTopicPartitions', 0, { topics: [{ name: 'plain' }, { name: 'fresh' }], responsePartitionLimit: 2 }),
  step('DescribeTopicPartitions', 0, { topics: [{ name: 'a.b' }, { name: 'fresh' }], responsePartitionLimit: 1 }),
  step('DescribeTopicPartitions', 0, {
    topics: [{ name: 'plain' }, { name: 'fresh' }],
    cursor: { topicName: 'plain', partitionIndex: 3 },
  }),
  step('DescribeTopicPartitions', 0, {
    topics: [{ name: 'fresh' }],
    cursor: { topicName: 'plain', partitionIndex: 0 },
  }),
  step('DescribeTopicPartitions', 0, {
    topics: [{ name: 'plain' }],
    cursor: { topicName: 'plain', partitionIndex: -1 },
  }),
]

const remove = (version: number, request: object): ScenarioStep =>
  step('DeleteTopics', version, { timeoutMs: 10_000, ...request })

const deletions: ScenarioStep[] = [
  remove(5, { topicNames: ['fresh', 'nowhere', 'once', 'once'] }),
  remove(6, {
    topics: [
      { name: 'defaults' },
      { name: null, topicId: UNKNOWN_ID },
      { name: 'old', topicId: UNKNOWN_ID },
      { name: null },
    ],
  }),
  metadata(9, [{ name: 'fresh' }]),
  create(7, [topic('fresh')]),
]

/** In the order in which they are asked. */
export const adminScenario: readonly ScenarioStep[] = [
  ...creations,
  ...extensions,
  ...alterations,
  ...brokerAlterations,
  ...otherAlterations,
  ...descriptions,
  ...deletions,
]
