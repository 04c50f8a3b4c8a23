/**
 * The controller of a broker that is its own cluster: a KRaft quorum of one voter on the metadata log of this node. It
 * takes a new epoch at each start and leads until it is stopped.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { AlterPartitionRequest } from '../../../protocol/messages/alter-partition.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { controllerListeners } from '../../config/listeners.ts'
import { metadataLevelName, metadataLevelOfRelease } from '../../config/release-versions.ts'
import { ConfigError } from '../../config/values.ts'
import type { Environment, Timer } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import { MetadataPublisher, type PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import {
  LATEST_METADATA_LEVEL,
  METADATA_VERSION,
  MINIMUM_METADATA_LEVEL,
  supportsScram,
} from '../../metadata/metadata-version.ts'
import type { ProducerIdBlock } from '../../metadata/producer-id-block.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import { MutationQuotas } from '../../security/quotas/mutation-quotas.ts'
import type { AdminApi, AdminRequest, AdminRequestContext, AdminRequests, AdminResponse } from '../admin-requests.ts'
import type { BrokerLife, BrokerToRegister } from '../broker-life.ts'
import { endpointOf } from '../broker-to-register.ts'
import { ABORT_TRANSACTION, activationRecords, chosenLevel } from '../commands/activation.ts'
import { alterPartition } from '../commands/alter-partition.ts'
import { assignReplicasToDirs } from '../commands/assign-replicas-to-dirs.ts'
import { registerBroker, registerController } from '../commands/broker-registration.ts'
import { type Chance, type CommandContext, type CommandState, MAX_RECORDS_PER_COMMAND } from '../commands/command.ts'
import { cordonLogDirs } from '../commands/cordon-log-dirs.ts'
import { allocateProducerIds } from '../commands/producer-ids.ts'
import { restoreImage } from '../commands/restore-image.ts'
import { randomUuid } from '../random-uuid.ts'
import { voterOf } from '../voter.ts'
import { ADMIN_COMMANDS } from './admin-commands.ts'
import { CommandLog } from './command-log.ts'
import { MetadataLog } from './metadata-log.ts'
import { removeExpiredTokensFromTimeToTime } from './token-expiry.ts'

export interface LocalControllerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Opened, its logs not yet loaded. */
  readonly logs: LogManager
}

/** How many things a request may create that need an id or a place. */
function chancesFor(api: AdminApi, request: AdminRequest<AdminApi>): number {
  if (api === 'CreateDelegationToken') return 1
  if (api === 'CreateAcls') return (request as AdminRequest<'CreateAcls'>).creations.length
  if (api !== 'CreateTopics' && api !== 'CreatePartitions') return 0
  return (request as AdminRequest<'CreateTopics' | 'CreatePartitions'>).topics.length
}

export class LocalController implements AdminRequests, BrokerLife {
  readonly metadata: PublishedMetadata
  readonly #options: LocalControllerOptions
  readonly #log: MetadataLog
  readonly #commands: CommandLog
  readonly #mutations: MutationQuotas
  #brokerEpoch = -1n
  #expiry: Timer | null = null

