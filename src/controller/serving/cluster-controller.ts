/**
 * The controller of a cluster: what the quorum of one voter in this process does for other nodes. Loaded where it has a
 * listener for them.
 *
 * Commands are pure and live in `commands/`; this class keeps the sessions of brokers, which are soft, and runs what nobody
 * asks for: brokers that are heard of no more are fenced, and leaders are put where they belong.
 */
import type { AllocateProducerIdsRequest } from '../../../protocol/messages/allocate-producer-ids.ts'
import type { AlterPartitionRequest } from '../../../protocol/messages/alter-partition.ts'
import type { AssignReplicasToDirsRequest } from '../../../protocol/messages/assign-replicas-to-dirs.ts'
import type { BrokerHeartbeatRequest } from '../../../protocol/messages/broker-heartbeat.ts'
import type { BrokerRegistrationRequest } from '../../../protocol/messages/broker-registration.ts'
import type { ControllerRegistrationRequest } from '../../../protocol/messages/controller-registration.ts'
import type { FetchRequest } from '../../../protocol/messages/fetch.ts'
import type { FetchSnapshotRequest } from '../../../protocol/messages/fetch-snapshot.ts'
import type { UpdateRaftVoterRequest } from '../../../protocol/messages/update-raft-voter.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { brokerOf } from '../../metadata/image/cluster-image.ts'
import type { Voter } from '../../metadata/image/quorum-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ClusterRequests } from '../cluster-requests.ts'
import { alterPartition } from '../commands/nodes/alter-partition.ts'
import { assignReplicasToDirs } from '../commands/nodes/assign-replicas-to-dirs.ts'
import { brokerHeartbeat, checkBrokerEpoch, fenceStaleBroker } from '../commands/nodes/broker-heartbeat.ts'
import { balanceLeaders, electUncleanLeaders } from '../commands/nodes/leader-upkeep.ts'
import { allocateProducerIds } from '../commands/nodes/producer-ids.ts'
import { registerBroker } from '../commands/nodes/register-broker.ts'
import { registerController } from '../commands/nodes/register-controller.ts'
import type { CommandLog } from '../local/command-log.ts'
import type { MetadataLog } from '../local/metadata-log.ts'
import { BrokerSessions } from './broker-sessions.ts'
import { MetadataFetch } from './metadata-fetch.ts'
import { Observers } from './observers.ts'
import { type QuorumLeader, updateVoterError } from './quorum-answers.ts'
import { Upkeep } from './upkeep.ts'

export interface ClusterControllerOptions {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files'>
  readonly logger: Logger
  readonly clusterId: string
  readonly metadata: PublishedMetadata
  readonly log: MetadataLog
  readonly commands: CommandLog
  /** This node. */
  readonly voter: Voter
}

export class ClusterController implements ClusterRequests {
  readonly #options: ClusterControllerOptions
  readonly #sessions: BrokerSessions
  readonly #observers = new Observers()
  readonly #metadata: MetadataFetch
  readonly #upkeep: Upkeep

