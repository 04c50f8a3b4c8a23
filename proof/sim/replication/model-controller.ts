/**
 * A controller without a disk or a process of its own: it never dies and forgets nothing. What it decides about partitions
 * is decided by the commands of `controller/commands`; what it knows of brokers it hears by their registrations and
 * heartbeats, and it fences whoever it has not heard of for the time of a session.
 *
 * Invariants: a record of its log, once numbered, stays; the image is that of the log.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { AlterPartitionRequest } from '../../../protocol/messages/alter-partition.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { BrokerToRegister } from '../../../src/controller/broker-life.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { alterPartition } from '../../../src/controller/commands/nodes/alter-partition.ts'
import { assignReplicasToDirs } from '../../../src/controller/commands/nodes/assign-replicas-to-dirs.ts'
import { allocateProducerIds } from '../../../src/controller/commands/nodes/producer-ids.ts'
import { alterPartitionReassignments } from '../../../src/controller/commands/partition-reassignments.ts'
import { partitionChange, UNCHANGED } from '../../../src/controller/commands/rules/partition-change.ts'
import { directoriesOf } from '../../../src/controller/directories-of-replicas.ts'
import { ELR_FEATURE, initialFeatureLevels, SUPPORTED_FEATURES } from '../../../src/metadata/features.ts'
import { brokerOf, isActive } from '../../../src/metadata/image/cluster-image.ts'
import { ConfigResourceType } from '../../../src/metadata/image/configurations-image.ts'
import { MetadataDelta } from '../../../src/metadata/image/metadata-delta.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from '../../../src/metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../src/metadata/metadata-record.ts'
import {
  LATEST_METADATA_LEVEL,
  partitionRecordVersion,
  registerBrokerRecordVersion,
} from '../../../src/metadata/metadata-version.ts'
import type { ReplicaPlace } from '../../../src/metadata/replica-place.ts'
import type { World } from '../world.ts'

/** Mistakes that a controller can make, for bugs planted on purpose. */
export interface ControllerFlaws {
  /** Another leader goes on in the epoch of the last one. */
  readonly keepsEpoch?: boolean
  /** Any replica that is alive is as good as one in sync. */
  readonly electsAnybody?: boolean
  /** Brokers are in sync in whatever life they caught up. */
  readonly forgetsLives?: boolean
  /** A broker that has lost what it had comes back as if it had not. */
  readonly trustsUncleanBrokers?: boolean
}

export interface ModelOptions {
  readonly world: World
  readonly hasElr: boolean
  readonly sessionMs: number
  readonly flaws: ControllerFlaws
}

interface Session {
  readonly brokerEpoch: bigint
  heardOfMs: number
}

const UNASSIGNED = 'AAAAAAAAAAAAAAAAAAAAAA'
const LOOK_MS = 100
const METADATA_LEVEL = LATEST_METADATA_LEVEL

export class ModelController {
  readonly #options: ModelOptions
  readonly #config = new BrokerConfig({})
  readonly #log: MetadataRecord[] = []
  readonly #sessions = new Map<number, Session>()
  #image: MetadataImage = EMPTY_IMAGE

