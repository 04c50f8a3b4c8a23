/** The brokers, the quorum of controllers, and the features that are in force. */
import { CLUSTER_METADATA_TOPIC } from '../../../../protocol/cluster-metadata-topic.ts'
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { BrokerRow, ClusterDetail } from '../model.ts'
import { ensure, errorOf } from '../page-error.ts'

export async function describeCluster(calls: BrokerCalls): Promise<ClusterDetail> {
  const [brokers, quorum, features] = await Promise.all([brokersOf(calls), quorumOf(calls), featuresOf(calls)])
  const isProblem = typeof quorum === 'string'
  return { brokers, features, quorum: isProblem ? null : quorum, quorumProblem: isProblem ? quorum : null }
}

async function brokersOf(calls: BrokerCalls): Promise<BrokerRow[]> {
  const [cluster, { topics }] = await Promise.all([
    calls.call('DescribeCluster', { includeFencedBrokers: true }),
    calls.call('Metadata', { topics: null, allowAutoTopicCreation: false }),
  ])
  ensure(cluster.errorCode, 'The list of brokers', cluster.errorMessage)
  const [leads, replicas] = [new Map<number, number>(), new Map<number, number>()]
  const count = (into: Map<number, number>, id: number) => into.set(id, (into.get(id) ?? 0) + 1)
  for (const { leaderId, replicaNodes } of topics.flatMap(({ partitions }) => partitions)) {
    count(leads, leaderId)
    for (const id of replicaNodes) count(replicas, id)
  }
  return cluster.brokers.map(({ brokerId, host, port, rack, isFenced }) => ({
    id: brokerId,
    host,
    port,
    rack,
    fenced: isFenced,
    controller: brokerId === cluster.controllerId,
    leads: leads.get(brokerId) ?? 0,
    replicas: replicas.get(brokerId) ?? 0,
  }))
}

/** A sentence where nothing is known. */
async function quorumOf(calls: BrokerCalls): Promise<NonNullable<ClusterDetail['quorum']> | string> {
  const answer = await calls.call('DescribeQuorum', {
    topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
  })
  const partition = answer.topics[0]?.partitions[0]
  const code = answer.errorCode || (partition?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR)
  if (partition === undefined || code !== ErrorCode.NONE)
    return errorOf(code, 'The quorum', answer.errorMessage).message
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
  const end = Number(currentVoters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset ?? highWatermark)
  const nodeOf = (voter: boolean) => (node: (typeof currentVoters)[number]) => ({
    id: node.replicaId,
    voter,
    end: Number(node.logEndOffset),
    lag: Math.max(0, end - Number(node.logEndOffset)),
    lastFetchMs: Number(node.lastFetchTimestamp),
    lastCaughtUpMs: Number(node.lastCaughtUpTimestamp),
    leader: node.replicaId === leaderId,
  })
  const nodes = [...currentVoters.map(nodeOf(true)), ...observers.map(nodeOf(false))]
  return { leaderId, epoch: leaderEpoch, highWatermark: Number(highWatermark), nodes }
}

async function featuresOf(calls: BrokerCalls): Promise<ClusterDetail['features']> {
  const { supportedFeatures, finalizedFeatures } = await calls.call('ApiVersions', {
    clientSoftwareName: 'samsa-page',
    clientSoftwareVersion: '1',
  })
  const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  return supportedFeatures.map(({ name, maxVersion }) => ({ name, level: levels.get(name) ?? 0, max: maxVersion }))
}