  constructor(options: ClusterControllerOptions) {
    const { config, environment, logger, log, commands, metadata } = options
    const { clock, files } = environment
    this.#options = options
    this.#sessions = new BrokerSessions(config.get('broker.session.timeout.ms'))
    this.#sessions.begin(metadata.image.cluster, clock.monotonicMs())
    this.#metadata = new MetadataFetch({ clock, files, log, leader: () => this.leader, observers: this.#observers })
    commands.observers = () => this.#observers.list(clock.nowMs())
    this.#upkeep = new Upkeep(
      { config, clock, logger },
      {
        fenceStaleBrokers: () => this.#fenceStaleBrokers(),
        balanceLeaders: () => commands.run(balanceLeaders),
        electUncleanLeaders: () => commands.run(electUncleanLeaders),
        excuse: (ms) => this.#sessions.excuse(ms),
      },
    )
  }

  get leader(): QuorumLeader {
    const { clusterId, log, voter } = this.#options
    return { clusterId, leaderId: voter.voterId, directoryId: voter.voterDirectoryId, leaderEpoch: log.epoch }
  }

  async registerBroker(request: BrokerRegistrationRequest, apiVersion: number): Promise<bigint> {
    const { commands, clusterId, logger } = this.#options
    const { brokerId, incarnationId } = request
    let isNew = false
    const epoch = await commands.run((state) => {
      const known = brokerOf(state.image.cluster, brokerId)
      isNew = known?.incarnationId !== incarnationId
      const hasSession = known !== undefined && this.#sessions.has(known, this.#nowMs())
      const result = registerBroker(state, request, { apiVersion, clusterId, hasSession })
      if (isNew) this.#sessions.end(brokerId)
      return result
    })
    if (isNew) logger.info(`Broker ${brokerId} has registered, in epoch ${epoch}`)
    return epoch
  }

  heartbeat(request: BrokerHeartbeatRequest) {
    const { brokerId, currentMetadataOffset } = request
    return this.#options.commands.run((state) => {
      const broker = checkBrokerEpoch(state.image.cluster, brokerId, request.brokerEpoch)
      this.#sessions.heardOf(broker, this.#nowMs())
      const result = brokerHeartbeat(state, request, this.#sessions.view(brokerId, state.image.cluster))
      const { inControlledShutdown, isFenced } = result.response
      const endOffset = state.nextOffset + result.records.length - 1
      this.#sessions.moved(brokerId, Number(currentMetadataOffset), inControlledShutdown ? endOffset : null)
      if (isFenced !== broker.fenced) {
        this.#options.logger.info(`Broker ${brokerId} is ${isFenced ? 'fenced: it leaves' : 'part of the cluster'}`)
      }
      return result
    })
  }

  alterPartition(request: AlterPartitionRequest) {
    return this.#options.commands.run((state) => alterPartition(state, request))
  }

  assignReplicasToDirs(request: AssignReplicasToDirsRequest) {
    return this.#options.commands.run((state) => assignReplicasToDirs(state, request))
  }

  allocateProducerIds(request: AllocateProducerIdsRequest) {
    return this.#options.commands.run((state) => allocateProducerIds(state, request))
  }

  registerController(request: ControllerRegistrationRequest) {
    return this.#options.commands.run((state) => registerController(state, request))
  }

  fetch(request: FetchRequest, apiVersion: number) {
    return this.#metadata.fetch(request, apiVersion)
  }

  fetchSnapshot(request: FetchSnapshotRequest) {
    return this.#metadata.fetchSnapshot(request)
  }

  updateVoter(request: UpdateRaftVoterRequest): number {
    const { metadata, voter } = this.#options
    return updateVoterError(this.leader, metadata.image.quorum, voter, request)
  }

  /** Whether all who read the log have read all of it, apart from those who fetch no more. */
  get isReadToTheEnd(): boolean {
    const { clock } = this.#options.environment
    return this.#observers.haveRead(this.#options.log.durableEnd, clock.nowMs() - RECENT_MS)
  }

  stop(): void {
    this.#upkeep.stop()
    this.#metadata.stop()
  }

  async #fenceStaleBrokers(): Promise<void> {
    const { commands, logger } = this.#options
    for (const broker of this.#sessions.expired(this.#nowMs())) {
      try {
        const isFenced = await commands.run((state) => {
          this.#sessions.end(broker.brokerId)
          return fenceStaleBroker(state, broker)
        })
        if (!isFenced) continue
        logger.warn(`Broker ${broker.brokerId} is fenced: nothing was heard of it for broker.session.timeout.ms`)
      } catch (error) {
        // Nobody is fenced by a record that could not be written: the session goes on, to end once more.
        this.#sessions.heardOf(broker, this.#nowMs())
        throw error
      }
    }
  }

  #nowMs(): number {
    return this.#options.environment.clock.monotonicMs()
  }
}

/** An observer fetches again after half a second. */
const RECENT_MS = 1_000
