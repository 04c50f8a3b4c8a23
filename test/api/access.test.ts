/**
 * The declarations of all handlers beside Kafka's table: what KafkaApis, ControllerApis, ConfigHelper and
 * DescribeTopicPartitionsRequestHandler of Apache Kafka 4.3.1 ask their authorizer for each API. A line is
 * `OPERATION RESOURCE refusal`, with `| …` for the permission that will do as well and `… later` for resources that only
 * the answer names.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { quiet } from '../../proof/log/support.ts'
import {
  AclOperation,
  AUTHORIZATION_ERROR,
  CLUSTER_NAME,
  ResourceType,
  SUPPORTED_OPERATIONS,
} from '../../protocol/acl.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/build.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { type ApiServices, apiHandlers } from '../../src/api/index.ts'
import { brokerLoggers } from '../../src/broker/loggers.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import type { Access, Need } from '../../src/dispatch/access.ts'
import type { ApiHandler } from '../../src/dispatch/handler.ts'
import { MetadataPublisher } from '../../src/metadata/metadata-publisher.ts'
import { facts } from '../support/facts.ts'
import { imageWithTopics } from './support/api-bench.ts'

const TABLE: Readonly<Record<string, readonly string[]>> = {
  Produce: ['WRITE TRANSACTIONAL_ID request', 'WRITE TOPIC item'],
  Fetch: ['CLUSTER_ACTION CLUSTER item', 'READ TOPIC item later'],
  ListOffsets: ['DESCRIBE TOPIC item'],
  Metadata: [
    'DESCRIBE TOPIC item',
    'DESCRIBE TOPIC hidden later',
    'CREATE TOPIC item | CREATE CLUSTER',
    'DESCRIBE CLUSTER detail',
  ],
  OffsetCommit: ['READ GROUP request', 'READ TOPIC item'],
  OffsetFetch: ['DESCRIBE GROUP item', 'DESCRIBE TOPIC item', 'DESCRIBE TOPIC hidden later'],
  FindCoordinator: ['DESCRIBE GROUP item', 'DESCRIBE TRANSACTIONAL_ID item', 'CLUSTER_ACTION CLUSTER request'],
  JoinGroup: ['READ GROUP request'],
  Heartbeat: ['READ GROUP request'],
  LeaveGroup: ['READ GROUP request'],
  SyncGroup: ['READ GROUP request'],
  DescribeGroups: ['DESCRIBE GROUP item'],
  ListGroups: ['DESCRIBE GROUP hidden later | DESCRIBE CLUSTER'],
  ApiVersions: [],
  CreateTopics: ['CREATE TOPIC item | CREATE CLUSTER', 'DESCRIBE_CONFIGS TOPIC detail'],
  DeleteTopics: ['DESCRIBE TOPIC detail | DELETE CLUSTER', 'DELETE TOPIC item | DELETE CLUSTER'],
  DeleteRecords: ['DELETE TOPIC item'],
  InitProducerId: [
    'WRITE TRANSACTIONAL_ID request',
    'TWO_PHASE_COMMIT TRANSACTIONAL_ID request',
    'IDEMPOTENT_WRITE CLUSTER request | WRITE TOPIC any',
  ],
  OffsetForLeaderEpoch: ['DESCRIBE TOPIC item | CLUSTER_ACTION CLUSTER'],
  AddPartitionsToTxn: ['CLUSTER_ACTION CLUSTER request', 'WRITE TRANSACTIONAL_ID request', 'WRITE TOPIC item'],
  AddOffsetsToTxn: ['WRITE TRANSACTIONAL_ID request', 'READ GROUP request'],
  EndTxn: ['WRITE TRANSACTIONAL_ID request'],
  WriteTxnMarkers: ['CLUSTER_ACTION CLUSTER request | ALTER CLUSTER'],
  TxnOffsetCommit: ['WRITE TRANSACTIONAL_ID request', 'READ GROUP request', 'READ TOPIC item'],
  DescribeConfigs: ['DESCRIBE_CONFIGS CLUSTER item', 'DESCRIBE_CONFIGS TOPIC item', 'DESCRIBE_CONFIGS GROUP item'],
  AlterConfigs: ['ALTER_CONFIGS CLUSTER item', 'ALTER_CONFIGS TOPIC item', 'ALTER_CONFIGS GROUP item'],
  AlterReplicaLogDirs: ['ALTER CLUSTER request'],
  DescribeLogDirs: ['DESCRIBE CLUSTER request'],
  DescribeAcls: ['DESCRIBE CLUSTER request'],
  CreateAcls: ['ALTER CLUSTER request'],
  DeleteAcls: ['ALTER CLUSTER request'],
  CreatePartitions: ['ALTER TOPIC item'],
  DeleteGroups: ['DELETE GROUP item'],
  ElectLeaders: ['ALTER CLUSTER request'],
  IncrementalAlterConfigs: ['ALTER_CONFIGS CLUSTER item', 'ALTER_CONFIGS TOPIC item', 'ALTER_CONFIGS GROUP item'],
  AlterPartitionReassignments: ['ALTER CLUSTER request'],
  ListPartitionReassignments: ['DESCRIBE CLUSTER request'],
  OffsetDelete: ['DELETE GROUP request', 'READ TOPIC item'],
  DescribeQuorum: ['DESCRIBE CLUSTER request'],
  UpdateFeatures: ['ALTER CLUSTER request'],
  DescribeCluster: ['DESCRIBE CLUSTER detail'],
  DescribeProducers: ['READ TOPIC item'],
  UnregisterBroker: ['ALTER CLUSTER request'],
  UnregisterController: ['ALTER CLUSTER request'],
  DescribeTransactions: ['DESCRIBE TRANSACTIONAL_ID item', 'DESCRIBE TOPIC hidden later'],
  ListTransactions: ['DESCRIBE TRANSACTIONAL_ID hidden later'],
  ConsumerGroupHeartbeat: ['READ GROUP request', 'DESCRIBE TOPIC request', 'DESCRIBE TOPIC hidden later'],
  ConsumerGroupDescribe: ['DESCRIBE GROUP item', 'DESCRIBE TOPIC item later'],
  StreamsGroupHeartbeat: ['READ GROUP request', 'DESCRIBE TOPIC request', 'CREATE TOPIC detail later | CREATE CLUSTER'],
  StreamsGroupDescribe: ['DESCRIBE GROUP item', 'DESCRIBE TOPIC item later'],
  StreamsGroupTopologyDescriptionUpdate: ['READ GROUP request'],
  ShareGroupHeartbeat: ['READ GROUP request', 'DESCRIBE TOPIC request'],
  ShareGroupDescribe: ['DESCRIBE GROUP item', 'DESCRIBE TOPIC item later'],
  ShareFetch: ['READ GROUP request', 'READ TOPIC item later'],
  ShareAcknowledge: ['READ GROUP request', 'READ TOPIC item'],
  InitializeShareGroupState: ['CLUSTER_ACTION CLUSTER request'],
  ReadShareGroupState: ['CLUSTER_ACTION CLUSTER request'],
  WriteShareGroupState: ['CLUSTER_ACTION CLUSTER request'],
  DeleteShareGroupState: ['CLUSTER_ACTION CLUSTER request'],
  ReadShareGroupStateSummary: ['CLUSTER_ACTION CLUSTER request'],
  DescribeShareGroupOffsets: ['DESCRIBE GROUP item', 'DESCRIBE TOPIC item later'],
  AlterShareGroupOffsets: ['READ GROUP request', 'READ TOPIC item'],
  DeleteShareGroupOffsets: ['DELETE GROUP request', 'READ TOPIC item'],
  GetTelemetrySubscriptions: [],
  PushTelemetry: [],
  ListConfigResources: ['DESCRIBE_CONFIGS CLUSTER request'],
  DescribeTopicPartitions: ['DESCRIBE TOPIC item', 'DESCRIBE TOPIC hidden later'],
  SaslHandshake: [],
  SaslAuthenticate: [],
  DescribeClientQuotas: ['DESCRIBE_CONFIGS CLUSTER request'],
  AlterClientQuotas: ['ALTER_CONFIGS CLUSTER request'],
  DescribeUserScramCredentials: ['DESCRIBE CLUSTER request'],
  AlterUserScramCredentials: ['ALTER CLUSTER request'],
  CreateDelegationToken: ['CREATE_TOKENS USER request'],
  RenewDelegationToken: [],
  ExpireDelegationToken: [],
  DescribeDelegationToken: ['DESCRIBE DELEGATION_TOKEN hidden later', 'DESCRIBE_TOKENS USER hidden later'],
}

/** Where the answer tells the operations that a client may do. */
const TELLS_OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  Metadata: ['CLUSTER', 'TOPIC'],
  DescribeGroups: ['GROUP'],
  DescribeCluster: ['CLUSTER'],
  ConsumerGroupDescribe: ['GROUP'],
  ShareGroupDescribe: ['GROUP'],
  StreamsGroupDescribe: ['GROUP'],
  DescribeTopicPartitions: ['TOPIC'],
}