  constructor(options: ModelOptions) {
    this.#options = options
    const features = initialFeatureLevels(METADATA_LEVEL).filter(([name]) => options.hasElr || name !== ELR_FEATURE)
    this.#append(
      features.map(([name, featureLevel]) => ({
        type: 'FeatureLevelRecord',
        version: 0,
        value: { name, featureLevel },
      })),
    )
    this.#look()
  }

  get image(): MetadataImage {
    return this.#image
  }

  /** The records from an offset of the log on. */
  recordsFrom(offset: number): readonly MetadataRecord[] {
    return this.#log.slice(offset)
  }

  createTopic(
    name: string,
    id: string,
    assignments: readonly number[][],
    configs: Readonly<Record<string, string>>,
  ): void {
    const records: MetadataRecord[] = [{ type: 'TopicRecord', version: 0, value: { name, topicId: id } }]
    assignments.forEach((replicas, partitionId) => {
      const isr = replicas.filter((replica) => isActive(brokerOf(this.#image.cluster, replica)))
      const value = {
        partitionId,
        topicId: id,
        replicas: [...replicas],
        isr,
        removingReplicas: [],
        addingReplicas: [],
        leader: isr[0] ?? -1,
        leaderRecoveryState: 0,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: replicas.map(() => UNASSIGNED),
        eligibleLeaderReplicas: null,
        lastKnownElr: null,
      }
      records.push({ type: 'PartitionRecord', version: 1, value })
    })
    for (const [key, value] of Object.entries(configs)) {
      const record = { resourceType: ConfigResourceType.TOPIC, resourceName: name, name: key, value }
      records.push({ type: 'ConfigRecord', version: 0, value: record })
    }
    this.#append(records)
  }

  /** The broker's epoch. A broker that was there before is refused until its session is over. */
  register(brokerId: number, broker: BrokerToRegister): bigint {
    const known = brokerOf(this.#image.cluster, brokerId)
    if (known !== undefined && known.incarnationId !== broker.incarnationId && this.#sessions.has(brokerId)) {
      throw new KafkaError(ErrorCode.DUPLICATE_BROKER_REGISTRATION)
    }
    const brokerEpoch = BigInt(this.#log.length)
    const { incarnationId, endPoints, rack, logDirs, cordonedLogDirs, uncleanShutdown } = broker
    this.#append([
      {
        type: 'RegisterBrokerRecord',
        version: registerBrokerRecordVersion(METADATA_LEVEL),
        value: {
          brokerId,
          isMigratingZkBroker: false,
          incarnationId,
          brokerEpoch,
          endPoints: [...endPoints],
          features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
          rack,
          fenced: true,
          inControlledShutdown: false,
          logDirs: [...logDirs],
          cordonedLogDirs: [...cordonedLogDirs],
        },
      },
    ])
    this.#sessions.set(brokerId, { brokerEpoch, heardOfMs: this.#options.world.timeMs })
    if (uncleanShutdown && this.#options.hasElr && !this.#options.flaws.trustsUncleanBrokers) this.#distrust(brokerId)
    return brokerEpoch
  }

  /** `appliedOffset`: the broker has applied the log up to there. */
  heartbeat(brokerId: number, brokerEpoch: bigint, appliedOffset: number): void {
    const session = this.#sessions.get(brokerId)
    const broker = brokerOf(this.#image.cluster, brokerId)
    if (session === undefined || broker === undefined || session.brokerEpoch !== brokerEpoch) {
      throw new KafkaError(ErrorCode.STALE_BROKER_EPOCH)
    }
    session.heardOfMs = this.#options.world.timeMs
    if (!broker.fenced || BigInt(appliedOffset) < brokerEpoch) return
    this.#append([{ type: 'UnfenceBrokerRecord', version: 0, value: { id: brokerId, epoch: brokerEpoch } }])
    this.#elect(() => ({}))
  }

  /** A controlled shutdown: the broker is about to be gone. */
  leave(brokerId: number): void {
    this.#fence(brokerId)
  }

  alterPartition(brokerId: number, brokerEpoch: bigint, topics: AlterPartitionRequest['topics']) {
    const asked = this.#options.flaws.forgetsLives ? withoutLives(topics) : topics
    const { records, response } = alterPartition(this.#state(brokerId), { brokerId, brokerEpoch, topics: asked })
    this.#append(records)
    return response
  }

  /** The broker tells where its replicas are: one whose directory is not of its broker's may not lead (KIP-858). */
  assignReplicas(brokerId: number, brokerEpoch: bigint, places: readonly ReplicaPlace[]): void {
    if (this.#sessions.get(brokerId)?.brokerEpoch !== brokerEpoch) throw new KafkaError(ErrorCode.STALE_BROKER_EPOCH)
    const request = { brokerId, brokerEpoch, directories: directoriesOf(places) }
    this.#append(assignReplicasToDirs(this.#state(brokerId), request).records)
  }

  allocateProducerIds(brokerId: number, brokerEpoch: bigint) {
    const { records, response } = allocateProducerIds(this.#state(brokerId), { brokerId, brokerEpoch })
    this.#append(records)
    return response
  }

  /** Moves a partition to other replicas (KIP-455). */
  reassign(name: string, partitionIndex: number, replicas: number[] | null): void {
    const { records } = alterPartitionReassignments(this.#state(-1), {
      timeoutMs: 1000,
      allowReplicationFactorChange: true,
      topics: [{ name, partitions: [{ partitionIndex, replicas }] }],
    })
    this.#append(records)
  }

  /** Lets preferred replicas lead where they may. */
  electPreferred(): void {
    this.#elect(() => ({ election: 'preferred' }))
  }

  #look(): void {
    const { world, sessionMs } = this.#options
    for (const [brokerId, { heardOfMs }] of this.#sessions) {
      if (world.timeMs - heardOfMs > sessionMs) this.#fence(brokerId)
    }
    world.plan(LOOK_MS, () => this.#look())
  }

  #fence(brokerId: number): void {
    this.#sessions.delete(brokerId)
    const broker = brokerOf(this.#image.cluster, brokerId)
    if (broker === undefined || broker.fenced) return
    this.#append([{ type: 'FenceBrokerRecord', version: 0, value: { id: brokerId, epoch: broker.brokerEpoch } }])
    this.#elect((partition) => ({ isr: without(partition, brokerId) }))
  }

  /** A broker that has died may have lost records that were not durable: it is in sync no more (KIP-966). */
  #distrust(brokerId: number): void {
    const keeps = (replica: number) => replica !== brokerId
    const records: MetadataRecord[] = []
    for (const topic of this.#image.topics) {
      topic.partitions.forEach((partition, partitionId) => {
        if (![...partition.isr, ...partition.elr].includes(brokerId)) return
        const elr = partition.elr.filter(keeps)
        const record = partitionChange(this.#stateWithout(topic, partitionId, elr), topic, partitionId, {
          isr: partition.isr.filter(keeps),
        })
        // One that is eligible and not in sync leaves nothing else to change.
        const changed = record?.value ?? { topicId: topic.id, partitionId, ...UNCHANGED }
        const stays = elr.filter((replica) => !(changed.isr ?? partition.isr).includes(replica))
        const value = { ...changed, eligibleLeaderReplicas: stays }
        records.push({ type: 'PartitionChangeRecord', version: partitionRecordVersion(METADATA_LEVEL), value })
      })
    }
    this.#append(records)
  }

  #stateWithout(topic: TopicImage, partitionId: number, elr: readonly number[]): CommandState {
    const partitions = topic.partitions.map((partition, at) => (at === partitionId ? { ...partition, elr } : partition))
    const changed = { ...topic, partitions }
    const state = this.#state(-1)
    return { ...state, image: { ...state.image, topics: state.image.topics.with([], [changed]) } }
  }

  #elect(target: (partition: PartitionRegistration) => Parameters<typeof partitionChange>[3]): void {
    for (const topic of this.#image.topics) {
      for (const partitionId of topic.partitions.keys()) this.#electOne(topic.name, partitionId, target)
    }
  }

  #electOne(
    name: string,
    partitionId: number,
    target: (partition: PartitionRegistration) => Parameters<typeof partitionChange>[3],
  ): void {
    const state = this.#state(-1)
    const topic = state.image.topics.get(name)
    const partition = topic?.partitions[partitionId]
    if (topic === undefined || partition === undefined) return
    const { 'unclean.leader.election.enable': isUncleanAllowed } = this.#config.topicConfig(
      state.image.configs.topic(name),
    )
    const election = isUncleanAllowed ? 'unclean' : 'online'
    const isr = this.#options.flaws.electsAnybody ? { isr: alive(state.image, partition.replicas) } : {}
    const record = partitionChange(state, topic, partitionId, { election, ...target(partition), ...isr })
    if (record !== null) this.#append([record])
  }

  #state(nodeId: number): CommandState {
    return {
      image: this.#image,
      nextOffset: this.#log.length,
      nodeId,
      config: this.#config,
      voter: unchecked<CommandState['voter']>(null),
      epoch: 1,
      endOffset: this.#log.length,
      observers: [],
      nowMs: this.#options.world.wallMs,
    }
  }

  #append(records: readonly MetadataRecord[]): void {
    if (records.length === 0) return
    const { world } = this.#options
    for (const record of records) world.record(`controller ${record.type} ${describe(record)}`)
    this.#image = applied(this.#image, records, this.#log.length, this.#options.flaws)
    this.#log.push(...records)
  }
}

