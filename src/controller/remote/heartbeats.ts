/** Registers the broker and keeps its session with the controller alive; `broker-state.ts` has the states. */
import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../../../protocol/messages/broker-heartbeat.ts'
import {
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
} from '../../../protocol/messages/broker-registration.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { SUPPORTED_FEATURES } from '../../metadata/features.ts'
import type { BrokerToRegister } from '../broker-life.ts'
import { afterHeartbeat, type BrokerState, whenLeaving } from './broker-state.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { Pause } from './pause.ts'
import { registrationProblem, WORTH_ANOTHER_TRY } from './registration-problem.ts'

const SOON_MS = 10
const REGISTRATION_BACKOFF_MS = 100
const FIRST_VERSION_WITH_MINIMUM_ZERO = 4

interface Options {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly clusterId: string
  readonly channel: ControllerChannel
  /** The last offset of the metadata that this broker has applied. */
  readonly appliedOffset: () => number
}

export class Heartbeats {
  readonly #options: Options
  readonly #pause: Pause
  readonly #waiting = new Set<() => void>()
  #state: BrokerState = 'starting'
  #epoch = -1n
  #isReady = false
  #offlineLogDirs = new Set<string>()
  /** Directories whose failure a controller has heard of. */
  readonly #knownOffline = new Set<string>()
  #cordonedLogDirs: readonly string[] = []
  #running: Promise<void> | null = null
  /** The error of the last heartbeat, of which the log has been told. */
  #toldError: number = ErrorCode.NONE

  constructor(options: Options) {
    this.#options = options
    this.#pause = new Pause(options.clock)
  }

  get epoch(): bigint {
    return this.#epoch
  }

  get state(): BrokerState {
    return this.#state
  }

  /**
   * Registers, and sends heartbeats from then on. Resolves to the broker's epoch. Rejects with one sentence when the
   * controller refuses for good, or nobody could be asked within `initial.broker.registration.timeout.ms`.
   */
  async register(broker: BrokerToRegister): Promise<bigint> {
    const { config, clock, logger, channel } = this.#options
    const deadlineMs = clock.monotonicMs() + config.get('initial.broker.registration.timeout.ms')
    this.#cordonedLogDirs = broker.cordonedLogDirs
    let told = ''
    for (;;) {
      const answer = await channel
        .request(BrokerRegistrationRequest, BrokerRegistrationResponse, this.#registration(broker), {
          deadlineMs,
          errorOf: ({ errorCode }) => errorCode,
        })
        .catch((error: unknown) => {
          throw registrationProblem(config.get('node.id'), error)
        })
      if (answer.errorCode === ErrorCode.NONE) {
        this.#epoch = answer.brokerEpoch
        this.#running ??= this.#run()
        return this.#epoch
      }
      const problem = registrationProblem(config.get('node.id'), new KafkaError(answer.errorCode))
      if (!WORTH_ANOTHER_TRY.has(answer.errorCode) || clock.monotonicMs() > deadlineMs) throw problem
      if (told !== problem.message) logger.info(`${problem.message} It is tried again.`)
      told = problem.message
      await this.#pause.take(REGISTRATION_BACKOFF_MS)
      if (this.#state === 'stopped') throw new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, 'The broker is stopping')
    }
  }

  /** The broker can serve. Resolves when the controller lets it, or after a stop. */
  async unfence(): Promise<void> {
    this.#isReady = true
    this.#pause.cut()
    while (this.#state === 'starting' || this.#state === 'recovery') await this.#change()
  }

  cordon(logDirs: readonly string[]): void {
    this.#cordonedLogDirs = logDirs
    this.#pause.cut()
  }

  /** Resolves to whether the controller has heard of it within `log.dir.failure.timeout.ms`. */
  async directoryFailed(id: string): Promise<boolean> {
    const { config, clock } = this.#options
    this.#offlineLogDirs.add(id)
    this.#pause.cut()
    let isLate = false
    const timer = clock.schedule(config.get('log.dir.failure.timeout.ms'), () => {
      isLate = true
      this.#tell()
    })
    while (!this.#knownOffline.has(id) && !isLate && this.#state !== 'stopped') await this.#change()
    timer.cancel()
    return this.#knownOffline.has(id) || this.#state === 'stopped'
  }

  /** The controlled shutdown: resolves when the controller lets the broker go, or after `maxMs`. */
  async leave(maxMs: number): Promise<void> {
    this.#become(whenLeaving(this.#state))
    this.#pause.cut()
    const timer = this.#options.clock.schedule(maxMs, () => {
      this.#options.logger.warn(
        'The controller has not let this broker go in time: partitions may be without a leader for a moment',
      )
      this.#become('stopped')
    })
    while (this.#state !== 'stopped') await this.#change()
    timer.cancel()
  }