/** Every handler that a broker registers. Nothing of what they work with is touched before they are called. */
const config = new BrokerConfig()
const handlers: readonly ApiHandler[] = apiHandlers(
  unchecked<ApiServices>({
    config,
    environment: { clock: { monotonicMs: () => 0 } },
    loggers: brokerLoggers(quiet),
    metadata: new MetadataPublisher(imageWithTopics({}), quiet),
    registered: () => [],
  }),
)

function line({ operation, resource, refused, inAnswer, unless }: Need<unknown>): string {
  const later = inAnswer && refused !== 'request' ? ' later' : ''
  const others = (unless ?? []).map((other) => ` | ${other.operation} ${other.resource}${other.onAny ? ' any' : ''}`)
  return `${operation} ${resource} ${refused}${later}${others.join('')}`
}

t.test('the words are those of Kafka', (t) => {
  const acl = facts('acl.json')
  const named = (codes: Readonly<Record<string, number>>) =>
    Object.entries(codes).map(([name, code]) => ({ code, name }))
  // The first codes stand for any, all and unknown ones, which no API needs.
  t.strictSame(named(AclOperation), acl.operations.slice(3))
  t.strictSame(named(ResourceType), acl.resourceTypes.slice(2))
  t.equal(CLUSTER_NAME, acl.clusterResourceName)
  for (const [resource, operations] of Object.entries(SUPPORTED_OPERATIONS)) {
    t.strictSame([...operations].sort(), acl.operationsByResource[resource], resource)
  }
  for (const [resource, name] of Object.entries<keyof typeof ErrorCode>(acl.authorizationError)) {
    t.equal(AUTHORIZATION_ERROR[resource as ResourceType], ErrorCode[name], resource)
  }
  t.end()
})