  private constructor(options: LocalControllerOptions, log: MetadataLog, image: MetadataImage) {
    const { config, environment, logger, logs } = options
    const publisher = new MetadataPublisher(image, logger)
    this.metadata = publisher
    this.#options = options
    this.#log = log
    this.#mutations = new MutationQuotas({
      samples: config.get('controller.quota.window.num'),
      sampleMs: config.get('controller.quota.window.size.seconds') * 1000,
    })
    this.#commands = new CommandLog({
      config,
      clock: environment.clock,
      log,
      publisher,
      voter: voterOf(config, logs.metadataDirectoryId),
    })
  }

  /** Loads the metadata and takes the lead. Rejects with one clear sentence when the log cannot be continued. */
  static async start(options: LocalControllerOptions): Promise<LocalController> {
    const { config, logs } = options
    const log = await MetadataLog.open(options)
    const { image, inTransaction } = await log.load()
    // As in Apache: a log in which no level stands yet is one that nobody has begun, or that a start could not begin.
    const isNew = !image.features.has(METADATA_VERSION)
    const chosen = isNew ? await log.bootstrapRecords(releaseLevel(config)) : []
    const bootstrap = isNew ? [...chosen, ...(await scramRecords(options, chosenLevel(chosen, METADATA_VERSION)))] : []
    const level = isNew ? chosenLevel(bootstrap, METADATA_VERSION) : metadataLevel(image)
    refuseUnknownLevel(level, logs.metadataDirectory)
    if (config.get('samsa.release.version') !== null && level !== releaseLevel(config)) {
      options.logger.warn(
        `The data in ${logs.metadataDirectory} stays at metadata.version ${metadataLevelName(level)}: samsa.release.version is for new directories. kafka-features changes the level of this one.`,
      )
    }
    await log.beginEpoch()
    const controller = new LocalController(options, log, image)
    const unfinished = inTransaction ? [ABORT_TRANSACTION] : []
    const first = isNew ? activationRecords(bootstrap, config, { inTransaction }) : unfinished
    await controller.#commands.takeTheLead(first)
    controller.#expiry = removeExpiredTokensFromTimeToTime(options, controller.#commands)
    return controller
  }

  get epoch(): bigint {
    return this.#brokerEpoch
  }

  async forward<Api extends AdminApi>(
    api: Api,
    request: AdminRequest<Api>,
    client: AdminRequestContext,
  ): Promise<AdminResponse<Api>> {
    const { apiVersion, principal, deadlineMs, describableTopics } = client
    this.#refuseLate(deadlineMs)
    const { topics } = api === 'CreateTopics' ? (request as AdminRequest<'CreateTopics'>) : { topics: [] }
    const context: Omit<CommandContext, 'mutations'> = {
      apiVersion,
      principal,
      describableTopics: new Set(describableTopics ?? topics.map(({ name }) => name)),
      chances: Array.from({ length: chancesFor(api, request) }, () => this.#draw()),
    }
    return this.#commands.run((state) => {
      const nowMs = this.#options.environment.clock.monotonicMs()
      const quota = this.#mutationQuota(state, client)
      const mutations = quota === null ? null : this.#mutations.allowance(quota, nowMs)
      const result = ADMIN_COMMANDS[api](state, request, { ...context, mutations })
      if (quota !== null && result.mutations !== undefined) this.#mutations.take(quota, result.mutations, nowMs)
      if (result.records.length <= MAX_RECORDS_PER_COMMAND) return result
      throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
    })
  }

  /** The controller registers together with the broker, so that both share one write. */
  async register(broker: BrokerToRegister): Promise<void> {
    const { config, environment } = this.#options
    const self = {
      incarnationId: randomUuid(environment.random),
      endPoints: controllerListeners(config).map(endpointOf),
    }
    const controllerIsRegistered = this.#commands.run((state) => registerController(state, self))
    const brokerEpoch = this.#commands.run((state) => registerBroker(state, broker))
    // A write that fails refuses both: each refusal has to be heard.
    const [epoch] = await Promise.all([brokerEpoch, controllerIsRegistered])
    this.#brokerEpoch = epoch
  }

  /** It was never fenced: nobody else could have seen it so. */
  async unfence(): Promise<void> {}

  /** There is nobody else to take over what was in it. */
  async directoryFailed(): Promise<void> {}

  cordon(logDirs: readonly string[]): Promise<void> {
    return this.#commands.run((state) => cordonLogDirs(state, logDirs))
  }

  assignReplicas(places: readonly ReplicaPlace[]): Promise<void> {
    return this.#commands.run((state) => assignReplicasToDirs(state, places))
  }

  alterPartition(topics: AlterPartitionRequest['topics']) {
    const { config } = this.#options
    const request = { brokerId: config.get('node.id'), brokerEpoch: this.#brokerEpoch, topics }
    return this.#commands.run((state) => alterPartition(state, request))
  }

  async allocateProducerIds(deadlineMs: number): Promise<ProducerIdBlock> {
    this.#refuseLate(deadlineMs)
    return this.#commands.run(allocateProducerIds)
  }

  /** Takes what clients have changed back to an earlier image; see `restoreImage`. */
  restore(image: MetadataImage, untouched: ReadonlySet<string>): Promise<void> {
    const chances = Array.from(image.topics, () => this.#draw())
    return this.#commands.run((state) => restoreImage(state, { image, untouched, chances }))
  }

  /** There is nothing to hand over: nobody else could lead, so partitions stay this broker's until it comes back. */
  async leave(): Promise<void> {}

  /** Nobody elsewhere is waited for. */
  interrupt(): void {}

  /** Resolves when every command is answered and nothing is being written. The log itself is the log manager's. */
  async stop(): Promise<void> {
    this.#expiry?.cancel()
    await this.#commands.drained()
    await this.#log.stop()
  }

  /** null: the client has none, or the broker asks for itself. */
  #mutationQuota({ image }: CommandState, { principal, clientId, clientAddress }: AdminRequestContext) {
    return clientAddress === null ? null : this.#mutations.limitOf(image.clientQuotas, principal.name, clientId ?? '')
  }

  #refuseLate(deadlineMs: number): void {
    if (this.#options.environment.clock.monotonicMs() > deadlineMs) throw new KafkaError(ErrorCode.REQUEST_TIMED_OUT)
  }

  #draw(): Chance {
    const { random } = this.#options.environment
    return { integer: random.integer(CHANCE_BELOW), uuid: randomUuid(random) }
  }
}

const CHANCE_BELOW = 2 ** 31

/** The users of `samsa.add.scram`, for a new cluster. */
async function scramRecords({ config, environment }: LocalControllerOptions, level: number): Promise<MetadataRecord[]> {
  const text = config.get('samsa.add.scram')
  if (text === null) return []
  if (!supportsScram(level)) throw new ConfigError('--add-scram takes a metadata.version of 3.5-IV2 or later.')
  const { scramUsers } = await import('../../security/sasl/scram-argument.ts')
  return scramUsers(text, environment.random).map((value) => ({ type: 'UserScramCredentialRecord', version: 0, value }))
}

const releaseLevel = (config: BrokerConfig): number =>
  metadataLevelOfRelease(config.get('samsa.release.version') ?? '') ?? LATEST_METADATA_LEVEL

function refuseUnknownLevel(level: number, directory: string): void {
  if (level > LATEST_METADATA_LEVEL) {
    throw new Error(
      `The data in ${directory} was written by a newer version: its metadata.version is level ${level}, and this release knows up to ${LATEST_METADATA_LEVEL}. Use that version or another directory.`,
    )
  }
  if (level >= MINIMUM_METADATA_LEVEL) return
  throw new Error(
    `The data in ${directory} is at level ${level} of metadata.version, and this release knows levels from ${MINIMUM_METADATA_LEVEL} on. Upgrade it with an older Apache Kafka first, or use another directory.`,
  )
}
