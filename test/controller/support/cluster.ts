/** A controller's state for commands about several brokers, written briefly. */
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { initialFeatureLevels, SUPPORTED_FEATURES } from '../../../src/metadata/features.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { LATEST_METADATA_LEVEL } from '../../../src/metadata/metadata-version.ts'
import { imageOf, record } from './records.ts'
import { VOTER } from './voter.ts'

export const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
export const CLUSTER_ID = 'UjiwNlHYTuiHG49-X2FRZg'
/** Directory and incarnation of a broker, by its id below 10. */
export const directory = (id: number): string => `HVSgDXszntSCU6JhO42y${id}g`
export const incarnation = (id: number, life = 1): string => `MpB7uJQSSN25u6tzwU9${life}${id}g`

export const FEATURES = initialFeatureLevels(LATEST_METADATA_LEVEL).map(([name, featureLevel]) =>
  record('FeatureLevelRecord', 0, { name, featureLevel }),
)

interface Broker {
  readonly fenced?: boolean
  readonly epoch?: bigint
  readonly rack?: string | null
  readonly inControlledShutdown?: boolean
}

export const broker = (
  brokerId: number,
  { fenced = false, epoch = 10n, rack = null, inControlledShutdown = false }: Broker = {},
) =>
  record('RegisterBrokerRecord', 3, {
    brokerId,
    incarnationId: incarnation(brokerId),
    brokerEpoch: epoch,
    endPoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9090 + brokerId, securityProtocol: 0 }],
    features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
    rack,
    fenced,
    inControlledShutdown,
    logDirs: [directory(brokerId)],
    cordonedLogDirs: null,
  })

interface Partition {
  readonly replicas: readonly number[]
  readonly isr?: readonly number[]
  readonly leader?: number
  readonly elr?: readonly number[]
  readonly lastKnownElr?: readonly number[]
}

/** One topic with the partitions. */
export const topic = (...partitions: readonly Partition[]) => [
  record('TopicRecord', 0, { name: 'orders', topicId: TOPIC_ID }),
  ...partitions.map(({ replicas, isr = replicas, leader = replicas[0], elr = [], lastKnownElr = [] }, partitionId) =>
    record('PartitionRecord', 2, {
      topicId: TOPIC_ID,
      partitionId,
      replicas,
      isr,
      leader,
      leaderEpoch: 5,
      partitionEpoch: 7,
      directories: replicas.map(directory),
      eligibleLeaderReplicas: elr,
      lastKnownElr,
    }),
  ),
]

export const stateOf = (
  image: MetadataImage,
  properties: Record<string, string> = {},
  nextOffset = 100,
): CommandState => ({
  image,
  nextOffset,
  nodeId: 3000,
  config: new BrokerConfig(properties),
  voter: VOTER,
  epoch: 1,
  endOffset: nextOffset,
  observers: [],
  nowMs: 0,
})

/** A partition of the topic as the records leave it. */
export function partitionAfter(image: MetadataImage, records: Parameters<typeof imageOf>[0], partition = 0) {
  const { leader, leaderEpoch, isr, elr, lastKnownElr } = imageOf(records, image).topics.getById(TOPIC_ID)!.partitions[
    partition
  ]!
  return { leader, leaderEpoch, isr: [...isr], elr: [...elr], lastKnownElr: [...lastKnownElr] }
}