t.test('no API lacks a declaration, and each is the line of the table', (t) => {
  t.strictSame(handlers.map(({ name }) => name).sort(), Object.keys(TABLE).sort())
  for (const { name, access } of handlers) {
    t.strictSame(access.needs.map(line), TABLE[name], name)
    t.strictSame(access.tellsOperationsOf ?? [], TELLS_OPERATIONS[name] ?? [], name)
  }
  t.end()
})

/** Apache serves them where there is a plugin that receives metrics; it asks nobody for a permission (KafkaApis). */
const APIS_NOT_RECORDED = /Telemetry/

/** Asked for in a version of InitProducerId that is not stable yet. */
const NOT_RECORDED = ['TWO_PHASE_COMMIT TRANSACTIONAL_ID']

/** Asked for an internal topic that is created, whose configs nobody is told. */
const NEEDLESS: Readonly<Record<string, string>> = { StreamsGroupHeartbeat: 'DESCRIBE_CONFIGS TOPIC' }

t.test('what handlers declare is what Apache was recorded to ask', (t) => {
  const table = JSON.parse(readFileSync(new URL('../golden/permissions/table.json', import.meta.url), 'utf8'))
  for (const { name, access } of handlers.filter((handler) => !APIS_NOT_RECORDED.test(handler.name))) {
    const rows: { asked: string[] }[] = table[name]
    const asked = new Set(rows.flatMap((row) => row.asked).map((question) => question.split(' ').slice(0, 2).join(' ')))
    asked.delete(NEEDLESS[name] ?? '')
    const needs = access.needs.flatMap((need) => [need, ...(need.unless ?? [])])
    const told = (access.tellsOperationsOf ?? []).flatMap((resource) =>
      SUPPORTED_OPERATIONS[resource].map((operation) => ({ operation, resource })),
    )
    const declared = new Set([...needs, ...told].map(({ operation, resource }) => `${operation} ${resource}`))
    for (const unstable of NOT_RECORDED) declared.delete(unstable)
    t.strictSame([...declared].sort(), [...asked].sort(), name)
  }
  t.end()
})

