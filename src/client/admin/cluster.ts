/** The cluster itself: its brokers, its quorum of controllers, its features, its log directories. */
import { CLUSTER_METADATA_TOPIC } from '../../../protocol/cluster-metadata-topic.ts'
import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../protocol/messages/api-versions.ts'
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from '../../../protocol/messages/describe-log-dirs.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from '../../../protocol/messages/describe-quorum.ts'
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../../protocol/messages/unregister-broker.ts'
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../../protocol/messages/update-features.ts'
import type { ClusterClient, ClusterNode } from '../cluster-client.ts'
import { ensure, notController } from './item-outcome.ts'

export interface DescribedCluster {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: readonly (ClusterNode & { readonly rack: string | null })[]
}

export async function describeCluster(client: ClusterClient): Promise<DescribedCluster> {
  const { clusterId, controllerId, brokers } = await client.metadata([])
  return { clusterId, controllerId, brokers: [...brokers].sort((a, b) => a.nodeId - b.nodeId) }
}

export interface QuorumReplica {
  readonly replicaId: number
  readonly role: 'leader' | 'voter' | 'observer'
  readonly logEndOffset: number
  /** Records behind the leader. */
  readonly lag: number
  /** null: not known. */
  readonly lastCaughtUpMs: number | null
}

export interface DescribedQuorum {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly replicas: readonly QuorumReplica[]
}

/** The quorum of `__cluster_metadata`. A cluster with ZooKeeper has none: `ClientError` with the reason `unsupported`. */
export async function describeQuorum(client: ClusterClient): Promise<DescribedQuorum> {
  const body = { topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] }
  const answer = await client.request({ to: 'any' }, DescribeQuorumRequest, DescribeQuorumResponse, body)
  ensure(answer.errorCode, answer.errorMessage)
  const partition = answer.topics[0]?.partitions[0]
  if (partition === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  ensure(partition.errorCode, partition.errorMessage)
  const { leaderId, leaderEpoch, currentVoters, observers } = partition
  const end = currentVoters.find(({ replicaId }) => replicaId === leaderId)?.logEndOffset ?? partition.highWatermark
  const replica = (each: (typeof currentVoters)[number], role: 'voter' | 'observer'): QuorumReplica => ({
    replicaId: each.replicaId,
    role: each.replicaId === leaderId && role === 'voter' ? 'leader' : role,
    logEndOffset: Number(each.logEndOffset),
    lag: Number(end - each.logEndOffset),
    lastCaughtUpMs: each.lastCaughtUpTimestamp < 0n ? null : Number(each.lastCaughtUpTimestamp),
  })
  return {
    leaderId,
    leaderEpoch,
    highWatermark: Number(partition.highWatermark),
    replicas: [
      ...currentVoters.map((each) => replica(each, 'voter')),
      ...observers.map((each) => replica(each, 'observer')),
    ],
  }
}

export interface Feature {
  readonly name: string
  /** 0: not finalized. */
  readonly level: number
  /** The levels that this broker's release supports. */
  readonly min: number
  readonly max: number
}

export async function describeFeatures(client: ClusterClient): Promise<Feature[]> {
  const body = { clientSoftwareName: 'samsa', clientSoftwareVersion: 'cli' }
  const { supportedFeatures, finalizedFeatures } = await client.request(
    { to: 'any' },
    ApiVersionsRequest,
    ApiVersionsResponse,
    body,
  )
  const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  return supportedFeatures
    .map(({ name, minVersion: min, maxVersion: max }) => ({ name, level: levels.get(name) ?? 0, min, max }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const Upgrade = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const
/** The kind of a change came with this version; before it a downgrade was allowed or not. */
const UPGRADE_TYPE_VERSION = 1

/** A level of 0 disables the feature. */
export async function updateFeature(
  client: ClusterClient,
  feature: { readonly name: string; readonly level: number },
  { type = 'UPGRADE' as keyof typeof Upgrade, validateOnly = false } = {},
): Promise<void> {
  const update = { feature: feature.name, maxVersionLevel: feature.level }
  const answer = await client.request(
    { to: 'controller' },
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
    (version) =>
      version < UPGRADE_TYPE_VERSION
        ? { featureUpdates: [{ ...update, allowDowngrade: type !== 'UPGRADE' }] }
        : { featureUpdates: [{ ...update, upgradeType: Upgrade[type] }], validateOnly },
    (each) => notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  for (const { errorCode, errorMessage: words } of answer.results) ensure(errorCode, words)
}

export interface LogDirectory {
  readonly broker: number
  readonly path: string
  readonly errorCode: number
  /** null: the broker cannot say. */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly replicas: readonly {
    readonly topic: string
    readonly partition: number
    readonly sizeBytes: number
    /** Behind the replica that it is to replace. */
    readonly isFuture: boolean
  }[]
}

export async function describeLogDirectories(client: ClusterClient): Promise<LogDirectory[]> {
  const brokers = await client.brokers()
  const answers = await Promise.all(
    brokers.map(async ({ nodeId: broker }) => {
      const to = { to: 'broker', nodeId: broker } as const
      const answer = await client.request(to, DescribeLogDirsRequest, DescribeLogDirsResponse, { topics: null })
      ensure(answer.errorCode, `Broker ${broker}: ${errorMessage(answer.errorCode)}`)
      return answer.results.map(({ logDir: path, errorCode, totalBytes, usableBytes, topics }) => ({
        broker,
        path,
        errorCode,
        totalBytes: totalBytes < 0n ? null : Number(totalBytes),
        usableBytes: usableBytes < 0n ? null : Number(usableBytes),
        replicas: topics.flatMap(({ name: topic, partitions }) =>
          partitions.map(({ partitionIndex: partition, partitionSize, isFutureKey: isFuture }) => ({
            topic,
            partition,
            isFuture,
            sizeBytes: Number(partitionSize),
          })),
        ),
      }))
    }),
  )
  return answers.flat()
}

export async function unregisterBroker(client: ClusterClient, brokerId: number): Promise<void> {
  const to = { to: 'controller' } as const
  const answer = await client.request(to, UnregisterBrokerRequest, UnregisterBrokerResponse, { brokerId }, (each) =>
    notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
}
