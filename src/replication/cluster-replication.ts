/**
 * The replicas of a broker share this in a cluster: the word of the metadata about other brokers, the fetchers, the
 * proposals of in-sync replicas and the look at those who lag behind, throttles, and the choice of replicas near a consumer. A broker
 * whose partitions have one replica each pays for it with one timer.
 */
import type { BrokerConnection } from '../client/connection.ts'
import { ClientError } from '../client/errors.ts'
import { type Connect, connectToBrokers, type PeerOptions, whenNeeded } from '../client/peers.ts'
import { type BrokerConfig, interBrokerListenerName } from '../config/index.ts'
import type { Environment, Timer } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { SlabPool } from '../env/slab-pool.ts'
import { type BrokerRegistration, brokerOf, isActive } from '../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { type FollowerSettings, RemoteLeader } from './fetcher/leader-endpoint.ts'
import { ReplicaFetchers } from './fetcher/replica-fetchers.ts'
import { type AlterPartition, InSyncProposals } from './in-sync-proposals.ts'
import type { Partition } from './partition.ts'
import type { ReplicaEnvironment } from './partition-state.ts'
import type { ReplicaManager } from './replica-manager.ts'
import { RACK_AWARE_SELECTOR, rackAwareSelector } from './replica-selector.ts'
import { RateThrottle, type ReplicationThrottle } from './replication-throttle.ts'

export interface ClusterReplicationOptions {
  readonly nodeId: number
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network' | 'random'>
  readonly logger: Logger
  readonly replicas: ReplicaManager
  readonly alterPartition: AlterPartition
}

const UNKNOWN_BROKER_EPOCH = -1n
/** One batch is given even if it is larger than all limits. */
const MAX_RESPONSE_BYTES = 2 ** 31 - 1
/** A lag is found out at the latest after one and a half times as long as it may last. */
const LOOKS_PER_LAG = 2

export class ClusterReplication {
  readonly replicaEnvironment: ReplicaEnvironment
  readonly #options: ClusterReplicationOptions
  readonly #proposals: InSyncProposals
  readonly #fetchers: ReplicaFetchers
  readonly #unsubscribe: () => void
  #image: MetadataImage
  readonly #peers: Connect
  #timer: Timer | null = null