t.test('a need can be judged: it is of the cluster, or says where the names of its resources are', (t) => {
  for (const { name, access } of handlers) {
    for (const need of access.needs) {
      const ofCluster = need.resource === 'CLUSTER'
      t.equal(need.names !== undefined || need.inAnswer === true, !ofCluster, `${name}: ${line(need)}`)
      t.ok(ofCluster || need.when === undefined, `${name}: ${line(need)}`)
      t.ok(need.resource === 'TOPIC' || need.topicIds === undefined, `${name}: ${line(need)}`)
      t.ok(SUPPORTED_OPERATIONS[need.resource].includes(need.operation), `${name}: ${line(need)}`)
    }
  }
  t.end()
})

/** The needs of a request as questions to an authorizer: resources by name, `#` before a topic's id, `*` the cluster. */
function asked(api: string, version: number, request: object): string[] {
  const { access } = handlers.find(({ name }) => name === api) as { access: Access<object> }
  return access.needs.flatMap((need) => {
    const { operation, resource } = need
    const isOfCluster = resource === 'CLUSTER' && (need.when?.(request, version) ?? true)
    const names = isOfCluster ? ['*'] : [...(need.names?.(request, version) ?? [])]
    const ids = [...(need.topicIds?.(request, version) ?? [])].map((id) => `#${id}`)
    return [...names, ...ids].map((name) => `${operation} ${resource} ${name}`)
  })
}

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const records = (isTransactional: boolean): Buffer => {
  const producer = isTransactional ? { producerId: 7n, producerEpoch: 0, baseSequence: 0, isTransactional } : {}
  return buildBatch(producer, [{ key: null, value: Buffer.from('v'), timestamp: 1 }])
}
const produce = (isTransactional: boolean, topic: object) => ({
  transactionalId: 'tx',
  topicData: [{ name: '', topicId: ZERO_UUID, ...topic, partitionData: [{ records: records(isTransactional) }] }],
})
const fetch = (replicaId: number) => ({
  replicaId: -1,
  replicaState: { replicaId },
  topics: [{ topic: 'a', topicId: ID }],
})
const configs = (resourceType: number) => ({ resources: [{ resourceType, resourceName: 'x' }] })

