import { errorName } from '../../protocol/errors.ts'
import type { Difference } from './compare.ts'

/**
 * Where samsa answers otherwise than Apache on purpose or by nature. An entry that nothing in a whole run needs fails
 * the run, so this list only shrinks. An error code must be named to be known.
 */
export interface KnownDifference {
  api: string
  /** As in the report; `*` stands for anything. */
  path: string
  reason: string
  /** For an error code alone: the name that Apache answers, and samsa's. */
  codes?: readonly [string, string]
}

export const HASH_ORDER = 'Apache answers in the order of its hash maps'
const OWN_LOG = 'each broker has its own metadata log'
/** Error codes are equal; the sentences of rules that Apache has as code are not its. */
const OTHER_WORDS = 'the same verdict in other words, or another of several reasons first'
const SAYS_WHY = 'samsa says why, where Apache answers the code alone'

export const knownDifferences: readonly KnownDifference[] = [
  {
    api: 'ApiVersions',
    path: 'apiKeys[*](element)',
    reason: 'Apache serves client telemetry where a plugin receives it',
  },
  { api: 'ApiVersions', path: 'supportedFeatures(order)', reason: HASH_ORDER },
  { api: 'ApiVersions', path: 'finalizedFeaturesEpoch', reason: OWN_LOG },
  { api: 'Metadata', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'ApiVersions', path: 'finalizedFeatures(order)', reason: HASH_ORDER },
  { api: 'Produce', path: 'responses[].partitionResponses(order)', reason: HASH_ORDER },
  { api: 'Produce', path: 'responses(order)', reason: HASH_ORDER },
  { api: 'AddPartitionsToTxn', path: '*(order)', reason: HASH_ORDER },
  { api: 'WriteTxnMarkers', path: '*(order)', reason: HASH_ORDER },
  { api: 'DescribeProducers', path: '*(order)', reason: HASH_ORDER },
  { api: 'DeleteRecords', path: '*(order)', reason: HASH_ORDER },
  { api: 'AlterReplicaLogDirs', path: '*(order)', reason: HASH_ORDER },
  { api: 'ListOffsets', path: '*(order)', reason: HASH_ORDER },
  { api: 'OffsetDelete', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'ListTransactions', path: 'transactionStates(order)', reason: HASH_ORDER },
  { api: 'CreatePartitions', path: 'results(order)', reason: HASH_ORDER },
  { api: 'DeleteTopics', path: 'responses(order)', reason: HASH_ORDER },
  { api: 'DeleteGroups', path: 'results(order)', reason: HASH_ORDER },
  { api: 'ListGroups', path: 'groups(order)', reason: HASH_ORDER },
  { api: 'DescribeGroups', path: 'groups[].members(order)', reason: HASH_ORDER },
  { api: 'ElectLeaders', path: '*(order)', reason: HASH_ORDER },
  { api: 'UpdateFeatures', path: 'errorMessage', reason: 'which of several wrong features is named first' },
  { api: 'ListConfigResources', path: 'configResources(order)', reason: HASH_ORDER },
  { api: 'DescribeQuorum', path: 'topics[].partitions[].*', reason: OWN_LOG },
  {
    api: 'DescribeQuorum',
    path: 'nodes[].listeners[](element)',
    reason: 'only Apache has a listener of its controller',
  },
  {
    api: 'ConsumerGroup*',
    path: '*.partitions[]',
    reason: 'which of equal partitions a member gets follows from the order of hash maps',
  },
  // Hashes of topic ids, which are drawn: heartbeats show the order in most runs, not in all.
  { api: 'ConsumerGroup*', path: '*(order)', reason: HASH_ORDER },
  { api: 'Share*', path: '*(order)', reason: HASH_ORDER },
  { api: 'StreamsGroupHeartbeat', path: 'errorMessage', reason: SAYS_WHY },
  { api: 'Share*', path: '*rrorMessage', reason: SAYS_WHY },
  {
    api: 'ShareGroup*',
    path: '*.topicPartitions[].partitions*',
    reason: 'which of equal partitions a member gets follows from the order of hash maps',
  },
  { api: '*ShareGroup*', path: '*(order)', reason: HASH_ORDER },
  { api: 'StreamsGroupDescribe', path: '*(order)', reason: HASH_ORDER },
  { api: 'JoinGroup', path: 'members(order)', reason: HASH_ORDER },
  { api: 'OffsetFetch', path: '*(order)', reason: HASH_ORDER },
  { api: 'DescribeConfigs', path: 'results[].configs(order)', reason: HASH_ORDER },
  ...ofConfig(
    'only Apache has a controller process of its own beside the broker',
    'controller.listener.names',
    'controller.quorum.voters',
    'listeners',
    'process.roles',
  ),
  ...ofConfig(
    'samsa starts without a configuration, where Apache demands one',
    'advertised.listeners',
    'node.id',
    'log.dir',
  ),
  ...ofConfig(
    'a single broker has defaults that fit one',
    'group.initial.rebalance.delay.ms',
    'socket.listen.backlog.size',
    '*.replication.factor',
    '*.min.isr',
  ),
  ...ofConfig('keys of its own', 'samsa.*'),
  ...ofConfig('a key with the prefix of a listener is described by its base', 'listener.name.*'),
  { api: '*Configs', path: 'responses[].errorMessage', reason: OTHER_WORDS },
  { api: 'CreateTopics', path: 'topics[].errorMessage', reason: OTHER_WORDS },
  { api: 'Produce', path: 'responses[].partitionResponses[].errorMessage', reason: OTHER_WORDS },
  {
    api: 'CreateTopics',
    path: 'topics[].configs[retention.ms].value',
    reason: 'spaces around a value are not repeated',
  },
  {
    api: 'OffsetCommit',
    path: 'topics[].partitions(length)',
    reason: 'a topic that is named twice by its id is answered once, as by its name',
  },
  {
    api: 'OffsetCommit',
    path: 'topics(length)',
    reason: 'a topic that is named twice by its id is answered once, as by its name',
  },
  { api: 'DescribeConfigs', path: 'results[].configs[*].documentation', reason: 'the texts of Apache are not copied' },
]

function ofConfig(reason: string, ...names: string[]): KnownDifference[] {
  return names.map((name) => ({ api: 'DescribeConfigs', path: `results[].configs[${name}]*`, reason }))
}

export function reasonFor(known: readonly KnownDifference[], difference: Difference): KnownDifference | undefined {
  return known.find(
    ({ api, path, codes }) =>
      matches(api, difference.api) &&
      matches(path, difference.path) &&
      (codes ? codes.join() === codesOf(difference) : !difference.isError),
  )
}

function codesOf({ apache, samsa }: Difference): string {
  return [apache, samsa].map((code) => (typeof code === 'number' ? errorName(code) : code)).join()
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(text)
}