  constructor(options: ClusterReplicationOptions, image: MetadataImage) {
    this.#options = options
    this.#image = image
    const { nodeId, config, logger, replicas, alterPartition } = options
    const { clock } = options.environment
    const brokerEpoch = () => this.#broker(nodeId)?.brokerEpoch ?? UNKNOWN_BROKER_EPOCH
    this.#peers = whenNeeded(() => connectToBrokers(peerOptions(options)))
    this.#proposals = new InSyncProposals({ clock, logger, nodeId, brokerEpoch, alterPartition })
    this.replicaEnvironment = this.#replicaEnvironment()
    this.#fetchers = new ReplicaFetchers({
      clock,
      logger,
      settings: () => followerSettings(config, brokerEpoch()),
      fetchersPerLeader: () => config.get('num.replica.fetchers'),
      throttle: this.#throttle('follower'),
      connect: (leaderId) => new RemoteLeader(nodeId, () => this.#connect(leaderId)),
    })
    this.#unsubscribe = config.subscribe((changed) => {
      if (changed.has('num.replica.fetchers')) void this.#fetchers.resize()
    })
    replicas.throttle = this.#throttle('leader')
    replicas.directory = {
      nameOf: (topicId) => this.#image.topics.getById(topicId)?.name ?? null,
      leaderOf: (topic, partition) => this.#image.topics.partition(topic, partition),
    }
    if (config.get('replica.selector.class') === RACK_AWARE_SELECTOR) {
      replicas.selector = rackAwareSelector({ nodeId, clock, rackOf: (id) => this.#rackOf(id) })
    }
  }

  #replicaEnvironment(): ReplicaEnvironment {
    const { nodeId, config, environment, logger } = this.#options
    return {
      nodeId,
      clock: environment.clock,
      logger,
      metricsOf: (topic) => this.#options.replicas.topicMetrics.of(topic),
      lagTimeMaxMs: () => config.get('replica.lag.time.max.ms'),
      isEligible: (brokerId, brokerEpoch) => {
        const broker = this.#broker(brokerId)
        return isActive(broker) && (brokerEpoch === UNKNOWN_BROKER_EPOCH || broker.brokerEpoch === brokerEpoch)
      },
      isStale: (brokerId, brokerEpoch) => {
        const known = this.#broker(brokerId)?.brokerEpoch ?? UNKNOWN_BROKER_EPOCH
        return brokerEpoch !== UNKNOWN_BROKER_EPOCH && known > brokerEpoch
      },
      propose: (partition, proposal) => this.#proposals.submit(partition, proposal),
    }
  }

  #throttle(side: 'leader' | 'follower'): ReplicationThrottle {
    const { nodeId, config, environment } = this.#options
    return new RateThrottle({
      clock: environment.clock,
      nodeId,
      side,
      bytesPerSecond: () => Number(config.canonicalText(`${side}.replication.throttled.rate`) ?? Number.MAX_VALUE),
      samples: config.get('replication.quota.window.num'),
      sampleMs: config.get('replication.quota.window.size.seconds') * 1000,
    })
  }

  #broker(brokerId: number): BrokerRegistration | undefined {
    return brokerOf(this.#image.cluster, brokerId)
  }

  #rackOf(brokerId: number): string | undefined {
    const broker = this.#broker(brokerId)
    return broker === undefined || broker.fenced ? undefined : (broker.rack ?? undefined)
  }

  /** Rejects with a `ClientError`. */
  async #connect(brokerId: number): Promise<BrokerConnection> {
    const listener = interBrokerListenerName(this.#options.config)
    const endpoint = this.#broker(brokerId)?.endPoints.find(({ name }) => name === listener)
    if (endpoint === undefined) {
      throw new ClientError('unreachable', `Broker ${brokerId} is not known to have a listener ${listener}`)
    }
    return this.#peers({ host: endpoint.host, port: endpoint.port })
  }

  /** The metadata have changed: what partitions and brokers are asked about is asked of this image. */
  publish(image: MetadataImage): void {
    this.#image = image
  }

  /** The partition plays the role that the metadata say: it is fetched for, or not any more. */
  follow(partition: Partition): void {
    this.#fetchers.follow(partition)
  }

  forget(partition: Partition): void {
    this.#fetchers.forget(partition)
  }

  /** A change of the metadata is through. */
  published(): void {
    this.#fetchers.stopIdle()
  }

  /** Begins to look after replicas that lag behind. */
  start(): void {
    const { config, environment, replicas } = this.#options
    const everyMs = config.get('replica.lag.time.max.ms') / LOOKS_PER_LAG
    const look = (): void => {
      this.#timer = environment.clock.schedule(everyMs, look)
      for (const partition of replicas.all()) partition.maintainInSyncReplicas()
    }
    this.#timer = environment.clock.schedule(everyMs, look)
  }

  /** Resolves when nothing is fetched for the replicas here any more. */
  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#unsubscribe()
    this.#proposals.stop()
    await this.#fetchers.stop()
  }
}

function peerOptions({ nodeId, config, environment, logger }: ClusterReplicationOptions): PeerOptions {
  return {
    config,
    environment,
    logger,
    clientId: `broker-${nodeId}-fetcher`,
    connectTimeoutMs: config.get('socket.connection.setup.timeout.ms'),
    requestTimeoutMs: config.get('replica.socket.timeout.ms'),
    maxResponseBytes: MAX_RESPONSE_BYTES,
    memory: new SlabPool(),
  }
}

function followerSettings(config: BrokerConfig, brokerEpoch: bigint): FollowerSettings {
  return {
    nodeId: config.get('node.id'),
    brokerEpoch,
    maxWaitMs: config.get('replica.fetch.wait.max.ms'),
    minBytes: config.get('replica.fetch.min.bytes'),
    maxBytes: config.get('replica.fetch.response.max.bytes'),
    partitionMaxBytes: config.get('replica.fetch.max.bytes'),
    backoffMs: config.get('replica.fetch.backoff.ms'),
  }
}
