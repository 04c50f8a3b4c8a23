/**
 * The life of the broker that is in one process with its controller. While it is its own cluster it is never fenced: nobody
 * else could have seen it so. Among other brokers it registers, is unfenced and hands over as they do, by the same commands;
 * it has no session, for it lives as long as its controller.
 */
import type { AlterPartitionRequest } from '../../../protocol/messages/alter-partition.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import { metadataLevel, SUPPORTED_FEATURES } from '../../metadata/features.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { supportsDirectoryAssignment } from '../../metadata/metadata-version.ts'
import type { ProducerIdBlock } from '../../metadata/producer-id-block.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import type { BrokerLife, BrokerToRegister } from '../broker-life.ts'
import { alterPartition } from '../commands/nodes/alter-partition.ts'
import { assignReplicasToDirs } from '../commands/nodes/assign-replicas-to-dirs.ts'
import { brokerHeartbeat, type HeartbeatReply } from '../commands/nodes/broker-heartbeat.ts'
import { cordonLogDirs } from '../commands/nodes/cordon-log-dirs.ts'
import { allocateProducerIds } from '../commands/nodes/producer-ids.ts'
import { registerBroker } from '../commands/nodes/register-broker.ts'
import { registerSoleBroker } from '../commands/nodes/register-sole-broker.ts'
import { directoriesOf } from '../directories-of-replicas.ts'
import type { CommandLog } from './command-log.ts'

interface Options {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock'>
  readonly clusterId: string
  readonly metadata: PublishedMetadata
  readonly commands: CommandLog
  /** Says where the controller of this process can be reached. */
  readonly announceController: () => Promise<void>
  /** Throws REQUEST_TIMED_OUT when the time is over. */
  readonly refuseLate: (deadlineMs: number) => void
  /** Whether all other nodes have read the metadata up to now. */
  readonly isKnownToAll: () => boolean
}

/** The version of BrokerRegistration as which this broker registers. */
const REGISTRATION_VERSION = 4
const LEAVE_POLL_MS = 20
const DEFAULT_WISHES = { wantFence: false, wantShutDown: false, offlineLogDirs: [] as string[], cordonedLogDirs: null }

export class OwnBroker implements BrokerLife {
  readonly #options: Options
  #brokerEpoch = -1n

  constructor(options: Options) {
    this.#options = options
  }

  get epoch(): bigint {
    return this.#brokerEpoch
  }

  /** The controller registers together with the broker, so that both share one write. */
  async register(broker: BrokerToRegister): Promise<void> {
    const { commands, announceController } = this.#options
    const controllerIsRegistered = announceController()
    const registered = commands.run((state) =>
      this.#isAlone(state.image)
        ? registerSoleBroker(state, broker)
        : registerBroker(state, this.#registration(broker), {
            apiVersion: REGISTRATION_VERSION,
            clusterId: this.#options.clusterId,
            hasSession: false,
          }),
    )
    // A write that fails refuses both: each refusal has to be heard.
    const [epoch] = await Promise.all([registered, controllerIsRegistered])
    this.#brokerEpoch = epoch
  }

  async unfence(): Promise<void> {
    const { metadata } = this.#options
    if (this.#registered(metadata.image)?.fenced === true) await this.#beat({})
  }

  cordon(logDirs: readonly string[]): Promise<void> {
    return this.#options.commands.run((state) => cordonLogDirs(state, this.#nodeId, logDirs))
  }

  /** Alone there is nobody to take over what was in it. */
  async directoryFailed(directoryId: string): Promise<void> {
    if (this.#isAlone(this.#options.metadata.image)) return
    await this.#beat({ offlineLogDirs: [directoryId] })
  }

  async assignReplicas(places: readonly ReplicaPlace[]): Promise<void> {
    const { commands, metadata } = this.#options
    // A broker with a single directory has nothing to say: the controller knows.
    const unknown = places.filter((place) => !isKnown(metadata.image, this.#nodeId, place))
    if (unknown.length === 0 || !supportsDirectoryAssignment(metadataLevel(metadata.image))) return
    const request = { ...this.#identity, directories: directoriesOf(unknown) }
    await commands.run((state) => assignReplicasToDirs(state, request))
  }

  alterPartition(topics: AlterPartitionRequest['topics']) {
    const request = { ...this.#identity, topics }
    return this.#options.commands.run((state) => alterPartition(state, request))
  }

  async allocateProducerIds(deadlineMs: number): Promise<ProducerIdBlock> {
    this.#options.refuseLate(deadlineMs)
    return this.#options.commands.run((state) => allocateProducerIds(state, this.#identity))
  }

  /** Alone it keeps its partitions until it comes back: nobody else could lead. */
  async leave(): Promise<void> {
    const { config, environment, metadata, isKnownToAll } = this.#options
    const { clock } = environment
    if (this.#isAlone(metadata.image) || this.#registered(metadata.image) === undefined) return
    const deadlineMs = clock.monotonicMs() + config.get('samsa.shutdown.timeout.ms')
    let shutdownOffset: number | null = null
    for (;;) {
      const { shouldShutDown } = await this.#beat({ wantShutDown: true }, shutdownOffset, isKnownToAll())
      shutdownOffset = metadata.image.provenance.lastContainedOffset
      const isDone = shouldShutDown && isKnownToAll()
      if (isDone || clock.monotonicMs() >= deadlineMs) return
      await new Promise<void>((resolve) => clock.schedule(LEAVE_POLL_MS, resolve))
    }
  }

  /** A heartbeat without a session. */
  #beat(
    wishes: Partial<typeof DEFAULT_WISHES>,
    shutdownOffset: number | null = null,
    isKnownToAll = true,
  ): Promise<HeartbeatReply> {
    const currentMetadataOffset = this.#brokerEpoch
    const request = { ...this.#identity, currentMetadataOffset, ...DEFAULT_WISHES, ...wishes }
    const lowestActiveOffset = isKnownToAll ? Number.POSITIVE_INFINITY : -1
    return this.#options.commands.run((state) =>
      brokerHeartbeat(state, request, { shutdownOffset, lowestActiveOffset }),
    )
  }

  #registration({ incarnationId, endPoints, rack, logDirs, previousBrokerEpoch }: BrokerToRegister) {
    return {
      brokerId: this.#nodeId,
      clusterId: this.#options.clusterId,
      incarnationId,
      listeners: [...endPoints],
      features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
      rack,
      logDirs: [...logDirs],
      previousBrokerEpoch,
    }
  }

  get #nodeId(): number {
    return this.#options.config.get('node.id')
  }

  get #identity() {
    return { brokerId: this.#nodeId, brokerEpoch: this.#brokerEpoch }
  }

  #registered({ cluster }: MetadataImage) {
    return cluster.brokers.get(String(this.#nodeId))
  }

  #isAlone({ cluster }: MetadataImage): boolean {
    return [...cluster.brokers.values()].every(({ brokerId }) => brokerId === this.#nodeId)
  }
}

function isKnown(
  { topics }: MetadataImage,
  nodeId: number,
  { topicId, partition, directoryId }: ReplicaPlace,
): boolean {
  const registration = topics.getById(topicId)?.partitions[partition]
  const slot = registration?.replicas.indexOf(nodeId) ?? -1
  return registration === undefined || slot === -1 || registration.directories[slot] === directoryId
}
