/** APIs of the cluster: its configuration, its replicas, who may do what in it. What is allowed changes nothing. */
import { CLUSTER_NAME } from '../../../protocol/acl.ts'
import { EVERY_NAME, NAMES, ONE_PARTITION, type Requests, type World } from '../world.ts'

const [TOPIC, BROKER, CLIENT_METRICS, GROUP] = [2, 4, 16, 32]
const SET = 0

const RESOURCES: readonly [type: number, name: string, key: string][] = [
  ...EVERY_NAME.map((name): [number, string, string] => [TOPIC, name, 'retention.ms']),
  [BROKER, '1', 'log.cleaner.threads'],
  [BROKER, '', 'log.cleaner.threads'],
  [CLIENT_METRICS, 'mine', 'interval.ms'],
  ...NAMES.map((name): [number, string, string] => [GROUP, name, 'consumer.session.timeout.ms']),
]

const DescribeConfigs: Requests = () => [
  {
    label: 'of every kind',
    body: {
      resources: RESOURCES.map(([resourceType, resourceName, key]) => ({
        resourceType,
        resourceName,
        configurationKeys: [key],
      })),
      includeSynonyms: false,
      includeDocumentation: false,
    },
  },
]

const altered =
  (fields: object): Requests =>
  () => [
    {
      label: 'of every kind, checked only',
      body: {
        resources: RESOURCES.map(([resourceType, resourceName, name]) => ({
          resourceType,
          resourceName,
          configs: [{ name, value: resourceType === BROKER ? '1' : '50000', ...fields }],
        })),
        validateOnly: true,
      },
    },
  ]

const AlterReplicaLogDirs: Requests = () => [
  {
    label: 'to nowhere',
    body: {
      dirs: [{ path: '/no/such/directory', topics: NAMES.map((name) => ({ name, partitions: ONE_PARTITION })) }],
    },
  },
]

const DescribeLogDirs: Requests = () => [{ label: 'of no topic', body: { topics: [] } }]

const ACL = { host: '*', operation: 3, permissionType: 3, principal: 'User:somebody' }
const FILTER = {
  patternTypeFilter: 3,
  principalFilter: 'User:somebody',
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}
const resource = { resourceTypeFilter: 2, resourceNameFilter: 'acl' }

const DescribeAcls: Requests = () => [{ label: 'of a principal', body: { ...resource, ...FILTER } }]

const CreateAcls: Requests = () => [
  {
    label: 'one that can be, and one that cannot',
    body: {
      creations: [
        { ...ACL, resourceType: 2, resourceName: 'acl', resourcePatternType: 3 },
        { ...ACL, resourceType: 4, resourceName: `not-${CLUSTER_NAME}`, resourcePatternType: 3 },
      ],
    },
  },
]

const DeleteAcls: Requests = () => [{ label: 'of a principal', body: { filters: [{ ...resource, ...FILTER }] } }]

const A_DAY_MS = 86_400_000

const CreateDelegationToken: Requests = (_world, version) => {
  const ask = (owner: string | null) => ({
    ownerPrincipalType: owner === null ? null : 'User',
    ownerPrincipalName: owner,
    renewers: [],
    maxLifetimeMs: BigInt(A_DAY_MS),
  })
  const own = { label: 'for itself', body: ask(null) }
  if (version < 3) return [own]
  return [own, ...NAMES.map((name) => ({ label: `for ${name}`, body: ask(name) }))]
}

const RenewDelegationToken: Requests = ({ token }) => [
  { label: "the super user's", body: { hmac: token.hmac, renewPeriodMs: BigInt(A_DAY_MS) } },
  { label: 'no token', body: { hmac: Buffer.from('nothing'), renewPeriodMs: BigInt(A_DAY_MS) } },
]

const ExpireDelegationToken: Requests = ({ token }) => [
  { label: "the super user's", body: { hmac: token.hmac, expiryTimePeriodMs: BigInt(A_DAY_MS) } },
  { label: 'no token', body: { hmac: Buffer.from('nothing'), expiryTimePeriodMs: BigInt(A_DAY_MS) } },
]

const principal = (principalName: string) => ({ principalType: 'User', principalName })

const DescribeDelegationToken: Requests = ({ session, count }) => [
  // Tokens that were made before may be on their way to the broker.
  { label: 'all', body: { owners: null }, before: async () => count === 1 && session.settle() },
  { label: 'of the super user', body: { owners: [principal('root')] } },
  { label: 'of users', body: { owners: [principal('mine'), principal('theirs')] } },
]

