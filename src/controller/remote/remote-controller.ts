/**
 * A broker's place in a KRaft quorum whose controllers are elsewhere (`process.roles=broker`): it observes their log,
 * lives under them, and passes requests on. `observed-quorum.ts` has the states of the observer, `broker-state.ts` those of
 * the broker's life.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../../protocol/messages/allocate-producer-ids.ts'
import type { AlterPartitionRequest } from '../../../protocol/messages/alter-partition.ts'
import { brokerOf } from '../../metadata/image/cluster-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ProducerIdBlock } from '../../metadata/producer-id-block.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import type { AdminApi, AdminRequest, AdminRequestContext, AdminRequests, AdminResponse } from '../admin-requests.ts'
import type { BrokerLife, BrokerToRegister } from '../broker-life.ts'
import type { LocalControllerOptions } from '../local/local-controller.ts'
import { controllerAddresses } from './controller-addresses.ts'
import { ControllerChannel } from './controller-channel.ts'
import { ControllerDialer } from './controller-dialer.ts'
import { DirectoryAssignments } from './directory-assignments.ts'
import { ForwardedRequests } from './forwarded-requests.ts'
import { Heartbeats } from './heartbeats.ts'
import { askForInSyncReplicas } from './isr-changes.ts'
import { MetadataObserver } from './metadata-observer.ts'
import { ObservedLog } from './observed-log.ts'

export class RemoteController implements AdminRequests, BrokerLife {
  readonly metadata: PublishedMetadata
  readonly #options: LocalControllerOptions
  readonly #observer: MetadataObserver
  readonly #channels: Readonly<Record<'heartbeat' | 'forwarding' | 'isr' | 'directories', ControllerChannel>>
  readonly #heartbeats: Heartbeats
  readonly #requests: ForwardedRequests
  readonly #directories: DirectoryAssignments

  private constructor(options: LocalControllerOptions, observer: MetadataObserver, dialer: ControllerDialer) {
    const { config, environment, logger, logs } = options
    const { clock } = environment
    const { committed } = observer
    this.#options = options
    this.#observer = observer
    this.metadata = committed.publisher
    const channel = (purpose: string, requestTimeoutMs = config.get('controller.socket.timeout.ms')) =>
      new ControllerChannel({ purpose, requestTimeoutMs, clock, dialer, observer })
    const heartbeat = channel('heartbeat', config.get('broker.session.timeout.ms') / 2)
    const [forwarding, isr, directories] = [channel('forwarding'), channel('alter-partition'), channel('directories')]
    this.#channels = { heartbeat, forwarding, isr, directories }
    const appliedOffset = () => this.metadata.image.provenance.lastContainedOffset
    this.#heartbeats = new Heartbeats({
      config,
      clock,
      logger,
      clusterId: logs.clusterId,
      channel: heartbeat,
      appliedOffset,
    })
    this.#requests = new ForwardedRequests({ clock, channel: forwarding, committed })
    this.#directories = new DirectoryAssignments({ ...this.#self, channel: directories, clock, logger })
  }

  /** Resolves when the stored metadata is loaded; the controllers are looked for from then on. */
  static async start(options: LocalControllerOptions): Promise<RemoteController> {
    const { config, environment, logger, logs } = options
    const log = await ObservedLog.open(options)
    const dialer = new ControllerDialer({ config, environment, logger })
    const identity = { clusterId: logs.clusterId, nodeId: config.get('node.id'), directoryId: logs.metadataDirectoryId }
    const addresses = controllerAddresses(config)
    const observer = await MetadataObserver.open(
      { config, clock: environment.clock, logger, observer: identity, addresses, dialer },
      log,
    )
    observer.start()
    return new RemoteController(options, observer, dialer)
  }

  get life(): BrokerLife {
    return this
  }

  /** The controllers are elsewhere: nobody asks anything of this node. */
  readonly cluster = null

  /** This broker, as it names itself to the controller. */
  get #self() {
    return { nodeId: this.#options.config.get('node.id'), brokerEpoch: () => this.#heartbeats.epoch }
  }

  get epoch(): bigint {
    return this.#heartbeats.epoch
  }

  async register(broker: BrokerToRegister): Promise<void> {
    const epoch = await this.#heartbeats.register(broker)
    const { committed } = this.#observer
    const nodeId = this.#options.config.get('node.id')
    const isInImage = () => brokerOf(this.metadata.image.cluster, nodeId)?.brokerEpoch === epoch
    await committed.until(isInImage)
    // Logs that an image does not name are set aside: no start may go on with half of one.
    if (!isInImage()) throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, 'The broker is stopping')
  }

  unfence(): Promise<void> {
    return this.#heartbeats.unfence()
  }

  async cordon(logDirs: readonly string[]): Promise<void> {
    this.#heartbeats.cordon(logDirs)
  }

  async directoryFailed(directoryId: string): Promise<void> {
    if (await this.#heartbeats.directoryFailed(directoryId)) return
    throw new KafkaError(ErrorCode.LOG_DIR_NOT_FOUND, 'No controller could be told of a failed log directory in time')
  }

  async assignReplicas(places: readonly ReplicaPlace[]): Promise<void> {
    this.#directories.add(places)
  }

  alterPartition(topics: AlterPartitionRequest['topics']) {
    return askForInSyncReplicas({ ...this.#self, channel: this.#channels.isr }, topics)
  }

  async allocateProducerIds(deadlineMs: number): Promise<ProducerIdBlock> {
    const body = { brokerId: this.#options.config.get('node.id'), brokerEpoch: this.epoch }
    const answer = await this.#channels.forwarding.request(
      AllocateProducerIdsRequest,
      AllocateProducerIdsResponse,
      body,
      {
        deadlineMs,
        errorOf: ({ errorCode }) => errorCode,
      },
    )
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
    return { firstId: answer.producerIdStart, size: answer.producerIdLen }
  }

  forward<Api extends AdminApi>(
    api: Api,
    request: AdminRequest<Api>,
    context: AdminRequestContext,
  ): Promise<AdminResponse<Api>> {
    return this.#requests.forward(api, request, context)
  }

  /** The metadata of a cluster is not one broker's to take back. */
  async restore(): Promise<void> {
    throw new Error('A broker whose controllers are elsewhere cannot be reset: delete its topics by an admin client.')
  }

  async renewLeader(): Promise<number> {
    throw new Error('The controllers are elsewhere: they elect leaders.')
  }

  async recreateTopic(): Promise<string> {
    throw new Error('The controllers are elsewhere: delete the topic and create it by an admin client.')
  }

  /** Without a controlled shutdown no other heartbeat is sent: the controller learns of it when the session ends. */
  async leave(): Promise<void> {
    const { config } = this.#options
    if (config.get('controlled.shutdown.enable')) await this.#heartbeats.leave(config.get('samsa.shutdown.timeout.ms'))
    else void this.#heartbeats.stop()
  }

  /** A start is given up: whoever waits for a controller waits no more. */
  interrupt(): void {
    for (const channel of Object.values(this.#channels)) channel.close()
    this.#directories.stop()
    void this.#heartbeats.stop()
    void this.#observer.stop()
  }

  async stop(): Promise<void> {
    this.interrupt()
    await this.#heartbeats.stop()
    await this.#observer.stop()
  }
}
