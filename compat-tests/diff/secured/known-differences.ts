import { HASH_ORDER, type KnownDifference } from '../known-differences.ts'

const REFUSED_LAST = 'what is refused is answered behind everything else'
const REFUSED_FIRST = 'Apache answers what is refused before everything else'
/** As `Request Request(processor=2, connectionId=…) needs ALTER permission.` */
const INTERNALS = "Apache's sentence shows the internals of the request"

/** Differences on top of `knownDifferences`, where there are users and an authorizer. */
export const securedDifferences: readonly KnownDifference[] = [
  { api: '*Configs', path: 'responses(order)', reason: REFUSED_LAST },
  { api: 'DescribeGroups', path: 'groups(order)', reason: REFUSED_FIRST },
  { api: 'DescribeTransactions', path: '*(order)', reason: HASH_ORDER },
  { api: 'Fetch', path: 'responses(order)', reason: REFUSED_LAST },
  { api: 'DescribeTopicPartitions', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'CreateTopics', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'OffsetCommit', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'TxnOffsetCommit', path: 'topics(order)', reason: HASH_ORDER },
  { api: 'WriteTxnMarkers', path: 'markers[].topics(order)', reason: HASH_ORDER },
  { api: 'DescribeDelegationToken', path: 'tokens(order)', reason: HASH_ORDER },
  { api: 'DescribeLogDirs', path: 'results[].usableBytes', reason: 'others write to the disk meanwhile' },
  ...['AlterPartitionReassignments', 'ListPartitionReassignments', 'ElectLeaders', 'DescribeAcls', 'DeleteAcls'].map(
    (api) => ({ api, path: '*errorMessage', reason: INTERNALS }),
  ),
  ...['CreateAcls', 'AlterUserScramCredentials', 'UnregisterBroker', 'UnregisterController', 'UpdateFeatures'].map(
    (api) => ({ api, path: '*errorMessage', reason: INTERNALS }),
  ),
]