const ElectLeaders: Requests = () => [
  {
    label: 'of partitions',
    body: {
      electionType: 0,
      topicPartitions: EVERY_NAME.map((topic) => ({ topic, partitions: ONE_PARTITION })),
      timeoutMs: 10_000,
    },
  },
]

const AlterPartitionReassignments: Requests = () => [
  {
    label: 'none to cancel',
    body: {
      timeoutMs: 10_000,
      allowReplicationFactorChange: true,
      topics: EVERY_NAME.map((name) => ({ name, partitions: [{ partitionIndex: 0, replicas: null }] })),
    },
  },
]

const ListPartitionReassignments: Requests = () => [{ label: 'all', body: { timeoutMs: 10_000, topics: null } }]

const user = [{ entityType: 'user', entityName: 'somebody' }]

const DescribeClientQuotas: Requests = () => [
  {
    label: 'of a user',
    body: { components: [{ entityType: 'user', matchType: 0, match: 'somebody' }], strict: false },
  },
]
const AlterClientQuotas: Requests = () => [
  {
    label: 'checked only',
    body: {
      entries: [{ entity: user, ops: [{ key: 'producer_byte_rate', value: 1e9, remove: false }] }],
      validateOnly: true,
    },
  },
]

const DescribeUserScramCredentials: Requests = () => [
  { label: 'of a user', body: { users: [{ name: 'somebody' }] } },
  // Apache fails on an answer that refuses null, and says nothing.
  { label: 'all', body: { users: [] } },
]
const AlterUserScramCredentials: Requests = () => [
  { label: 'none to delete', body: { deletions: [{ name: 'somebody', mechanism: 1 }], upsertions: [] } },
]

const DescribeQuorum: Requests = () => [
  {
    label: 'of the metadata',
    body: { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
  },
]

const UpdateFeatures: Requests = () => [
  {
    label: 'checked only',
    body: {
      timeoutMs: 10_000,
      featureUpdates: [{ feature: 'no.such', maxVersionLevel: 1, allowDowngrade: false, upgradeType: 1 }],
      validateOnly: true,
    },
  },
]

const DescribeCluster: Requests = () => [
  { label: 'with operations', body: { includeClusterAuthorizedOperations: true, endpointType: 1 } },
  { label: 'without operations', body: { includeClusterAuthorizedOperations: false, endpointType: 1 } },
]

const NO_SUCH_NODE = 2_000
const UnregisterBroker: Requests = () => [{ label: 'none', body: { brokerId: NO_SUCH_NODE } }]
const UnregisterController: Requests = () => [{ label: 'none', body: { controllerId: NO_SUCH_NODE } }]

const ListConfigResources: Requests = (_world: World, version) =>
  [[], [TOPIC], [BROKER, GROUP]]
    .filter((types) => types.length === 0 || version >= 1)
    .map((resourceTypes) => ({ label: `types ${resourceTypes.join()}`, body: { resourceTypes } }))

const ApiVersions: Requests = () => [
  { label: 'asked again', body: { clientSoftwareName: 'judge', clientSoftwareVersion: '1' } },
]
const SaslHandshake: Requests = () => [{ label: 'after the login', body: { mechanism: 'PLAIN' } }]
const SaslAuthenticate: Requests = () => [{ label: 'after the login', body: { authBytes: Buffer.from('x') } }]

export const clusterRequests: Readonly<Record<string, Requests>> = {
  DescribeConfigs,
  AlterConfigs: altered({}),
  IncrementalAlterConfigs: altered({ configOperation: SET }),
  AlterReplicaLogDirs,
  DescribeLogDirs,
  DescribeAcls,
  CreateAcls,
  DeleteAcls,
  CreateDelegationToken,
  RenewDelegationToken,
  ExpireDelegationToken,
  DescribeDelegationToken,
  ElectLeaders,
  AlterPartitionReassignments,
  ListPartitionReassignments,
  DescribeClientQuotas,
  AlterClientQuotas,
  DescribeUserScramCredentials,
  AlterUserScramCredentials,
  DescribeQuorum,
  UpdateFeatures,
  DescribeCluster,
  UnregisterBroker,
  UnregisterController,
  ListConfigResources,
  ApiVersions,
  SaslHandshake,
  SaslAuthenticate,
}