  async stop(): Promise<void> {
    this.#become('stopped')
    this.#pause.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#state !== 'stopped') {
      const intervalMs = this.#options.config.get('broker.heartbeat.interval.ms')
      const next = await this.#beat()
      // The state may have become another one while the answer was under way.
      if (next !== 'never') await this.#pause.take(next === 'soon' ? Math.min(SOON_MS, intervalMs) : intervalMs)
    }
  }

  async #beat(): Promise<'soon' | 'inTurn' | 'never'> {
    const { channel, logger, config, clock } = this.#options
    const offlineLogDirs = [...this.#offlineLogDirs]
    const wasReady = this.#isReady
    const deadlineMs = clock.monotonicMs() + config.get('broker.session.timeout.ms')
    try {
      const answer = await channel.request(BrokerHeartbeatRequest, BrokerHeartbeatResponse, this.#heartbeat(), {
        deadlineMs,
        errorOf: ({ errorCode }) => errorCode,
      })
      if (answer.errorCode !== ErrorCode.NONE) {
        this.#tellOfError(answer.errorCode)
        return 'inTurn'
      }
      this.#toldError = ErrorCode.NONE
      for (const id of offlineLogDirs) this.#knownOffline.add(id)
      const { state, next } = afterHeartbeat(this.#state, answer, wasReady)
      this.#become(state)
      this.#tell()
      return next
    } catch (error) {
      if (this.#state !== 'stopped') logger.warn(`No heartbeat could be sent: ${(error as Error).message}`)
      return 'inTurn'
    }
  }

  #tellOfError(code: number): void {
    const { logger, config } = this.#options
    if (code === this.#toldError) return
    this.#toldError = code
    const nodeId = config.get('node.id')
    const why =
      code === ErrorCode.STALE_BROKER_EPOCH
        ? `another process has registered as broker ${nodeId} since: stop one of the two`
        : code === ErrorCode.BROKER_ID_NOT_REGISTERED
          ? `broker ${nodeId} was unregistered: start it again to take part`
          : `${errorName(code)}`
    logger.error(`The controller refuses the heartbeats of this broker, which is fenced when its session ends: ${why}`)
  }

  #heartbeat() {
    const { config, appliedOffset } = this.#options
    return {
      brokerId: config.get('node.id'),
      brokerEpoch: this.#epoch,
      currentMetadataOffset: BigInt(appliedOffset()),
      wantFence: !this.#isReady,
      wantShutDown: this.#state === 'controlledShutdown',
      offlineLogDirs: [...this.#offlineLogDirs],
      cordonedLogDirs: [...this.#cordonedLogDirs],
    }
  }

  #registration(broker: BrokerToRegister) {
    const { config, clusterId } = this.#options
    return (version: number) => ({
      brokerId: config.get('node.id'),
      clusterId,
      incarnationId: broker.incarnationId,
      listeners: [...broker.endPoints],
      // Older controllers take a lowest version of 0 for a mistake (KAFKA-17492).
      features: SUPPORTED_FEATURES.filter(
        ({ minSupportedVersion }) => minSupportedVersion > 0 || version >= FIRST_VERSION_WITH_MINIMUM_ZERO,
      ).map((range) => ({ ...range })),
      rack: broker.rack,
      isMigratingZkBroker: false,
      logDirs: [...broker.logDirs].sort(),
      previousBrokerEpoch: broker.previousBrokerEpoch,
    })
  }

  #become(state: BrokerState): void {
    if (this.#state === 'stopped' || state === this.#state) return
    this.#options.logger.info(`This broker is ${STATES[state]}`)
    this.#state = state
    this.#tell()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #tell(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resolve of waiting) resolve()
  }
}

const STATES: Readonly<Record<BrokerState, string>> = {
  starting: 'starting',
  recovery: 'known to the controller, and fenced until it is ready',
  running: 'part of the cluster',
  controlledShutdown: 'handing its partitions over',
  stopped: 'leaving the cluster',
}
