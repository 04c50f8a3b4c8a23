import type { CaseContext } from '../support/suite.ts'

/** The oldest client that has what the case needs; the newest too, where something was taken away. */
export interface JavaCase {
  name: string
  javaClass: string
  method: string
  since: string
  until?: string
  /** In the small part, with these versions of the client. */
  smoke?: readonly string[]
}

const newest = '4.4.0'
const newestAndOldest = [newest, '0.10.2.2']

const named =
  (since: string, javaClass: string) =>
  (name: string, method: string, more: Partial<JavaCase> = {}): JavaCase => ({
    name,
    javaClass,
    method,
    since,
    ...more,
  })

const producer = named('0.10', 'ProducerCases')
const consumer = named('0.10', 'ConsumerCases')
const modernProducer = named('0.11', 'ModernProducerCases')
const admin = named('0.11', 'AdminCases')
const partitionAdmin = named('1.1', 'PartitionAdminCases')
const clusterAdmin = named('2.4', 'ClusterAdminCases')
const staticMember = named('2.4', 'StaticMemberCases')
const offsetAdmin = named('2.8', 'OffsetAdminCases')
const inspection = named('3.3', 'InspectionCases')
const newGroup = named('4.0', 'ConsumerProtocolCases')
const latest = named('4.4', 'LatestCases')
const userInterface = named('3.3', 'UserInterfaceCases')
const smoke = [newest]

export const javaCases: readonly JavaCase[] = [
  producer('producer: all codecs', 'codecs', { smoke: newestAndOldest }),
  producer('producer: zstd', 'zstd', { since: '2.1', smoke }),
  producer('producer: acks 0, 1 and all', 'acks', { smoke: newestAndOldest }),
  producer('producer: nulls, empty strings and timestamps', 'nullsAndTimes', { smoke: newestAndOldest }),
  producer('producer: a large record', 'large'),
  producer('producer: a record that is too large', 'refusals', { smoke: newestAndOldest }),
  producer('producer: a topic that cannot be', 'invalidTopic', { since: '2.1', smoke }),
  producer('producer: a partition that does not exist', 'unknownPartition'),
  modernProducer('producer: headers', 'headers', { smoke }),
  modernProducer('producer: topics that compress anew', 'recompression'),
  modernProducer('producer: idempotent, many small batches', 'idempotent', { smoke }),
  modernProducer('producer: transactions and their offsets', 'transactions', { smoke }),
  modernProducer('producer: a second one fences the first', 'fencing'),
  modernProducer('producer: limits and rules of topics', 'refusals'),
  consumer('consumer: positions, times and ranges', 'positions', { smoke: newestAndOldest }),
  consumer('consumer: commits', 'commits', { smoke: newestAndOldest }),
  consumer('consumer: commits of a group without members', 'commitsWithoutMembers', { smoke }),
  consumer('consumer: rebalances, range and round robin', 'rangeAndRoundRobin', { smoke: newestAndOldest }),
  consumer('consumer: rebalances, sticky', 'sticky', { since: '0.11' }),
  consumer('consumer: rebalances, cooperative', 'cooperative', { since: '2.4', smoke }),
  consumer('consumer: one that is too slow loses its partitions', 'slowMember'),
  consumer('consumer: pattern, pause and resume', 'patternAndPause', { smoke }),
  consumer('consumer: automatic commit', 'autoCommit'),
  consumer('consumer: small fetches', 'smallFetches'),
  consumer('consumer: offsets that are missing', 'missingOffsets'),
  consumer('consumer: a topic that cannot be', 'invalidTopic', { since: '2.1' }),
  consumer('consumer: lists topics', 'topics', { smoke }),
  staticMember('consumer: static members and fencing', 'fencing'),
  newGroup('consumer: the new group protocol', 'commits', { smoke }),
  newGroup('consumer: the new group protocol, rebalances', 'rebalances', { smoke }),
  newGroup('consumer: the new group protocol, pattern', 'pattern'),
  newGroup('consumer: the new group protocol, static members', 'staticMembers'),
  newGroup('admin: groups of the new protocol', 'described'),
  admin('admin: topics', 'topics', { smoke }),
  admin('admin: configs', 'describeConfigs', { smoke }),
  admin('admin: cluster', 'cluster', { smoke }),
  // Older clients ask in version 0, which went with Kafka 4.
  admin('admin: ACLs without an authorizer', 'acls', { since: '2.0' }),
  named('0.11', 'LegacyAdminCases')('admin: all configs of a topic at once', 'alterConfigs', { until: '3.9' }),
  partitionAdmin('admin: more partitions', 'createPartitions'),
  partitionAdmin('admin: delete records', 'deleteRecords', { smoke }),
  named('2.0', 'GroupAdminCases')('admin: groups', 'groups', { smoke }),
  clusterAdmin('admin: configs one by one', 'incrementalConfigs', { smoke }),
  clusterAdmin('admin: leader elections', 'elections'),
  clusterAdmin('admin: partition reassignments', 'reassignments'),
  clusterAdmin('admin: delete offsets of a group', 'deleteOffsets'),
  staticMember('admin: remove a static member', 'removal'),
  offsetAdmin('admin: list offsets', 'listOffsets', { smoke }),
  offsetAdmin('admin: alter offsets of a group', 'alterOffsets'),
  offsetAdmin('admin: features', 'features'),
  offsetAdmin('admin: log directories', 'logDirs'),
  inspection('admin: topics by id', 'topicIds', { smoke }),
  inspection('admin: the youngest record', 'youngest'),
  inspection('admin: transactions and producers', 'transactions'),
  named('3.9', 'FencingCases')('admin: fence producers', 'byAdmin'),
  inspection('admin: the metadata quorum and brokers that are none', 'quorum', { smoke }),
  userInterface('user interface: brokers', 'brokerPages'),
  userInterface('user interface: topics', 'topicPages', { smoke }),
  userInterface('user interface: messages', 'messagePages'),
  userInterface('user interface: groups', 'groupPages', { smoke }),
  userInterface('user interface: changes', 'changes'),
  latest('admin: what was created is told', 'createdTopics'),
  latest('admin: kinds of groups', 'groups'),
  latest('admin: local offsets and lag', 'offsets'),
  latest('admin: configurable resources', 'configResources'),
]

/** Orders versions by their numbers, as far as the shorter one goes. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return left[i] - right[i]
  }
  return 0
}

export const isInSpan = (version: string, { since, until }: { since?: string; until?: string }): boolean =>
  (since === undefined || compareVersions(version, since) >= 0) &&
  (until === undefined || compareVersions(version, until) <= 0)

/** The arguments of ClientCases: the case, and a cluster for it. */
export const clientCase = ({ broker, unique }: CaseContext, javaClass: string, method: string): string[] => {
  return [javaClass, method, broker.bootstrapServers, unique('java'), `${broker.clusterSize}`]
}
