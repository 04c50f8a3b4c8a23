/**
 * The controller of this process: a KRaft quorum of one voter on the metadata log of this node. It takes a new epoch at
 * each start and leads until it is stopped. `own-broker.ts` is the life of the broker beside it, `serving/` is there for
 * other nodes.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { controllerListeners, type Endpoint } from '../../config/listeners.ts'
import { type KafkaRelease, metadataLevelName, metadataLevelOfNew } from '../../config/release-versions.ts'
import { ConfigError } from '../../config/values.ts'
import type { Environment, Timer } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { randomUuid } from '../../env/random-uuid.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import { metadataLevel, SUPPORTED_FEATURES } from '../../metadata/features.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { Voter } from '../../metadata/image/quorum-image.ts'
import { MetadataPublisher, type PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import {
  LATEST_METADATA_LEVEL,
  METADATA_VERSION,
  MINIMUM_METADATA_LEVEL,
  supportsControllerRegistration,
  supportsScram,
} from '../../metadata/metadata-version.ts'
import { MutationQuotas } from '../../security/quotas/mutation-quotas.ts'
import type { AdminApi, AdminRequest, AdminRequestContext, AdminRequests, AdminResponse } from '../admin-requests.ts'
import type { BrokerLife } from '../broker-life.ts'
import { endpointOf, reachableControllers } from '../broker-to-register.ts'
import type { ClusterRequests } from '../cluster-requests.ts'
import { ABORT_TRANSACTION, activationRecords, chosenLevel } from '../commands/activation.ts'
import { type Chance, type CommandContext, type CommandState, MAX_RECORDS_PER_COMMAND } from '../commands/command.ts'
import { registerController } from '../commands/nodes/register-controller.ts'
import { recreateTopic } from '../commands/recreate-topic.ts'
import { renewLeader } from '../commands/renew-leader.ts'
import { restoreImage } from '../commands/restore-image.ts'
import type { ClusterController, ClusterControllerOptions } from '../serving/cluster-controller.ts'
import { voterOf } from '../voter.ts'
import { ADMIN_COMMANDS } from './admin-commands.ts'
import { CommandLog } from './command-log.ts'
import { MetadataLog } from './metadata-log.ts'
import { OwnBroker } from './own-broker.ts'
import { removeExpiredTokensFromTimeToTime } from './token-expiry.ts'

export interface LocalControllerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Opened, its logs not yet loaded. */
  readonly logs: LogManager
  /** The listeners for other nodes, as they are bound; absent: as they are configured. */
  readonly controllerListeners?: readonly Endpoint[]
}

export type ServeOthers = (options: ClusterControllerOptions) => ClusterController

/** How many things a request may create that need an id or a place. */
function chancesFor(api: AdminApi, request: AdminRequest<AdminApi>): number {
  if (api === 'CreateDelegationToken') return 1
  if (api === 'CreateAcls') return (request as AdminRequest<'CreateAcls'>).creations.length
  if (api !== 'CreateTopics' && api !== 'CreatePartitions') return 0
  return (request as AdminRequest<'CreateTopics' | 'CreatePartitions'>).topics.length
}

export class LocalController implements AdminRequests {
  readonly metadata: PublishedMetadata
  readonly #options: LocalControllerOptions
  readonly #log: MetadataLog
  readonly #commands: CommandLog
  readonly #mutations: MutationQuotas
  /** The life of the broker in this process, if there is one. */
  readonly life: BrokerLife
  #cluster: ClusterController | null = null
  readonly #voter: Voter
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
    const { controllerListeners: bound = controllerListeners(config) } = options
    this.#voter = voterOf(config, logs.metadataDirectoryId, reachableControllers(config, bound))
    this.#commands = new CommandLog({
      config,
      clock: environment.clock,
      log,
      publisher,
      voter: this.#voter,
    })
    this.life = new OwnBroker({
      config,
      environment,
      clusterId: logs.clusterId,
      metadata: publisher,
      commands: this.#commands,
      announceController: () => this.#announce(),
      refuseLate: (deadlineMs) => this.#refuseLate(deadlineMs),
      isKnownToAll: () => this.#cluster?.isReadToTheEnd ?? true,
    })
  }

  /**
   * Loads the metadata and takes the lead. Rejects with one clear sentence when the log cannot be continued. `serve` makes the
   * part that serves other nodes; null: there are none.
   */
  static async start(options: LocalControllerOptions, serve: ServeOthers | null = null): Promise<LocalController> {
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
    if (serve !== null) await controller.#serveOthers(serve)
    controller.#expiry = removeExpiredTokensFromTimeToTime(options, controller.#commands)
    return controller
  }

  /** This controller as other nodes ask it; null: it has no listener for them. */
  get cluster(): ClusterRequests | null {
    return this.#cluster
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

  /** Says where this controller can be reached since this start. */
  async #announce(): Promise<void> {
    const { config, environment, controllerListeners: bound = controllerListeners(config) } = this.#options
    const request = {
      controllerId: this.#voter.voterId,
      incarnationId: randomUuid(environment.random),
      listeners: reachableControllers(config, bound).map(endpointOf),
      features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
    }
    if (!supportsControllerRegistration(metadataLevel(this.metadata.image))) return
    await this.#commands.run((state) => registerController(state, request))
  }

  async #serveOthers(serve: ServeOthers): Promise<void> {
    const { config, environment, logger, logs } = this.#options
    this.#cluster = serve({
      config,
      environment,
      logger,
      clusterId: logs.clusterId,
      metadata: this.metadata,
      log: this.#log,
      commands: this.#commands,
      voter: this.#voter,
    })
    // With a broker in this process it registers together with that.
    if (!config.get('process.roles').includes('broker')) await this.#announce()
  }

  /** Takes what clients have changed back to an earlier image; see `restoreImage`. */
  restore(image: MetadataImage, untouched: ReadonlySet<string>): Promise<void> {
    const chances = Array.from(image.topics, () => this.#draw())
    return this.#commands.run((state) => restoreImage(state, { image, untouched, chances }))
  }

  /** See the command of this name. */
  renewLeader(topic: string, partition: number): Promise<number> {
    return this.#commands.run((state) => renewLeader(state, { topic, partition }))
  }

  /** See the command of this name. */
  recreateTopic(name: string): Promise<string> {
    const chance = this.#draw()
    return this.#commands.run((state) => recreateTopic(state, { name, chance }))
  }

  /** Nobody elsewhere is waited for. */
  interrupt(): void {}

  /** Resolves when every command is answered and nothing is being written. The log itself is the log manager's. */
  async stop(): Promise<void> {
    this.#expiry?.cancel()
    this.#cluster?.stop()
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

// The value was held against the list of releases.
const releaseLevel = (config: BrokerConfig): number =>
  metadataLevelOfNew(config.get('samsa.release.version'), config.get('samsa.like') as KafkaRelease | null)

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