/** The image with the records that follow it in the log, the first of them at `offset`. */
export function applied(
  image: MetadataImage,
  records: readonly MetadataRecord[],
  offset: number,
  flaws: ControllerFlaws = {},
): MetadataImage {
  return changeOf(image, records, offset, flaws).after
}

export function changeOf(
  image: MetadataImage,
  records: readonly MetadataRecord[],
  offset: number,
  flaws: ControllerFlaws = {},
) {
  const delta = new MetadataDelta(image)
  for (const record of records) delta.replay(record)
  const end = { lastContainedOffset: offset + records.length - 1, lastContainedEpoch: 1, lastContainedLogTimeMs: 0 }
  const change = delta.apply(end)
  if (!flaws.keepsEpoch) return change
  const topics = change.changedTopics.map(({ before, after }) => ({ before, after: inOldEpoch(before, after) }))
  const after = {
    ...change.after,
    topics: change.after.topics.with(
      [],
      topics.map((each) => each.after),
    ),
  }
  return { ...change, after, changedTopics: topics }
}

const inOldEpoch = (before: TopicImage, after: TopicImage): TopicImage => ({
  ...after,
  partitions: after.partitions.map((partition, at) => ({
    ...partition,
    leaderEpoch: before.partitions[at]?.leaderEpoch ?? partition.leaderEpoch,
  })),
})

const alive = ({ cluster }: MetadataImage, replicas: readonly number[]): number[] =>
  replicas.filter((replica) => isActive(brokerOf(cluster, replica)))

const without = ({ isr }: PartitionRegistration, brokerId: number): number[] =>
  isr.filter((other) => other !== brokerId)

const withoutLives = (topics: AlterPartitionRequest['topics']): AlterPartitionRequest['topics'] =>
  topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((partition) => ({
      ...partition,
      newIsrWithEpochs: partition.newIsrWithEpochs.map(({ brokerId }) => ({ brokerId, brokerEpoch: -1n })),
    })),
  }))

const describe = (record: MetadataRecord): string =>
  JSON.stringify('value' in record ? record.value : null, (_key, each) =>
    typeof each === 'bigint' ? String(each) : each,
  )