const REQUESTS: readonly [api: string, version: number, request: object, needs: readonly string[]][] = [
  ['Produce', 12, produce(false, { name: 'a' }), ['WRITE TOPIC a']],
  ['Produce', 12, produce(true, { name: 'a' }), ['WRITE TRANSACTIONAL_ID tx', 'WRITE TOPIC a']],
  ['Produce', 13, produce(false, { topicId: ID }), [`WRITE TOPIC #${ID}`]],
  ['Produce', 12, { ...produce(true, { name: 'a' }), transactionalId: null }, ['WRITE TOPIC a']],
  ['Fetch', 12, fetch(-1), ['READ TOPIC a']],
  ['Fetch', 13, fetch(-1), [`READ TOPIC #${ID}`]],
  ['Fetch', 17, fetch(2), ['CLUSTER_ACTION CLUSTER *']],
  ['Metadata', 13, { topics: null, allowAutoTopicCreation: true, includeClusterAuthorizedOperations: false }, []],
  [
    'Metadata',
    9,
    {
      topics: [{ name: 'a', topicId: ZERO_UUID }],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: true,
    },
    ['DESCRIBE TOPIC a', 'CREATE TOPIC a', 'DESCRIBE CLUSTER *'],
  ],
  [
    'Metadata',
    12,
    {
      topics: [
        { name: 'a', topicId: ZERO_UUID },
        { name: null, topicId: ID },
      ],
      allowAutoTopicCreation: true,
      includeClusterAuthorizedOperations: false,
    },
    [`DESCRIBE TOPIC #${ID}`],
  ],
  ['OffsetCommit', 9, { groupId: 'g', topics: [{ name: 'a', topicId: ZERO_UUID }] }, ['READ GROUP g', 'READ TOPIC a']],
  ['OffsetCommit', 10, { groupId: 'g', topics: [{ name: '', topicId: ID }] }, ['READ GROUP g', `READ TOPIC #${ID}`]],
  ['OffsetFetch', 7, { groupId: 'g', topics: [{ name: 'a' }] }, ['DESCRIBE GROUP g', 'DESCRIBE TOPIC a']],
  ['OffsetFetch', 7, { groupId: 'g', topics: null }, ['DESCRIBE GROUP g']],
  [
    'OffsetFetch',
    10,
    {
      groups: [
        { groupId: 'g', topics: [{ name: '', topicId: ID }] },
        { groupId: 'h', topics: null },
      ],
    },
    ['DESCRIBE GROUP g', 'DESCRIBE GROUP h', `DESCRIBE TOPIC #${ID}`],
  ],
  ['FindCoordinator', 0, { keyType: 0, key: 'g' }, ['DESCRIBE GROUP g']],
  [
    'FindCoordinator',
    4,
    { keyType: 1, coordinatorKeys: ['t', 'u'] },
    ['DESCRIBE TRANSACTIONAL_ID t', 'DESCRIBE TRANSACTIONAL_ID u'],
  ],
  ['FindCoordinator', 6, { keyType: 2, coordinatorKeys: ['s'] }, ['CLUSTER_ACTION CLUSTER *']],
  ['FindCoordinator', 5, { keyType: 2, coordinatorKeys: ['s'] }, []],
  ['CreateTopics', 7, { topics: [{ name: 'a' }] }, ['CREATE TOPIC a', 'DESCRIBE_CONFIGS TOPIC a']],
  ['DeleteTopics', 5, { topicNames: ['a'], topics: [] }, ['DESCRIBE TOPIC a', 'DELETE TOPIC a']],
  [
    'DeleteTopics',
    6,
    {
      topicNames: [],
      topics: [
        { name: 'a', topicId: ZERO_UUID },
        { name: null, topicId: ID },
      ],
    },
    ['DESCRIBE TOPIC a', `DESCRIBE TOPIC #${ID}`, 'DELETE TOPIC a', `DELETE TOPIC #${ID}`],
  ],
  ['InitProducerId', 6, { transactionalId: null, enable2Pc: false }, ['IDEMPOTENT_WRITE CLUSTER *']],
  [
    'InitProducerId',
    6,
    { transactionalId: 't', enable2Pc: true },
    ['WRITE TRANSACTIONAL_ID t', 'TWO_PHASE_COMMIT TRANSACTIONAL_ID t'],
  ],
  [
    'AddPartitionsToTxn',
    3,
    { v3AndBelowTransactionalId: 't', v3AndBelowTopics: [{ name: 'a' }, { name: '__consumer_offsets' }] },
    ['WRITE TRANSACTIONAL_ID t', 'WRITE TOPIC a'],
  ],
  ['AddPartitionsToTxn', 4, { transactions: [] }, ['CLUSTER_ACTION CLUSTER *']],
  ['DescribeConfigs', 4, configs(2), ['DESCRIBE_CONFIGS TOPIC x']],
  ['DescribeConfigs', 4, configs(4), ['DESCRIBE_CONFIGS CLUSTER *']],
  ['IncrementalAlterConfigs', 1, configs(16), ['ALTER_CONFIGS CLUSTER *']],
  ['AlterConfigs', 2, configs(32), ['ALTER_CONFIGS GROUP x']],
  ['OffsetDelete', 0, { groupId: 'g', topics: [{ name: 'a' }] }, ['DELETE GROUP g', 'READ TOPIC a']],
  ['ConsumerGroupHeartbeat', 1, { groupId: 'g', subscribedTopicNames: null }, ['READ GROUP g']],
  [
    'ConsumerGroupHeartbeat',
    1,
    { groupId: 'g', subscribedTopicNames: ['a', 'b'] },
    ['READ GROUP g', 'DESCRIBE TOPIC a', 'DESCRIBE TOPIC b'],
  ],
  ['DescribeCluster', 2, { includeClusterAuthorizedOperations: false }, []],
]
for (const [api, version, request, needs] of REQUESTS) {
  t.test(`${api} v${version} needs ${needs.join(', ') || 'nothing'}`, (t) => {
    t.strictSame(asked(api, version, request), needs)
    t.end()
  })
}
